"""What a script does, a line a step, with how long it took."""

import contextlib
import time


@contextlib.contextmanager
def step(name):
    """Prints what the step tells by what it is given, when it has ended well."""
    told, began = [], time.monotonic()
    yield told.append
    print(f"{time.monotonic() - began:6.1f} s  {name:<12} {'; '.join(told)}", flush=True)
