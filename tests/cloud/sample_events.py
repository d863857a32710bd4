"""The files in `events/`, and what a function answers to its own. `cargo dev` begins with what they speak of."""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "events"

# What cannot succeed. A token is signed with a key that every shop draws for itself, so none in a file is ever good.
REFUSALS = {"authorize-request": {"isAuthorized": True, "context": {"refusal": "token_invalid"}}}


def operations():
    """All operations, by name."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def operation(function):
    """The operation of a function. Where services share a binary, the laptop calls the function by its service as well:
    orders.relay-events."""
    return function.rpartition(".")[2]


def alone(functions):
    """The functions that share their binary with no other service."""
    return [function for function in functions if operation(function) == function]


def path(operation):
    """The file of an operation's event."""
    return FOLDER / f"{operation}.json"


def event(operation):
    """An operation's event."""
    return json.loads(path(operation).read_text())


def complaint(function, reply):
    """What is wrong with a function's reply to its operation's event; None if nothing is."""
    expected = REFUSALS.get(operation(function))
    fine = reply == expected if expected else succeeded(event(operation(function)), reply)
    return None if fine else f"{function} answered {json.dumps(reply)}"


def succeeded(event, reply):
    """Whether a reply says that what the event asks for is done, each kind of event in its own way."""
    if isinstance(reply, dict) and "errorType" in reply:
        return False
    if "Records" in event:
        return reply == {"batchItemFailures": []}
    if event.get("detail-type") == "Scheduled Event":
        return reply is None
    if event.get("type") == "REQUEST":
        return reply["isAuthorized"] and "refusal" not in reply["context"]
    return 200 <= reply["statusCode"] < 300
