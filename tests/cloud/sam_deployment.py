"""Deploys template.yaml by `sam build` and `sam deploy`: one stack per service, and one for the root's own resources.

The templates are deployed as `sam build` transforms them, without changes. The root is deployed without its nested
applications, twice: first what the services need (queues, topic), then, with their outputs, what needs them (front door, dashboard).
"""

import concurrent.futures
import platform
import subprocess

import boto3
from samcli.yamlhelper import yaml_dump, yaml_parse

from namespaces import ENDS_WITH_SCRIPT
from root_template import ROOT, applications, root_template, without_applications

# The default of the templates.
STAGE = "dev"
SAM = ROOT / "target" / "tools" / "venv" / "bin" / "sam"


class SamDeployment:
    """The stacks `<name>` and `<name>-<service>`, in the order in which they were deployed."""

    def __init__(self, cloud, name):
        self.cloud = cloud
        self.name = name
        self.session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=cloud.region)
        self.root = root_template()
        self.applications = applications(self.root)
        self.stacks = []
        self.services = {}
        self.built = cloud.folder / "built"

    def client(self, service):
        return self.session.client(service, endpoint_url=self.cloud.url)

    def build(self):
        """Runs `sam build`, which compiles nothing: cargo has built the functions."""
        self.sam("build", "--template-file", ROOT / "template.yaml", "--build-dir", self.built, "--language-extensions")

    def deploy(self):
        """Deploys everything, each service after those whose outputs it uses."""
        wired = self.deploy_root()
        while waiting := sorted(self.applications.keys() - self.services.keys()):
            known = {application: self.parameters(application, wired) for application in waiting}
            ready = [(application, parameters) for application, parameters in known.items() if parameters is not None]
            concurrently(lambda service: self.deploy_service(*service), ready)
        self.deploy_root()

    def deploy_root(self):
        """Deploys the root's own resources, as far as what they refer to exists. Returns the stack's outputs."""
        template = self.cloud.folder / "root.yaml"
        template.write_text(yaml_dump(without_applications(self.root, self.services)))
        return self.sam_deploy(self.name, template, {"Architecture": architecture()})

    def parameters(self, application, wired):
        """Returns what the root passes to an application; None while that includes an output of one that is not deployed yet."""
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
        """Deploys a service without its nested stacks: before it those that need its parameters only, and after it the others, with
        the service's outputs as parameters."""
        stack, built = f"{self.name}-{application.lower()}", self.built / application
        written = yaml_parse((built / "template.yaml").read_text())
        known = {name: parameter.get("Default", "") for name, parameter in written["Parameters"].items()} | parameters

        def deploy_nested(name, properties, given):
            return self.sam_deploy(f"{stack}-{name.lower()}", built / properties["Location"], given)

        nested, deployed = applications(written), {}
        for name, properties in nested.items():
            given = {parameter: known.get(value.get("Ref")) for parameter, value in properties["Parameters"].items() if isinstance(value, dict)}
            if len(given) == len(properties["Parameters"]) and None not in given.values():
                deployed[name] = deploy_nested(name, properties, given)
        alone = built / "alone.yaml"
        prefix = {"Alarms": {"Prefix": f"bodega-{STAGE}-{application.lower()}"}}
        alone.write_text(yaml_dump(without_applications(written, prefix | deployed)))
        outputs = self.sam_deploy(stack, alone, parameters)
        for name in nested.keys() - deployed.keys():
            given = {parameter: outputs.get(name + parameter, "") for parameter in nested[name]["Parameters"]}
            deploy_nested(name, nested[name], given)
        self.services[application] = outputs

    def sam_deploy(self, stack, template, parameters):
        # SAM accepts no empty value. Parameters that may be empty are empty by default.
        given = [f"{name}={value}" for name, value in parameters.items() if value]
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
        concurrently(lambda stack: self.sam("delete", "--stack-name", stack, "--no-prompts"), self.stacks)

    def sam(self, *arguments):
        # In the temporary folder, so that samconfig.toml with its stack names does not apply.
        ran = subprocess.run(
            [*ENDS_WITH_SCRIPT, SAM, *arguments, "--region", self.cloud.region],
            env=self.cloud.environment(), cwd=self.cloud.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if ran.returncode:
            raise SystemExit(f"sam {' '.join(map(str, arguments))}\n{ran.stdout}")


def concurrently(function, arguments):
    """Calls the function with each of the arguments, up to three concurrently."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
        list(pool.map(function, arguments))


def architecture():
    """Returns the template's name for this machine's architecture."""
    return {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
