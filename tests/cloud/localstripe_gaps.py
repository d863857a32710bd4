"""What localstripe lacks of Stripe's API, filled in on the way between the shop and it, so that the shop meets what Stripe promises."""

import contextlib
import http.client
import http.server
import json
import re
import threading
import urllib.parse

# What is filled in, by what localstripe 1.15.10 does instead.
FILLED_IN = {
    "has no idempotency keys, so a repeated request is another payment or refund": "answers are kept by key and replayed",
    "accepts only keys that begin with sk_": "every request gets such a key",
    "refuses `return_url` and `cancellation_reason` as unexpected": "they are left out",
    "leaves `amount_received` out of a PaymentIntent": "it is the amount once the status is succeeded, and else 0",
    "answers 400 without a code where the state of a PaymentIntent does not allow a request": "the code is payment_intent_unexpected_state",
    "has no code for what it does not find": "the code is resource_missing",
    "does not show payment methods under their customer's path": "they are taken from their own, and are missing if they are another's",
    "does not attach a card that was set up": "the judge attaches it",
}

KEY = "sk_test_localstripe"
OF_CUSTOMER = re.compile(r"/v1/customers/(?P<customer>\w+)/payment_methods(?P<one>/\w+)?(\?(?P<query>.*))?")
UNEXPECTED = {"return_url", "cancellation_reason"}


class Answers:
    """The answers to idempotency keys."""

    def __init__(self):
        self.lock, self.kept = threading.Lock(), {}

    def once(self, key, request, work):
        """Returns the answer to a key's first request, and whether it is replayed. Other requests under the key are refused."""
        with self.lock:
            known, answer = self.kept.setdefault(key, (request, None))
            is_first = known is request
        if is_first:
            answer = work()
            with self.lock:
                self.kept[key] = (request, answer)
            return answer, False
        if known != request:
            return refusal(400, "idempotency_error", None), False
        if answer is None:
            return refusal(409, "invalid_request_error", "idempotency_key_in_use"), False
        return answer, True


class Gaps(http.server.ThreadingHTTPServer):
    """Passes requests on to localstripe at a port."""

    daemon_threads = True

    def __init__(self, port, localstripe):
        super().__init__(("127.0.0.1", port), Request)
        self.localstripe, self.answers = localstripe, Answers()


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply(self.passed_on(b""), False)

    def do_DELETE(self):
        self.reply(self.passed_on(b""), False)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        key = self.headers.get("idempotency-key")
        if key:
            self.reply(*self.server.answers.once(key, (self.path, body), lambda: self.passed_on(body)))
        else:
            self.reply(self.passed_on(body), False)

    def passed_on(self, body):
        """Returns localstripe's status and answer."""
        given = urllib.parse.parse_qsl(body.decode(), keep_blank_values=True)
        form = urllib.parse.urlencode([(name, value) for name, value in given if name not in UNEXPECTED])
        connection = http.client.HTTPConnection("127.0.0.1", self.server.localstripe, timeout=30)
        with contextlib.closing(connection):
            headers = {"authorization": f"Bearer {KEY}", "content-type": "application/x-www-form-urlencoded"}
            connection.request(self.command, there(self.path), form, headers)
            response = connection.getresponse()
            return completed(self.path, response.status, json.loads(response.read()))

    def reply(self, answer, is_replayed):
        status, body = answer[0], json.dumps(answer[1]).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if is_replayed:
            self.send_header("idempotent-replayed", "true")
        self.end_headers()
        # The shop may have given up.
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing: the judge speaks of orders."""


def there(path):
    """Returns where localstripe has what Stripe has at a path."""
    found = OF_CUSTOMER.fullmatch(path)
    if not found:
        return path
    one, of_customer = found["one"], f"?customer={found['customer']}&{found['query']}"
    return f"/v1/payment_methods{one if one else of_customer}"


def completed(path, status, answer):
    """Adds to localstripe's answer what the shop expects of Stripe's."""
    found = OF_CUSTOMER.fullmatch(path)
    if status == 404 or found and found["one"] and answer["customer"] != found["customer"]:
        return refusal(404, "invalid_request_error", "resource_missing")
    if answer.get("object") == "payment_intent":
        answer["amount_received"] = answer["amount"] if answer["status"] == "succeeded" else 0
    if status == 400 and path.endswith(("/confirm", "/cancel")):
        answer["error"].setdefault("code", "payment_intent_unexpected_state")
    return status, answer


def refusal(status, kind, code):
    return status, {"error": {"type": kind, "code": code}}


@contextlib.contextmanager
def gaps_filled(port, localstripe):
    """Serves on a port during the `with` block what localstripe serves on its own, with the gaps filled in."""
    with Gaps(port, localstripe) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
