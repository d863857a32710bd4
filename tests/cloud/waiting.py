"""Waiting for a condition, never for a time."""

import time


def until(what, condition, seconds=30):
    """What `condition()` returns, as soon as that is something. An error when it is nothing for `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise SystemExit(f"after {seconds} s still not: {what}")
        time.sleep(0.05)
