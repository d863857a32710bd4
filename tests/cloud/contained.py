"""Programs that end with everything they started, whatever happens: each in namespaces of its own, which end with it."""

import contextlib
import os
import signal
import subprocess
import sys


@contextlib.contextmanager
def contained(command, log, environment, namespaces=()):
    """Runs a program beside the `with` block, its output in the file `log`. Its mounts and processes are its own; further
    `namespaces` are options of unshare."""
    end_tidily_when_terminated()
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *as_root, *namespaces]
    with open(log, "w") as output:
        # Should this script be killed, the program is, too.
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *own, *command], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def end_tidily_when_terminated():
    """SIGTERM as Ctrl-C: what is in a `with` is left, so temporary folders go."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
