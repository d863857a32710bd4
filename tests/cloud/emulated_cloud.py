"""ministack, an AWS emulator, on a free port of this machine. Nothing outside of its temporary folder is touched.

Policies are enforced (`AUTH=true`): a function signs with the credentials of its role, and may do only what that role allows.
"""

import contextlib
import json
import os
import pathlib
import tempfile
import urllib.request

from namespaces import own_namespaces
from running_shop import alive, free_ports, running
from waiting import until

REGION = "eu-west-1"
TOOLS = pathlib.Path(__file__).resolve().parents[2] / "target" / "tools"


@contextlib.contextmanager
def emulated_cloud():
    """Runs the emulator during the `with` block, and stops it with everything that it has started."""
    with tempfile.TemporaryDirectory(prefix="bodega-emulator-") as folder:
        cloud = EmulatedCloud(pathlib.Path(folder))
        cloud.hosts.write_text(pathlib.Path("/etc/hosts").read_text())
        own_hosts = ["sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', cloud.hosts]
        ministack = pathlib.Path(__file__).with_name("ministack_accepting_metric_math.py")
        command = [*own_namespaces(), *own_hosts, TOOLS / "emulator" / "bin" / "python", ministack]
        with running(command, cloud.log, cloud.environment() | cloud.settings()) as process:
            until("ministack answers", lambda: alive(process, cloud.log) and cloud.answers())
            yield cloud


class EmulatedCloud:
    """ministack, as its clients see it."""

    region = REGION

    def __init__(self, folder):
        self.folder = folder
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "ministack.log"
        # The names of APIs are <api id>.execute-api.localhost. Not every machine resolves names under localhost to itself, so the
        # emulator and its functions get a hosts file that does.
        self.hosts = folder / "hosts"

    def environment(self):
        """Returns the environment in which the AWS CLI, SAM and boto3 reach the emulator, and nothing else."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "1",
        }

    def settings(self):
        return ministack_settings(self.port, self.folder) | {"MINISTACK_REGION": REGION, "AUTH": "true"}

    def answers(self):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1) as answer:
            return answer.status == 200

    def name(self, host):
        """Resolves `host` to this machine, for the emulator and its functions."""
        with self.hosts.open("a") as hosts:
            hosts.write(f"127.0.0.1 {host}\n")

    def mails(self, to):
        """Returns the subjects of the mails to an address that SES has accepted."""
        with urllib.request.urlopen(f"{self.url}/_ministack/ses/messages", timeout=10) as answer:
            accounts = json.load(answer)["messages"]
        return [mail["Subject"] for mails in accounts.values() for mail in mails if to in mail["To"]]


def ministack_settings(port, folder):
    """Returns the settings with which ministack listens on this port of loopback only, and leaves nothing behind."""
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "TMPDIR": str(folder),
        # Otherwise it listens on a fixed port of every interface, which nothing here needs.
        "IOT_MTLS_ENABLED": "0",
    }
