"""Templates as AWS transforms them: loops expanded, SAM translated, and conditions on parameters resolved."""

import graphlib
import os
import re

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse

from root_template import ROOT, references

REGION = "eu-west-1"
ALARM = "AWS::CloudWatch::Alarm"
STACK = "AWS::CloudFormation::Stack"
PSEUDO = {"AWS::Region": REGION, "AWS::StackName": "bodega", "AWS::AccountId": "123456789012", "AWS::Partition": "aws"}
NOTHING = object()


class NoManagedPolicies:
    """Managed policies for SAM, which would otherwise ask AWS for their ARNs. The templates name none."""

    def load(self):
        return {}


class Transformed:
    """One template with values for some of its parameters. The others have their defaults."""

    def __init__(self, path, **given):
        self.path = path
        self.written = yaml_parse((ROOT / path).read_text())
        self.nested = {}
        declared = self.written["Parameters"]
        defaults = {name: parameter["Default"] for name, parameter in declared.items() if "Default" in parameter}
        self.parameters = {**defaults, **{name: value for name, value in given.items() if name in declared}}
        translated = self._translate()
        self.conditions = translated.get("Conditions", {})
        self.mappings = translated.get("Mappings", {})
        self.resources = {
            name: self.resolve(resource) for name, resource in translated["Resources"].items() if self._exists(resource)
        }

    def with_nested(self):
        """Returns the stack with its nested stacks, which refer to its resources by their ids."""
        for name, stack in self.of(STACK).items():
            path = os.path.normpath(os.path.join(os.path.dirname(self.path), stack["TemplateURL"]))
            given = {key: value if isinstance(value, str) else value["Ref"] for key, value in stack["Parameters"].items()}
            self.nested[name] = Transformed(path, **given)
        return self

    def _translate(self):
        template = yaml_parse((ROOT / self.path).read_text())
        values = {**PSEUDO, **self.parameters}
        validator = SamTemplateValidator(
            template, NoManagedPolicies(), region=REGION, parameter_overrides=values, language_extensions_enabled=True
        )
        return yaml_parse(validator.get_translated_template_if_valid())

    def _exists(self, resource):
        return "Condition" not in resource or self.holds({"Condition": resource["Condition"]})

    def of(self, kind):
        """Returns name and properties of all resources of a type."""
        found = ((name, resource) for name, resource in self.resources.items() if resource["Type"] == kind)
        return {name: resource.get("Properties", {}) for name, resource in found}

    def alarms(self):
        """Returns name and properties of all alarms, including those of nested stacks."""
        nested = ((f"{name}.{alarm}", each) for name, stack in self.nested.items() for alarm, each in stack.alarms().items())
        return self.of(ALARM) | dict(nested)

    def output(self, name):
        return self.resolve(self.written["Outputs"][name]["Value"])

    def with_outputs(self, value):
        """Returns a text with references to outputs of nested stacks replaced by their values. SAM's local transform leaves some of these
        texts without their Fn::Sub."""
        text = value["Fn::Sub"] if isinstance(value, dict) else value
        return re.sub(r"\$\{(\w+)\.Outputs\.(\w+)}", lambda found: self.nested[found[1]].output(found[2]), text)

    def holds(self, expression):
        """Returns whether a condition, or an assertion of a rule, is true."""
        ((function, argument),) = expression.items()
        match function:
            case "Condition":
                return self.holds(self.conditions[argument])
            case "Fn::Equals":
                return str(self.resolve(argument[0])) == str(self.resolve(argument[1]))
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(map(self.holds, argument))
            case "Fn::Or":
                return any(map(self.holds, argument))
        raise ValueError(f"{self.path}: {function} is not a condition")

    def resolve(self, value):
        """Returns a value with parameters resolved. References to resources stay."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            match function:
                case "Ref" if argument == "AWS::NoValue":
                    return NOTHING
                case "Ref" if argument in self.parameters:
                    return self.parameters[argument]
                case "Fn::If":
                    return self.resolve(argument[1 if self.holds({"Condition": argument[0]}) else 2])
                case "Fn::Join":
                    return argument[0].join(self.resolve(argument[1]))
                case "Fn::FindInMap":
                    return self._find(*argument)
                case "Fn::Sub" if isinstance(argument, str):
                    return self._substitute(argument)
        resolved = ((key, self.resolve(item)) for key, item in value.items())
        return {key: item for key, item in resolved if item is not NOTHING}

    def _find(self, mapping, first, second, options=None):
        row = self.mappings[mapping].get(self.resolve(first), {})
        return row[second] if second in row else options["DefaultValue"]

    def _substitute(self, text):
        known = {**PSEUDO, **self.parameters}
        replaced = re.sub(r"\$\{([^}!]+)\}", lambda found: str(known.get(found[1], found[0])), text)
        return {"Fn::Sub": replaced} if "${" in replaced else replaced

    def circle(self):
        """Returns resources that depend on each other in a cycle, which CloudFormation refuses."""
        graph = {name: references(resource) & self.resources.keys() for name, resource in self.resources.items()}
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as error:
            return " → ".join(error.args[1])
        return None
