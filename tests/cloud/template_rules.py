"""The rules for functions, event sources, tables and queues. Each yields what is wrong, as sentences."""

import json
import re

from root_template import references

# CloudFormation allows 500; the rest is room to grow.
MOST_RESOURCES = 400
FOURTEEN_DAYS = 1209600
# The managed policies that SAM gives a function by itself, to write logs and traces and to be fed from a queue or a stream, and what
# they allow on "*" that could name a resource.
MANAGED = {
    "service-role/AWSLambdaBasicExecutionRole": {"logs:*"},
    "AWSXrayWriteOnlyAccess": set(),
    "service-role/AWSLambdaSQSQueueExecutionRole": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
    "service-role/AWSLambdaDynamoDBExecutionRole": {
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"
    },
}


def size(stack):
    if len(stack.resources) >= MOST_RESOURCES:
        yield f"{len(stack.resources)} resources"
    if circle := stack.circle():
        yield f"a cycle: {circle}"


def functions(stack, stage):
    for name, function in stack.of("AWS::Lambda::Function").items():
        for wrong in function_problems(stack, function):
            yield f"{name}: {wrong}"
        for wrong in deployment_problems(stack, name, stage):
            yield f"{name}: {wrong}"


def function_problems(stack, function):
    if function.get("Architectures") != ["arm64"]:
        yield f"is not arm64 by default, but {function.get('Architectures')}"
    if (function["Runtime"], function["Handler"]) != ("provided.al2023", "bootstrap"):
        yield f"runs {function['Handler']} on {function['Runtime']}"
    if function.get("TracingConfig") != {"Mode": "Active"}:
        yield "is not traced"
    group = function.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref")
    if not stack.of("AWS::Logs::LogGroup").get(group, {}).get("RetentionInDays"):
        yield "has no log group that forgets"
    role = stack.resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
    yield from role_problems(role)
    yield from managed_problems(stack, role)


def role_problems(role):
    policies = role.get("Policies", [])
    if not policies:
        yield "has no policy of its own"
    for policy in policies:
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            actions = listed(statement["Action"])
            if any("*" in action for action in actions):
                yield f"may do {', '.join(actions)}"
            if "*" in listed(statement["Resource"]):
                yield f"may do {', '.join(actions)} to anything"


def managed_problems(stack, role):
    """Each managed policy is one that SAM adds, and the role's boundary limits it to the service's own resources."""
    boundary = stack.of("AWS::IAM::ManagedPolicy").get(role.get("PermissionsBoundary", {}).get("Ref"))
    statements = boundary["PolicyDocument"]["Statement"] if boundary else []
    own = [{"Fn::GetAtt": ["LogGroup", "Arn"]}]
    own += [source["EventSourceArn"] for source in stack.of("AWS::Lambda::EventSourceMapping").values()]
    held = {
        action for statement in statements if statement["Effect"] == "Deny" and statement.get("NotResource") in own
        for action in listed(statement["Action"])
    }
    for arn in role.get("ManagedPolicyArns", []):
        open_to = next((actions for name, actions in MANAGED.items() if str(arn).endswith(name)), None)
        if open_to is None:
            yield f"has the managed policy {arn}"
        elif loose := open_to - held:
            yield f"may do {', '.join(sorted(loose))} to anything, by {arn}"


def listed(value):
    return value if isinstance(value, list) else [value]


def deployment_problems(stack, name, stage):
    """Outside of development, a new version first gets part of the calls, and is rolled back when an alarm goes off."""
    alias = stack.resources.get(f"{name}Aliaslive")
    if not alias:
        yield "is published under no alias"
        return
    update = alias.get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate")
    if stage == "dev":
        if update:
            yield "is deployed gradually in development"
        return
    if not update:
        yield "is not deployed gradually"
        return
    group = stack.resources[update["DeploymentGroupName"]["Ref"]]["Properties"]
    alarms = [stack.with_outputs(alarm["Name"]) for alarm in group.get("AlarmConfiguration", {}).get("Alarms", [])]
    function, service = stack.resources[name]["Properties"]["FunctionName"], stack.path.split("/")[1]
    wanted = [f"{function}-errors"]
    wanted += [f"bodega-{stage}-{service}-api-faults"] if stack.of("AWS::ApiGatewayV2::Api") else []
    for missing in (alarm for alarm in wanted if alarm not in alarms):
        yield f"is not rolled back by {missing}"
    existing = {alarm.get("AlarmName") for alarm in stack.alarms().values()}
    for unknown in (alarm for alarm in alarms if alarm not in existing):
        yield f"is rolled back by {unknown}, which is not an alarm of its service"
    if "Canary" not in str(group["DeploymentConfigName"]):
        yield f"is deployed by {group['DeploymentConfigName']}"


def sources(stack):
    for name, source in stack.of("AWS::Lambda::EventSourceMapping").items():
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name}: one bad record fails the batch"
        if source["FunctionName"] not in ({"Ref": alias} for alias in stack.of("AWS::Lambda::Alias")):
            yield f"{name}: does not invoke the alias"
        if "StartingPosition" not in source:
            if not source.get("ScalingConfig", {}).get("MaximumConcurrency"):
                yield f"{name}: may take all of the account's concurrency"
            continue
        wanted = ("BisectBatchOnFunctionError", "MaximumRetryAttempts", "DestinationConfig", "FilterCriteria")
        for missing in (key for key in wanted if not source.get(key)):
            yield f"{name}: has no {missing}"


def tables(stack, stage):
    for name, table in stack.of("AWS::DynamoDB::Table").items():
        protection = {
            "deletion protection": table.get("DeletionProtectionEnabled"),
            "point-in-time recovery": table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
            "a policy to retain it": stack.resources[name]["DeletionPolicy"] == "Retain",
        }
        for what in (what for what, there in protection.items() if stage == "prod" and not there):
            yield f"{name}: has no {what}"
        if not table["SSESpecification"]["SSEEnabled"]:
            yield f"{name}: is not encrypted"


def queues(stack):
    for name, queue in stack.of("AWS::SQS::Queue").items():
        if not queue.get("SqsManagedSseEnabled"):
            yield f"{name}: is not encrypted"
        redrive = queue.get("RedrivePolicy")
        if redrive is None and queue.get("MessageRetentionPeriod") != FOURTEEN_DAYS:
            yield f"{name}: has no dead-letter queue, and is not one that keeps messages for 14 days"
        if redrive and redrive["maxReceiveCount"] != 5:
            yield f"{name}: a message is tried {redrive['maxReceiveCount']} times"


def consumed_queues(root, stacks):
    """Each queue of the root has one consumer, and hides a message for six times as long as that may take."""
    consumers = {}
    for stack in stacks:
        for source in stack.of("AWS::Lambda::EventSourceMapping").values():
            if "StartingPosition" not in source:
                consumers.setdefault(queue_of(root, source), []).append(timeout_of(stack, source))
    for name, queue in root.of("AWS::SQS::Queue").items():
        if "RedrivePolicy" not in queue:
            continue
        timeouts = consumers.get(name, [])
        if len(timeouts) != 1:
            yield f"{name} has {len(timeouts)} consumers"
        for timeout in timeouts:
            if queue["VisibilityTimeout"] < 6 * timeout:
                yield f"{name} hides a message for {queue['VisibilityTimeout']} s, and its consumer takes up to {timeout} s"


def known_queues(root, stacks):
    """A service knows the root's queues by their names: each exists, and the service's stack waits for it."""
    queues = queues_by_name(root)
    for stack in stacks:
        service = stack.path.split("/")[1].capitalize()
        waits_for = references(root.written["Resources"][service])
        text = json.dumps([stack.resources, stack.written])
        prefix = stack.parameters["QueueArns"]
        named = set(re.findall(re.escape(prefix) + r"([\w-]+)", text)) | set(re.findall(r"\$\{QueueUrls}([\w-]+)", text))
        for name in sorted(named):
            queue = queues.get(f"{prefix.split(':')[-1]}{name}")
            if queue is None:
                yield f"{stack.path}: the root has no queue {name}"
            elif queue not in waits_for:
                yield f"{stack.path}: does not wait for the queue {name}"


def queues_by_name(root):
    return {queue["QueueName"]: name for name, queue in root.of("AWS::SQS::Queue").items()}


def queue_of(root, source):
    """The root's queue that a service knows by its name."""
    return queues_by_name(root).get(source["EventSourceArn"].split(":")[-1])


def timeout_of(stack, source):
    alias = stack.resources[source["FunctionName"]["Ref"]]["Properties"]
    return stack.resources[alias["FunctionName"]["Ref"]]["Properties"]["Timeout"]


def refusals(root):
    """The rules refuse a production that takes no money."""
    root.parameters["Stage"] = "prod"
    for change, wanted in (({}, True), ({"PaymentGateway": "sandbox"}, False), ({"DomainName": "shop.example"}, False)):
        before = dict(root.parameters)
        root.parameters.update(change)
        if accepted(root) != wanted:
            yield f"template.yaml: its rules {'refuse' if wanted else 'accept'} production with {change or 'all it needs'}"
        root.parameters = before


def accepted(root):
    rules = root.written["Rules"].values()
    applying = (rule for rule in rules if "RuleCondition" not in rule or root.holds(rule["RuleCondition"]))
    return all(root.holds(assertion["Assert"]) for rule in applying for assertion in rule["Assertions"])
