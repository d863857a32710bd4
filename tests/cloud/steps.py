"""Prints a script's steps, one per line, with their durations."""

import contextlib
import time


@contextlib.contextmanager
def step(name):
    """Yields a function that takes the step's results, and prints them when the step has succeeded."""
    results, began = [], time.monotonic()
    yield results.append
    print(f"{time.monotonic() - began:6.1f} s  {name:<12} {'; '.join(results)}", flush=True)
