"""A separate Docker for one script, and an image in which it runs functions. Where only package registries can be reached, no image
can be pulled, so it is built from Debian's packages."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

from namespaces import own_namespaces
from root_template import ROOT
from running_shop import alive, running
from waiting import until

# The address by which containers reach this machine, where the shop listens.
BRIDGE = "172.17.0.1"
# The name under which SAM expects the image.
IMAGE = "public.ecr.aws/lambda/provided:al2023-x86_64"
FILES = ROOT / "target" / "tools" / "lambda-image.tar"
# Folders that a running function does not need.
SUPERFLUOUS = ["./usr/share/doc", "./usr/share/man", "./usr/share/locale", "./var/cache/apt", "./var/lib/apt/lists"]


def make_files():
    """Builds the image's files, unless they exist: a minimal Debian with the certificate authorities."""
    if FILES.exists():
        return
    with tempfile.TemporaryDirectory(prefix="bodega-image-") as folder:
        system = f"{folder}/system"
        # In a namespace, because debootstrap leaves its mounts behind when it fails.
        debootstrap = ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", system]
        with open(f"{folder}/log", "w+") as log:
            made = subprocess.run([*own_namespaces(), *debootstrap], stdout=log, stderr=subprocess.STDOUT)
            log.seek(0)
            if made.returncode:
                raise SystemExit(f"debootstrap failed:\n{log.read()[-2000:]}")
        excluded = [f"--exclude={path}/*" for path in SUPERFLUOUS]
        subprocess.run(["tar", "--create", "--file", f"{folder}/image.tar", "--directory", system, *excluded, "."], check=True)
        # Last, so that an incomplete image is never found.
        subprocess.run(["mv", f"{folder}/image.tar", FILES], check=True)


@contextlib.contextmanager
def docker_engine(folder):
    """Runs dockerd during the `with` block, with its data in `folder`, and yields the environment that reaches it."""
    log, socket = folder / "dockerd.log", f"unix://{folder}/docker.sock"
    command = [
        "dockerd", "--host", socket, "--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid",
        "--cgroup-parent", folder.name,
    ]
    environment = {"DOCKER_HOST": socket, "PATH": os.environ["PATH"], "HOME": str(folder)}
    try:
        with running(command, log) as process:
            until("Docker answers", lambda: alive(process, log) and docker(environment, "info"))
            yield environment
    finally:
        remove_control_groups(folder.name)


def remove_control_groups(name):
    """Removes what Docker leaves behind: the parent of its containers, and the groups of containers that were killed with it."""
    for parent in pathlib.Path("/sys/fs/cgroup").glob(f"**/{name}"):
        for group in [*sorted(parent.glob("**/*/"), reverse=True), parent]:
            group.rmdir()


def docker(environment, *arguments):
    """Returns whether a docker command succeeds."""
    ran = subprocess.run(["docker", *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ran.returncode == 0


def import_image(environment, aws_url):
    """Imports the image, in which functions find AWS at the URL: SAM passes on only the variables that a template declares."""
    settings = [
        "ENV LAMBDA_TASK_ROOT=/var/task", "ENV LAMBDA_RUNTIME_DIR=/var/runtime", f"ENV AWS_ENDPOINT_URL={aws_url}",
        "WORKDIR /var/task", 'ENTRYPOINT ["/var/task/bootstrap"]',
    ]
    changes = [word for setting in settings for word in ("--change", setting)]
    if not docker(environment, "import", *changes, str(FILES), IMAGE):
        raise SystemExit(f"docker cannot import {FILES}; delete it, and the next run rebuilds it")
