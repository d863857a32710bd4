"""A separate shop for one script: `cargo dev` in memory, on free ports."""

import contextlib
import json
import pathlib
import socket
import subprocess
import urllib.request

from namespaces import own_namespaces
from waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[2]


def free_ports(count):
    """Returns `count` ports on which nothing listens at the moment."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class RunningShop:
    """The addresses of a running shop, and what its console shows."""

    def __init__(self, log, front_door, aws, console):
        self.log, self.process = log, None
        self.ports = {"port": front_door, "aws-port": aws, "console-port": console}
        self.url, self.aws_url, self.console_url = (f"http://127.0.0.1:{port}" for port in (front_door, aws, console))

    def options(self):
        """Returns the options with which `cargo dev` uses these ports."""
        return [word for name, port in self.ports.items() for word in (f"--{name}", str(port))]

    def functions(self):
        """Returns the environment of each operation."""
        with urllib.request.urlopen(f"{self.console_url}/functions") as answer:
            return {function["operation"]: function["environment"] for function in json.load(answer)}

    def answers(self):
        """Returns something true if its console answers, which it does before the shop is stocked."""
        with contextlib.suppress(OSError):
            return self.functions()

    def is_stocked(self):
        """Returns whether it is open. Fails if it has ended."""
        alive(self.process, self.log)
        return "Bodega is ready." in self.log.read_text()


@contextlib.contextmanager
def running_shop(log, *options, stocked=True, small=True):
    """Runs a shop during the `with` block, which begins once the shop is `stocked`, or else once its console answers. One that is not
    `small` gets the rest of its assortment meanwhile."""
    shop = RunningShop(log, *free_ports(3))
    size = ["--small"] if small else []
    command = ["cargo", "dev", "--memory", *size, *shop.options(), *options]
    with running(command, log) as shop.process:
        ready = shop.is_stocked if stocked else shop.answers
        # The first time, everything has to be compiled.
        until(f"the shop runs (see {log})", lambda: alive(shop.process, log) and ready(), 900)
        yield shop


@contextlib.contextmanager
def running(command, log, environment=None, tree=ROOT):
    """Runs a program during the `with` block, in the repository or a copy, with its output in the file `log`. What it has started
    ends with it."""
    with open(log, "w") as output:
        process = subprocess.Popen(
            [*own_namespaces(), *command], cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def alive(process, log):
    """Returns True, and fails if the program has ended by itself."""
    if process.poll() is not None:
        raise SystemExit(f"it ended with {process.returncode}:\n{log.read_text()[-2000:]}")
    return True
