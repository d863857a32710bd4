"""Nested applications refer to queues by name, so CloudFormation does not see that it has to create the queues first. Their DependsOn
says so: an event source, a subscription or a policy of a queue that does not exist yet fails the deployment."""

import re

from root_template import ROOT, applications, references, root_template

NAMED = re.compile(r"\$\{Queue(?:Arns|Urls)}([a-z-]+)")


def problems():
    root = root_template()
    queues = {each["Name"]: f"{queue}Queue" for queue, each in root["Mappings"]["QueueNames"].items()}
    for application, properties in applications(root).items():
        created_first = references(root["Resources"][application])
        for name in sorted(set(NAMED.findall((ROOT / properties["Location"]).read_text()))):
            if queues[name] not in created_first:
                yield f"template.yaml: {application} uses the queue {name}, so it has to depend on {queues[name]}"
