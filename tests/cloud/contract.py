"""Runs Schemathesis against a separate shop: every public operation of docs/api/openapi.json, unauthenticated, as a customer and as an
admin."""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

from running_shop import ROOT, running_shop
from shop_client import Shop, expect
from steps import step

DOCUMENT = ROOT / "docs" / "api" / "openapi.json"
SCHEMATHESIS = pathlib.Path(sys.executable).parent / "schemathesis"

# The accounts of local/dev/src/seed.rs.
ACCOUNTS = {
    "customer": ("ada@bodega.example", "one flat white please"),
    "admin": ("admin@bodega.example", "keeper of the catalogue"),
}

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


# Where the accounts have signed in before. Schemathesis guesses their passwords, so a client without a device token soon has to wait.
DEVICES = {}


def signed_in(shop, account):
    """Returns a new session of a seeded account."""
    email, password = ACCOUNTS[account]
    session = shop.call("POST", "/sessions", {"email": email, "password": password, "device_token": DEVICES.get(account)})
    DEVICES[account] = session["device_token"]
    return session


def known(shop):
    """Returns values that exist in the shop, by parameter. Generated ids and SKUs alone would only get 404s."""
    session = signed_in(shop, "customer")
    signed_in(shop, "admin")
    order_id = shop.order(session["access_token"], "one-for-schemathesis")
    order = shop.call("GET", f"/orders/{order_id}", token=session["access_token"])
    products = shop.call("GET", "/products")["items"]
    skus = [variant["sku"] for product in products for variant in product["variants"]]
    currency = products[0]["variants"][0]["price"]["currency"]
    return {
        "path.order_id": [order_id],
        "path.payment_id": [order["payment_id"]],
        "path.user_id": ["me", session["user_id"]],
        "path.product_id": [product["product_id"] for product in products],
        "path.sku": skus,
        "query.category": [product["category"] for product in products],
        "body.lines[*].sku": skus,
        "body.currency": [currency],
        "body.email": [email for email, _ in ACCOUNTS.values()],
    }


def resolved(schema, document):
    """Returns a schema with its references resolved."""
    if isinstance(schema, list):
        return [resolved(one, document) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {name: resolved(one, document) for name, one in schema.items()}
    if reference := schema.pop("$ref", None):
        found = document["components"]["schemas"][reference.rsplit("/", 1)[1]]
        schema = resolved(found, document) | schema
    return schema


def readable():
    """Returns the document without references in parameters, which Schemathesis 4.32 does not follow when it generates values."""
    document = json.loads(DOCUMENT.read_text())
    for path in document["paths"].values():
        for operation in path.values():
            operation["parameters"] = resolved(operation.get("parameters", []), document)
    return json.dumps(document)


def configuration(values):
    """Returns a schemathesis.toml with which half of the values are existing ones, and the others are generated."""
    lines = []
    for number, found in enumerate(values.values()):
        lines += [f"[dictionaries.d{number}]", f"values = {json.dumps(found)}"]
    lines += ["[parameters]"]
    for number, name in enumerate(values):
        lines.append(f'"{name}" = {{ dictionary = "d{number}", probability = 0.5 }}')
    return "\n".join(lines) + "\n"


def attempt(shop, folder, who, examples):
    """Runs Schemathesis, and returns its summary. If it finds a problem, its output is shown."""
    command = [SCHEMATHESIS, "--config-file", folder / "schemathesis.toml", "run", folder / DOCUMENT.name, "--url", shop.url, "--seed", "1"]
    command += ["--exclude-path-regex", "^/internal/", "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples)]
    command += ["--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color"]
    if who != "anonymous":
        command += ["--header", f"Authorization: Bearer {signed_in(shop, who)['access_token']}"]
    ended = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    expect(ended.returncode == 0, f"as {who}:\n{ended.stdout}")
    return next((line.strip() for line in ended.stdout.splitlines() if " generated, " in line), ended.stdout[-500:])


def main():
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with running_shop(folder / "cargo-dev.log") as running:
            shop = Shop(running.url)
            (folder / "schemathesis.toml").write_text(configuration(known(shop)))
            (folder / DOCUMENT.name).write_text(readable())
            # Processes instead of Schemathesis's workers: Hypothesis parses source code, and Python 3.11 cannot parse in two
            # threads concurrently.
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                attempts = {who: pool.submit(attempt, shop, folder, who, examples) for who in ("anonymous", *ACCOUNTS)}
                for who, ended in attempts.items():
                    with step(who) as report:
                        report(ended.result())


if __name__ == "__main__":
    main()
