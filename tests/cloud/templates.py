"""Transforms every template for every stage, and checks the result by the rules in template_rules and alarm_rules."""

import logging
import sys

import alarm_rules
import documents
import front_door_rules
import queue_order
import template_rules
import template_shape
from root_template import ROOT
from transformed import Transformed

STAGES = ("dev", "staging", "prod")
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
# Parameters that the root's rules accept in production. template_rules.refusals checks the rules.
REAL = {
    "PaymentGateway": "stripe",
    "MailFrom": "shop@shop.example",
    "PublicUrl": "https://shop.example",
    "AlarmEmail": "alarms@shop.example",
    "DomainName": "api.shop.example",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/bodega-prod/1",
    "OriginSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:origin-AbCdEf",
    "OriginDigests": "0" * 64,
}


def main():
    # SAM logs irrelevant warnings about its own features and metrics.
    logging.disable(logging.WARNING)
    services = sorted(path.parent.name for path in ROOT.glob("functions/*/template.yaml"))
    problems, counts = [], {}
    for stage in STAGES:
        root = Transformed("template.yaml", Stage=stage, **REAL)
        stacks = [service(root, name, stage) for name in services]
        for stack in (root, *stacks):
            counts[stack.path] = len(stack.resources)
            problems += (f"{stack.path} ({stage}): {problem}" for problem in judge(stack, stage))
        problems += (f"{stage}: {problem}" for problem in template_rules.consumed_queues(root, stacks))
        problems += (f"{stage}: {problem}" for problem in template_rules.known_queues(root, stacks))
        problems += (f"{stage}: {problem}" for problem in template_rules.concurrency(stacks, stage))
        problems += (f"{stage}: {problem}" for problem in alarm_rules.throttling(root))
        problems += (f"{stage}: {problem}" for problem in alarm_rules.names([root, *stacks], stage))
        problems += (f"{stage}: {problem}" for problem in alarm_rules.measured(root, stacks))
        door = nested(root, "FrontDoor", "shared/templates/front-door.yaml")
        counts[door.path] = len(door.resources)
        problems += (f"{door.path} ({stage}): {problem}" for problem in front_door_rules.front_door(door, stacks))
        log = nested(root, "SecurityLog", "shared/templates/security-log.yaml", AlarmTopicArn="" if stage == "dev" else TOPIC)
        counts[log.path] = len(log.resources)
        problems += (f"{log.path} ({stage}): {problem}" for problem in alarm_rules.alarms(log, stage))
        problems += (f"{log.path} ({stage}): {problem}" for problem in template_rules.copied_logs(log, stacks))
    problems += template_rules.refusals(root)
    problems += front_door_rules.firewall(Transformed("shared/templates/firewall.yaml"))
    problems += template_shape.shape()
    problems += queue_order.problems()
    problems += documents.unlinked(alarm_rules.runbooks([root, log, *stacks]))
    if problems:
        sys.exit("\n".join(dict.fromkeys(problems)))
    for path, count in counts.items():
        print(f"{path}: {count} resources in production")
    functions = sum(len(stack.of("AWS::Lambda::Function")) for stack in stacks)
    alarms = sum(len(stack.alarms()) for stack in (root, *stacks))
    print(f"{functions} functions, {alarms} alarms, {len(STAGES)} stages: every rule holds")


def service(root, name, stage):
    """Returns a service's stack with the known parameters that the root passes, and the stacks nested in it."""
    topic = "" if stage == "dev" else TOPIC
    return nested(root, name.capitalize(), f"functions/{name}/template.yaml", AlarmTopicArn=topic).with_nested()


def nested(root, name, path, **given):
    """Returns a nested stack with the known parameters that the root passes."""
    passed = root.resources[name]["Properties"]["Parameters"]
    known = {parameter: value for parameter, value in passed.items() if isinstance(value, str)}
    return Transformed(path, **known | given)


def judge(stack, stage):
    yield from template_rules.size(stack)
    yield from template_rules.functions(stack, stage)
    yield from template_rules.sources(stack)
    yield from template_rules.schedules(stack)
    yield from template_rules.pace(stack)
    yield from template_rules.tables(stack, stage)
    yield from template_rules.queues(stack)
    yield from alarm_rules.alarms(stack, stage)
    yield from alarm_rules.coverage(stack)


if __name__ == "__main__":
    main()
