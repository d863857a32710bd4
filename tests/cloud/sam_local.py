"""Runs functions in SAM's containers, over the engines of a running `cargo dev`: each answers its event, and an order goes through
SAM's own API gateway.

All of it runs in its own namespaces, including the network's: Docker's bridge, rules, mounts and processes end with the script,
and do not touch those of another Docker.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from samcli.yamlhelper import yaml_dump, yaml_parse

import sample_events
from docker_engine import BRIDGE, docker_engine, import_image, make_files
from namespaces import end_tidily_when_terminated, own_namespaces
from root_template import ROOT, root_template, with_outputs
from running_shop import free_ports, running, running_shop
from sam_deployment import SAM, architecture
from shop_client import Shop, expect
from steps import step
from waiting import until

# Replaces an output of the users' stack, which SAM's gateway does not know: it looks the function up by name.
AUTHORIZER = {"Users": {"AuthorizerFunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:AuthorizeRequestFunction"}}
# SAM passes its own credentials to all functions of an API, unless a template declares the variables.
OWN = dict.fromkeys(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"], "")


def main():
    """Does first what needs the network, then the rest without it."""
    end_tidily_when_terminated()
    make_files()
    subprocess.run(["cargo", "build", "--workspace", "--bins"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory(prefix="bodega-sam-local-") as folder:
        inside = subprocess.run([*own_namespaces("--net"), sys.executable, __file__, folder])
    sys.exit(inside.returncode)


def in_containers(folder):
    """Runs everything else, inside the namespaces."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with contextlib.ExitStack() as stack:
        with step("start") as report:
            docker = stack.enter_context(docker_engine(folder))
            shop = stack.enter_context(running_shop(folder / "shop.log", "--listen", BRIDGE))
            import_image(docker, f"http://{BRIDGE}:{shop.ports['aws-port']}")
            report("Docker, its image, a shop")
        sam = Sam(folder, docker, shop)
        with step("invoke") as report:
            # The first has SAM build the image. For all others it mostly reads the templates, anew for each.
            first, *others = sam.functions
            complaints = [sam.complaint(first)]
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
                complaints += threads.map(sam.complaint, others)
            expect(not any(complaints), "\n".join(filter(None, complaints)))
            report(f"{len(complaints)} functions answered their events")
        with step("start-api") as report:
            report(order(sam, shop))


class Sam:
    """The SAM CLI, with Docker and a running shop."""

    def __init__(self, folder, docker, shop):
        self.folder = folder
        self.environment = docker | {"SAM_CLI_TELEMETRY": "0", "AWS_EC2_METADATA_DISABLED": "true", "TMPDIR": str(folder)}
        self.functions = shop.functions()
        self.variables = folder / "variables.json"
        command = ["cargo", "dev", *shop.options(), "env", "--sam"]
        self.variables.write_text(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)

    def command(self, *words):
        # The payment gateway of `cargo dev` speaks Stripe's API.
        settings = [f"Architecture={architecture()}", "PaymentGateway=stripe"]
        return [
            SAM, "local", *words, "--skip-pull-image", "--language-extensions", "--env-vars", self.variables,
            "--parameter-overrides", *settings,
        ]

    def complaint(self, function):
        """Returns what is wrong with a function's answer to its event, or None."""
        event = sample_events.path(sample_events.operation(function))
        # As `env $(cargo dev env place-order | grep ^AWS_) sam local invoke …`: SAM passes on its own credentials.
        credentials = {name: value for name, value in self.functions[function].items() if name.startswith("AWS_")}
        # Explicit, because SAM prefers the output of an earlier `sam build`.
        template = ["--template", ROOT / "template.yaml"]
        command = self.command("invoke", logical_id(function), "--event", event, *template)
        ran = subprocess.run(command, cwd=ROOT, env=self.environment | credentials, capture_output=True, text=True)
        if ran.returncode or not ran.stdout.strip():
            return f"{function} did not answer: {ran.stderr}"
        complaint = sample_events.complaint(function, json.loads(ran.stdout))
        return complaint and f"{complaint}\n{ran.stderr}"

    @contextlib.contextmanager
    def api(self):
        """Runs SAM's API gateway during the `with` block."""
        [port] = free_ports(1)
        log = self.folder / "api.log"
        command = self.command("start-api", "--template", self.templates() / "template.yaml", "--port", str(port))
        region = {"AWS_DEFAULT_REGION": self.functions["place-order"]["AWS_REGION"]}
        with running(command, log, self.environment | region | dict.fromkeys(OWN, "none")):
            until("SAM's gateway listens", lambda: "Running on" in log.read_text())
            yield Shop(f"http://127.0.0.1:{port}")

    def templates(self):
        """Copies the templates, with what SAM's gateway cannot find out: an output of a nested stack, and each function's credentials."""
        copy = self.folder / "templates"
        copy.mkdir()
        (copy / "target").symlink_to(ROOT / "target")
        (copy / "template.yaml").write_text(yaml_dump(with_outputs(root_template(), AUTHORIZER)))
        for path in (*ROOT.glob("functions/*/*.yaml"), *ROOT.glob("shared/templates/*.yaml")):
            template = yaml_parse(path.read_text())
            if "Globals" in template:
                template["Globals"]["Function"]["Environment"]["Variables"] |= OWN
            copied = copy / path.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_text(yaml_dump(template))
        return copy


def order(sam, shop):
    """Places an order through SAM's gateway, which the rest of the shop confirms. Returns a summary."""
    front_door, customer = Shop(shop.url), "containers@bodega.example"
    front_door.register(customer)
    token = front_door.log_in(customer)
    with sam.api() as api:
        api.call("POST", "/orders", {}, "a.b.c", expected=401)
        order_id = api.order(token, "containers-order")
    path = f"/orders/{order_id}"
    until(f"{order_id} is confirmed", lambda: front_door.call("GET", path, token=token)["status"] == "confirmed")
    return f"{order_id} was placed through SAM's gateway, and is confirmed"


def logical_id(function):
    """Returns the function's name in the templates, prefixed with the nested stack if several have a function of this name."""
    service, _, operation = function.rpartition(".")
    name = "".join(word.capitalize() for word in operation.split("-")) + "Function"
    return f"{service.capitalize()}/{name}" if service else name


if __name__ == "__main__":
    in_containers(pathlib.Path(sys.argv[1])) if sys.argv[1:] else main()
