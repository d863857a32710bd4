"""A client of the shop's API, for operators and customers."""

import json
import pathlib
import urllib.error
import urllib.request

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "local" / "dev" / "src" / "seed" / "catalogue.json"
PASSWORD = "a password for one demo"
ADDRESS = {"name": "Demo Person", "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013", "country": "ES"}


class Shop:
    """The API at `url`. Every request has the `headers`."""

    def __init__(self, url, headers=None):
        self.url, self.headers = url, headers or {}

    def send(self, method, path, body=None, token=None, **headers):
        """Returns (status, reply, headers) of a request."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | self.headers
        if token:
            headers["authorization"] = f"Bearer {token}"
        if body is not None:
            headers["content-type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, reply_in(answer), answer.headers
        except urllib.error.HTTPError as answer:
            return answer.code, reply_in(answer), answer.headers

    def call(self, method, path, body=None, token=None, expected=200, **headers):
        """Returns the reply to a request, which must have the expected status."""
        status, reply, _ = self.send(method, path, body, token, **headers)
        expect(status == expected, f"{method} {path} answered {status}: {reply}")
        return reply

    def register(self, email):
        """Returns the new account's user id."""
        body = {"email": email, "name": "Demo Person", "password": PASSWORD}
        self.call("POST", "/users", body, expected=202)
        return self.call("POST", "/sessions", {"email": email, "password": PASSWORD})["user_id"]

    def log_in(self, email):
        """Returns an access token."""
        return self.call("POST", "/sessions", {"email": email, "password": PASSWORD})["access_token"]

    def stock(self, admin_token):
        """Creates the catalogue of `cargo dev`, with its stock. Returns how many products."""
        catalogue = json.loads(CATALOGUE.read_text())
        for entry in catalogue:
            self.call("POST", "/products", entry["product"], admin_token, expected=201)
            for sku, pieces in entry["stock"].items():
                delivery = {"delta": pieces, "reason": "first delivery"}
                self.call("POST", f"/stock/{sku}/adjustments", delivery, admin_token, idempotency_key=f"first-{sku}")
        return len(catalogue)

    def check_out(self, token, email):
        """Orders what the guest with this token puts into the cart: two cups and a bag of coffee. Returns the order's id."""
        for sku, pieces in (("CUP-BLUE", 2), ("BEANS-250", 1)):
            self.call("PUT", f"/cart/lines/{sku}", {"quantity": pieces}, token)
        cart = self.call("PATCH", "/cart", {"shipping_address": ADDRESS}, token)
        expect(cart["problems"] == [], f"the cart cannot be ordered: {cart['problems']}")
        body = {
            "expected_total": cart["quote"]["total"],
            "payment_method": "pm_card_visa",
            "contact": {"name": "Demo Guest", "email": email},
        }
        return self.call("POST", "/cart/checkout", body, token, expected=201, idempotency_key="guest")["order_id"]

    def order(self, token, key, payment_method="pm_card_visa", **pay_with):
        """Orders two cups and a bag of coffee. Returns the order's id."""
        order = {
            "lines": [{"sku": "CUP-BLUE", "quantity": 2}, {"sku": "BEANS-250", "quantity": 1}],
            "currency": "EUR",
            "shipping_address": ADDRESS,
            # Where shipping is free, there is no choice.
            "shipping_method": "standard",
        }
        order |= pay_with or {"payment_method": payment_method}
        return self.call("POST", "/orders", order, token, expected=201, idempotency_key=key)["order_id"]


def reply_in(answer):
    """Returns the body, decoded if it is JSON. Gateways in front of the services may send other types, and a type for no body."""
    body = answer.read()
    return json.loads(body) if body and "json" in answer.headers.get("content-type", "") else body.decode()


def expect(condition, otherwise):
    if not condition:
        raise SystemExit(otherwise)
