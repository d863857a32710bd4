"""The whole of template.yaml by `sam deploy`: one stack a service, and one for what the root owns itself.

The service templates are deployed as they are. The root is deployed without its nested applications, twice: first what the
services need (queues, topic), then, with their outputs, what needs them (front door, dashboard).
"""

import functools
import pathlib
import platform
import re
import subprocess

import boto3
from samcli.yamlhelper import yaml_dump, yaml_parse

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / "target" / "tools" / "venv" / "bin"
APPLICATION = "AWS::Serverless::Application"


class SamDeployment:
    """The stacks `<name>` and `<name>-<service>`, in the order in which they were deployed."""

    def __init__(self, cloud, name):
        self.cloud = cloud
        self.name = name
        self.session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=cloud.region)
        self.root = yaml_parse((REPOSITORY / "template.yaml").read_text())
        resources = self.root["Resources"].items()
        self.applications = {name: each["Properties"] for name, each in resources if each.get("Type") == APPLICATION}
        self.stacks = []
        self.services = {}

    def client(self, service):
        return self.session.client(service, endpoint_url=self.cloud.url)

    def deploy(self):
        """Everything, each service after those whose outputs it takes."""
        wired = self.deploy_root()
        while waiting := self.applications.keys() - self.services.keys():
            for application in sorted(waiting):
                if (parameters := self.parameters(application, wired)) is not None:
                    self.deploy_service(application, parameters)
        self.deploy_root()

    def deploy_root(self):
        """The root's own resources, as far as what they refer to is deployed. Returns the stack's outputs."""
        template = self.cloud.folder / "root.yaml"
        template.write_text(yaml_dump(without_applications(self.root, self.applications, self.services)))
        return self.sam_deploy(self.name, template, {"Architecture": architecture()})

    def parameters(self, application, wired):
        """What the root passes to an application, or nothing while that takes an output of one not yet deployed."""
        parameters = {}
        for name, value in self.applications[application]["Parameters"].items():
            match value:
                case {"Fn::GetAtt": [other, output]} if other in self.applications:
                    if other not in self.services:
                        return None
                    parameters[name] = self.services[other][output.removeprefix("Outputs.")]
                case _:
                    parameters[name] = wired[application + name]
        return parameters

    def deploy_service(self, application, parameters):
        template = REPOSITORY / self.applications[application]["Location"]
        self.services[application] = self.sam_deploy(f"{self.name}-{application.lower()}", template, parameters)

    def sam_deploy(self, stack, template, parameters):
        given = [f"{name}={value}" for name, value in parameters.items()]
        self.sam(
            "deploy", "--stack-name", stack, "--template-file", template, "--resolve-s3", "--no-confirm-changeset",
            "--no-progressbar", "--language-extensions", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
            "--parameter-overrides", *given,
        )
        if stack not in self.stacks:
            self.stacks.append(stack)
        described = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}

    def delete(self):
        for stack in reversed(self.stacks):
            self.sam("delete", "--stack-name", stack, "--no-prompts")

    def sam(self, *arguments):
        # In the temporary folder: samconfig.toml's stack names are not these.
        ran = subprocess.run(
            [TOOLS / "sam", *arguments, "--region", self.cloud.region],
            env=self.cloud.environment(), cwd=self.cloud.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if ran.returncode:
            raise SystemExit(f"sam {' '.join(map(str, arguments))}\n{ran.stdout}")


def architecture():
    """As the template calls what this machine is."""
    return {"aarch64": "arm64"}.get(platform.machine(), platform.machine())


def without_applications(root, applications, outputs):
    """The root template without its nested applications: `outputs` stand where it refers to those of applications that have
    them, and what refers to any other application is left out, too. What the root passes to each becomes an output."""
    own = with_outputs({**root, "Resources": {k: v for k, v in root["Resources"].items() if k not in applications}}, outputs)
    missing = set(applications)
    while left_out := [name for name, each in own["Resources"].items() if missing & references(each)]:
        missing.update(left_out)
        own["Resources"] = {name: each for name, each in own["Resources"].items() if name not in missing}
    passed = {
        application + name: {"Value": value}
        for application, properties in applications.items()
        for name, value in properties["Parameters"].items()
    }
    own["Outputs"] = {k: v for k, v in (own["Outputs"] | passed).items() if not missing & references(v)}
    return own


def with_outputs(value, outputs):
    """A part of a template with the outputs of applications in place of the references to them."""
    match value:
        case {"Fn::GetAtt": [name, attribute]} if name in outputs:
            return outputs[name][attribute.removeprefix("Outputs.")]
        case dict():
            return {key: with_outputs(part, outputs) for key, part in value.items()}
        case list():
            return [with_outputs(part, outputs) for part in value]
        case str():
            return re.sub(r"\$\{(\w+)\.Outputs\.(\w+)}", functools.partial(substituted, outputs), value)
    return value


def substituted(outputs, reference):
    return outputs.get(reference[1], {}).get(reference[2], reference[0])


def references(value):
    """The names of the resources and parameters that a part of a template refers to."""
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case dict():
            depends = value.get("DependsOn", [])
            named = {depends} if isinstance(depends, str) else set(depends)
            return named.union(*map(references, value.values()))
        case list():
            return set().union(*map(references, value))
        case str():
            return set(re.findall(r"\$\{(\w+)", value))
    return set()
