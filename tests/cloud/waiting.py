"""Waiting for a condition, never for a time."""

import time


def until(what, condition, seconds=30):
    """Returns the result of `condition()` once it is true. Fails when it is not within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise SystemExit(f"timed out after {seconds} s: {what}")
        time.sleep(0.05)
