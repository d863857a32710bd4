"""Programs that end with the script that starts them, whatever happens, and in namespaces of their own with all they started."""

import os
import signal
import sys

# What to put before a command: it is killed when the script that starts it is.
ENDS_WITH_SCRIPT = ["setpriv", "--pdeathsig", "KILL"]


def own_namespaces(*further):
    """What to put before a command: its processes and mounts are its own, and so is what the `further` options of unshare
    name. It ends with the script."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return [*ENDS_WITH_SCRIPT, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *as_root, *further]


def end_tidily_when_terminated():
    """Takes SIGTERM as Ctrl-C is taken: every `with` is left, so temporary folders go."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
