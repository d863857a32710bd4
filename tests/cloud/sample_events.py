"""The files in `events/`, and each function's answer to its own. `cargo dev` starts with the records that they refer to."""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "events"

# Events that cannot succeed. Every shop draws its own secrets, so no token in a file is ever valid.
REFUSALS = {"authorize-request": {"isAuthorized": True, "context": {"refusal": "token_invalid"}}}
# Nor is the password right: a new one would sign the customer out, whom the other events need, and files hold no password.
PROBLEMS = {
    "change-password": (401, "invalid_credentials"),
    "confirm-email": (404, "link_invalid"),
    "get-link": (404, "link_invalid"),
    "reset-password": (404, "link_invalid"),
    "set-email": (401, "invalid_credentials"),
    "enroll-totp": (401, "invalid_credentials"),
    "request-erasure": (401, "invalid_credentials"),
    "confirm-totp": (404, "totp_not_enrolled"),
    "remove-totp": (404, "totp_not_enrolled"),
    # Its user has no cart.
    "check-out": (422, "cart_empty"),
    "open-order-link": (404, "link_invalid"),
    "complete-log-in": (401, "challenge_invalid"),
    "accept-invitation": (404, "link_invalid"),
    "show-product": (404, "product_not_found"),
    "update-product": (404, "product_not_found"),
    "put-variant": (404, "product_not_found"),
    "remove-category": (404, "category_not_found"),
    "add-image": (404, "product_not_found"),
    "update-shipment": (404, "shipment_not_found"),
    "get-invoice": (404, "invoice_not_found"),
    "receive-return": (404, "return_not_found"),
    "decide-return": (404, "return_not_found"),
    "get-import": (404, "import_not_found"),
    # It is paid.
    "get-payment-action": (409, "no_action_needed"),
    "retry-payment": (409, "payment_not_retryable"),
    # Its user has saved none.
    "remove-payment-method": (404, "payment_method_not_found"),
    "verify-payment-method": (422, "payment_method_unknown"),
    # Nobody can sign for Stripe.
    "receive-stripe-event": (400, "signature_invalid"),
    # Its token is of an admin whose role was taken away.
    "put-staff": (403, "not_admin"),
}


def operations():
    """Returns the names of all operations."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def operation(function):
    """Returns the operation of a function. Where services share a binary, the laptop prefixes the function with its service:
    orders.relay-events."""
    return function.rpartition(".")[2]


def alone(functions):
    """Returns the functions that do not share their binary with another service."""
    return [function for function in functions if operation(function) == function]


def asked_first(functions):
    """Sorts those to the front that other functions ask, who do not wait for as long as one takes to compile."""
    return sorted(functions, key=lambda function: not event(operation(function)).get("rawPath", "").startswith("/internal/"))


def path(operation):
    """Returns the file of an operation's event."""
    return FOLDER / f"{operation}.json"


def event(operation):
    """Returns an operation's event."""
    return json.loads(path(operation).read_text())


def complaint(function, reply):
    """Returns what is wrong with a function's reply to its operation's event, or None."""
    name = operation(function)
    if name in REFUSALS:
        fine = reply == REFUSALS[name]
    elif name in PROBLEMS:
        fine = (reply.get("statusCode"), json.loads(reply.get("body", "{}")).get("code")) == PROBLEMS[name]
    else:
        fine = succeeded(event(name), reply)
    return None if fine else f"{function} answered {json.dumps(reply)}"


def succeeded(event, reply):
    """Returns whether a reply means success, which each kind of event expresses differently."""
    if isinstance(reply, dict) and "errorType" in reply:
        return False
    if "Records" in event:
        return reply == {"batchItemFailures": []}
    if event.get("detail-type") == "Scheduled Event":
        return reply is None
    if event.get("type") == "REQUEST":
        return reply["isAuthorized"] and "refusal" not in reply["context"]
    return 200 <= reply["statusCode"] < 300
