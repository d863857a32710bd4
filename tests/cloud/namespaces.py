"""Programs in namespaces of their own, so that what they start and mount ends with them, whatever happens."""

import os


def own_namespaces(*further):
    """What to put before a command: its processes and mounts are its own, and so is what the `further` options of unshare
    name. It is killed when the script that starts it is."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", *as_root, *further]
    return ["setpriv", "--pdeathsig", "KILL", *unshare]
