"""template.yaml, and its use without nested applications, which some tools do not support: references to their outputs are replaced
by values, or left out."""

import pathlib
import re

from samcli.yamlhelper import yaml_parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
APPLICATION = "AWS::Serverless::Application"


def root_template():
    return yaml_parse((ROOT / "template.yaml").read_text())


def applications(root):
    """Returns the properties of each nested application, by its logical id."""
    # An Fn::ForEach is a list.
    resources = {name: each for name, each in root["Resources"].items() if isinstance(each, dict)}
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == APPLICATION}


def without_applications(root, outputs):
    """Returns the root template without its nested applications. References to applications in `outputs` are replaced by these outputs,
    and resources that refer to other applications are left out, too. The parameters that the root passes become outputs."""
    nested = applications(root)
    own = with_outputs({**root, "Resources": {k: v for k, v in root["Resources"].items() if k not in nested}}, outputs)
    missing = set(nested)
    while left_out := [name for name, each in own["Resources"].items() if missing & references(each)]:
        missing.update(left_out)
        own["Resources"] = {name: each for name, each in own["Resources"].items() if name not in missing}
    passed = {
        application + name: {"Value": value}
        for application, properties in nested.items()
        for name, value in properties["Parameters"].items()
    }
    outputs = own.get("Outputs", {}) | passed
    own["Outputs"] = {name: each for name, each in outputs.items() if not missing & references(each)}
    return own


def with_outputs(value, outputs):
    """Returns a part of a template with references to the given applications' outputs replaced by their values."""

    def given(application, output, otherwise):
        return outputs.get(application, {}).get(output, otherwise)

    match value:
        case {"Fn::GetAtt": [str(application), str(attribute)]}:
            return given(application, attribute.removeprefix("Outputs."), value)
        case dict():
            return {key: with_outputs(part, outputs) for key, part in value.items()}
        case list():
            return [with_outputs(part, outputs) for part in value]
        case str():
            return re.sub(r"\$\{(\w+)\.Outputs\.(\w+)}", lambda found: given(found[1], found[2], found[0]), value)
    return value


def references(value):
    """Returns the names of the resources and parameters that a part of a template refers to."""
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
