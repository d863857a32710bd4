"""Runs programs in their own namespaces, so that they and all they have started end with the script, whatever happens."""

import os
import signal
import sys

# A prefix for a command, which is killed when the script that has started it is.
ENDS_WITH_SCRIPT = ["setpriv", "--pdeathsig", "KILL"]


def own_namespaces(*further):
    """Returns a prefix for a command, which gets its own namespaces of processes and mounts, and those that the `further` options of
    unshare name. It ends with the script."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return [*ENDS_WITH_SCRIPT, "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *as_root, *further]


def end_tidily_when_terminated():
    """Handles SIGTERM like Ctrl-C: every `with` block is left, so temporary folders are removed."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
