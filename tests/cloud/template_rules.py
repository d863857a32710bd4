"""The rules for functions, event sources, tables and queues. Each yields problems as text."""

import json
import re

from root_template import references

# CloudFormation allows 500.
MOST_RESOURCES = 400
FOURTEEN_DAYS = 1209600
# Lambda's default for an account and region, and what it does not let be reserved.
ACCOUNT_CONCURRENCY, MUST_REMAIN = 1000, 100
# Processes that customers wait for while they ask Stripe, at most but for moments: those who confirm a payment with their bank, or have
# saved payment methods.
ASKED_BY_CUSTOMERS = 2
# The schedules that ask Stripe; of each, one process runs.
ASKING_SCHEDULES = {"reconcile-payments", "reconcile-payouts"}
# Without these, customers wait with an order, or have paid and wait for it.
MONEY_WAITS = {
    "authorize-request", "place-order", "check-out", "quote-lines", "reserve-stock", "process-payment", "apply-payment-event",
    "settle-reservation",
}
# The managed policies that SAM adds to functions, for logs, traces, queues and streams, with the actions that they allow on "*"
# although a resource could be named.
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
        yield "has no log group with a retention period"
    role = stack.resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
    yield from role_problems(role)
    yield from managed_problems(stack, role)


def role_problems(role):
    # A function that only describes itself needs none. The flows fail without a right that is missing.
    for policy in role.get("Policies", []):
        for statement in listed(policy["PolicyDocument"]["Statement"]):
            actions = listed(statement["Action"])
            if any("*" in action for action in actions):
                yield f"allows {', '.join(actions)}"
            if "*" in listed(statement["Resource"]):
                yield f"allows {', '.join(actions)} on every resource"


def managed_problems(stack, role):
    """Yields managed policies that SAM does not add, or that the role's boundary does not limit to the service's own resources."""
    boundary = stack.of("AWS::IAM::ManagedPolicy").get(role.get("PermissionsBoundary", {}).get("Ref"))
    statements = boundary["PolicyDocument"]["Statement"] if boundary else []
    own = [{"Fn::GetAtt": ["LogGroup", "Arn"]}]
    own += [source["EventSourceArn"] for source in stack.of("AWS::Lambda::EventSourceMapping").values()]
    held = {
        action for statement in statements
        if statement["Effect"] == "Deny" and "NotResource" in statement
        and all(resource in own for resource in listed(statement["NotResource"]))
        for action in listed(statement["Action"])
    }
    for arn in role.get("ManagedPolicyArns", []):
        open_to = next((actions for name, actions in MANAGED.items() if str(arn).endswith(name)), None)
        if open_to is None:
            yield f"has the managed policy {arn}"
        elif loose := open_to - held:
            yield f"allows {', '.join(sorted(loose))} on every resource, by {arn}"


def copied_logs(log, stacks):
    """Yields services whose requests are not in the security log."""
    copied = {each["LogGroupName"] for each in log.of("AWS::Logs::SubscriptionFilter").values()}
    for stack in stacks:
        name = stack.resources["LogGroup"]["Properties"]["LogGroupName"]
        if stack.of("AWS::ApiGatewayV2::Api") and name not in copied:
            yield f"does not copy {name}"


def listed(value):
    return value if isinstance(value, list) else [value]


def deployment_problems(stack, name, stage):
    """Yields problems of gradual deployment. Outside of development, a new version first gets part of the calls, and alarms roll
    it back."""
    alias = stack.resources.get(f"{name}Aliaslive")
    if not alias:
        yield "has no alias"
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
    # Lambda counts a message that fails alone, and a request that is refused, as a success: the second alarm does not.
    wanted = [f"{function}-errors", f"{function}-unserved"]
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
            yield f"{name}: does not report failures individually, so one bad record fails the batch"
        if source["FunctionName"] not in ({"Ref": alias} for alias in stack.of("AWS::Lambda::Alias")):
            yield f"{name}: does not invoke the alias"
        if "StartingPosition" not in source:
            if not source.get("ScalingConfig", {}).get("MaximumConcurrency"):
                yield f"{name}: has no MaximumConcurrency, so it may use all of the account's concurrency"
            continue
        wanted = (
            "BisectBatchOnFunctionError", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "DestinationConfig", "FilterCriteria"
        )
        for missing in (key for key in wanted if not source.get(key)):
            yield f"{name}: has no {missing}"


def schedules(stack):
    """Yields scheduled functions whose failed runs Lambda repeats: the next run does the work, and each repetition counts as another
    error."""
    configs = stack.of("AWS::Lambda::EventInvokeConfig").values()
    for rule in stack.of("AWS::Events::Rule").values():
        for target in rule["Targets"]:
            alias = stack.resources[target["Arn"]["Ref"]]["Properties"]
            function = alias["FunctionName"]["Ref"]
            retries = [config["MaximumRetryAttempts"] for config in configs if config["FunctionName"] == {"Ref": function}]
            if retries != [0]:
                yield f"{function}: Lambda repeats a failed run of its schedule"


def concurrency(stacks, stage):
    """Yields functions that money waits for and that other functions of the account could starve, and reservations that the account
    cannot grant. A reservation is also a limit, so a queue's consumer needs one for each of its pollers."""
    reserved = {}
    for stack in stacks:
        pollers = {of_consumer(stack, source, "FunctionName"): source.get("ScalingConfig", {}).get("MaximumConcurrency", 0)
                   for source in stack.of("AWS::Lambda::EventSourceMapping").values()}
        for function in stack.of("AWS::Lambda::Function").values():
            name, own = function["FunctionName"], function.get("ReservedConcurrentExecutions")
            if own is None:
                continue
            reserved[name.split("-", 3)[3]] = own
            if own < pollers.get(name, 0):
                yield f"{name} has {own} of the account's concurrency and {pollers[name]} pollers"
    if stage == "dev":
        yield from (f"{name} has concurrency reserved in development" for name in reserved)
        return
    yield from (f"{name} has no concurrency reserved" for name in sorted(MONEY_WAITS - reserved.keys()))
    if (total := sum(reserved.values())) + MUST_REMAIN > ACCOUNT_CONCURRENCY:
        yield f"{total} of the account's {ACCOUNT_CONCURRENCY} concurrent executions are reserved, and {MUST_REMAIN} must remain"


def pace(stack):
    """Yields a problem unless the processes that share Stripe's limit are those that run at most: each consumer's, one of each schedule
    that asks Stripe, and those that answer customers."""
    consumers = (source for source in stack.of("AWS::Lambda::EventSourceMapping").values() if "StartingPosition" not in source)
    most = len(ASKING_SCHEDULES) + ASKED_BY_CUSTOMERS + sum(source["ScalingConfig"]["MaximumConcurrency"] for source in consumers)
    for name, function in stack.of("AWS::Lambda::Function").items():
        shared = function["Environment"]["Variables"].get("STRIPE_PROCESSES")
        if shared is not None and int(shared) != most:
            yield f"{name}: shares Stripe's limit with {shared} processes, and {most} run"


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
            yield f"{name}: has no dead-letter queue, and does not keep messages for 14 days as one does"
        if redrive and redrive["maxReceiveCount"] != 10:
            yield f"{name}: a message is tried {redrive['maxReceiveCount']} times"


def consumed_queues(root, stacks):
    """Yields queues of the root without exactly one consumer, or with a visibility timeout below six times the consumer's timeout."""
    consumers = {}
    for stack in stacks:
        for source in stack.of("AWS::Lambda::EventSourceMapping").values():
            if "StartingPosition" not in source:
                consumers.setdefault(queue_of(root, source), []).append(of_consumer(stack, source, "Timeout"))
    for name, queue in root.of("AWS::SQS::Queue").items():
        if "RedrivePolicy" not in queue:
            continue
        timeouts = consumers.get(name, [])
        if len(timeouts) != 1:
            yield f"{name} has {len(timeouts)} consumers"
        for timeout in timeouts:
            if queue["VisibilityTimeout"] < 6 * timeout:
                yield f"{name} has a visibility timeout of {queue['VisibilityTimeout']} s, less than six times its consumer's timeout of {timeout} s"


def known_queues(root, stacks):
    """Yields queues that a service names, but that the root does not define or that the service's stack does not wait for."""
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
    """Returns the root's queue that an event source names."""
    return queues_by_name(root).get(source["EventSourceArn"].split(":")[-1])


def of_consumer(stack, source, value):
    """Returns a property of the function that an event source invokes."""
    alias = stack.resources[source["FunctionName"]["Ref"]]["Properties"]
    return stack.resources[alias["FunctionName"]["Ref"]]["Properties"][value]


def refusals(root):
    """Yields parameters of production that the root's rules wrongly accept or refuse."""
    root.parameters["Stage"] = "prod"
    needed = ("AlarmEmail", "DomainName", "CertificateArn", "WebAclArn", "OriginSecretArn", "OriginDigests")
    refused = [
        {"PaymentGateway": "sandbox"},
        {"MailFrom": "shop@bodega.example"},
        {"PublicUrl": "https://bodega.example"},
        {"StripeApiUrl": "http://api.stripe.com"},
        *({name: ""} for name in needed),
    ]
    for change, wanted in (({}, True), *((change, False) for change in refused)):
        before = dict(root.parameters)
        root.parameters.update(change)
        if accepted(root) != wanted:
            yield f"template.yaml: its rules {'refuse' if wanted else 'accept'} production with {change or 'all it needs'}"
        root.parameters = before
    https = root.written["Parameters"]["PublicUrl"]["AllowedPattern"]
    for url, wanted in (("https://shop.example", True), ("http://shop.example", False), ("http://127.0.0.1:8080", True)):
        if bool(re.fullmatch(https, url)) != wanted:
            yield f"template.yaml: PublicUrl {'refuses' if wanted else 'accepts'} {url}"


def accepted(root):
    rules = root.written["Rules"].values()
    applying = (rule for rule in rules if "RuleCondition" not in rule or root.holds(rule["RuleCondition"]))
    return all(root.holds(assertion["Assert"]) for rule in applying for assertion in rule["Assertions"])
