"""What must hold of alarms: everything has its own, each tells somebody and says what to do, and measures what there is."""

import json
import re

from root_template import ROOT

RUNBOOK = re.compile(r"docs/runbooks/[a-z-]+\.md$")
# From the access log, not from a function.
COUNTED_FROM_LOGS = {"ApiFaults"}


def alarms(stack, stage):
    for name, alarm in stack.of("AWS::CloudWatch::Alarm").items():
        page = RUNBOOK.search(alarm["AlarmDescription"])
        if not page:
            yield f"{name}: names no runbook"
        elif not (ROOT / page[0]).exists():
            yield f"{name}: {page[0]} does not exist"
        if (stage != "dev") != bool(alarm.get("AlarmActions")) or alarm.get("AlarmActions") != alarm.get("OKActions"):
            yield f"{name}: tells {alarm.get('AlarmActions')}, and when it is over {alarm.get('OKActions')}"
        if "TreatMissingData" not in alarm:
            yield f"{name}: does not say what silence means"


def runbooks(stacks):
    """The pages that alarms link."""
    descriptions = (alarm["AlarmDescription"] for stack in stacks for alarm in stack.of("AWS::CloudWatch::Alarm").values())
    return {page[0] for page in map(RUNBOOK.search, descriptions) if page}


def metrics(alarm):
    """Each metric that an alarm looks at: namespace, name and dimensions."""
    for metric in (query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query):
        yield metric["Namespace"], metric["MetricName"], dimensions(metric)
    if "MetricName" in alarm:
        yield alarm["Namespace"], alarm["MetricName"], dimensions(alarm)


def dimensions(metric):
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}


def watched(stack):
    """What all alarms of a stack look at, with the alarm."""
    return [(*metric, alarm) for alarm in stack.of("AWS::CloudWatch::Alarm").values() for metric in metrics(alarm)]


def find(seen, namespace, metric, **wanted):
    return next((each[3] for each in seen if each[:3] == (namespace, metric, wanted)), None)


def coverage(stack):
    seen = watched(stack)
    yield from watched_functions(stack, seen)
    yield from watched_streams(stack, seen)
    yield from watched_tables(stack, seen)
    yield from watched_queues(stack, seen)
    if stack.of("AWS::ApiGatewayV2::Api") and not any(each[1] == "ApiFaults" for each in seen):
        yield "no alarm for the API's faults"


def watched_functions(stack, seen):
    for name, function in stack.of("AWS::Lambda::Function").items():
        for metric in ("Errors", "Throttles"):
            if not find(seen, "AWS/Lambda", metric, FunctionName={"Ref": name}):
                yield f"{name}: no alarm for its {metric}"
        slow = find(seen, "AWS/Lambda", "Duration", FunctionName={"Ref": name})
        limit = function["Timeout"] * 1000 * 80 // 100
        if not slow:
            yield f"{name}: no alarm for its Duration"
        elif (slow["ExtendedStatistic"], int(slow["Threshold"])) != ("p99", limit):
            yield f"{name}: its alarm goes off at {slow['Threshold']} ms, not when its p99 is over 80 % of the timeout, {limit} ms"


def watched_streams(stack, seen):
    for name, source in stack.of("AWS::Lambda::EventSourceMapping").items():
        alias = stack.of("AWS::Lambda::Alias").get(source["FunctionName"].get("Ref"), {})
        if "StartingPosition" in source and not find(seen, "AWS/Lambda", "IteratorAge", FunctionName=alias["FunctionName"]):
            yield f"{name}: no alarm for the stream's age"


def watched_tables(stack, seen):
    for name, table in stack.of("AWS::DynamoDB::Table").items():
        places = [{}] + [{"GlobalSecondaryIndexName": index["IndexName"]} for index in table.get("GlobalSecondaryIndexes", [])]
        for place in places:
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
                if not find(seen, "AWS/DynamoDB", metric, TableName={"Ref": name}, **place):
                    yield f"{name}: no alarm for {metric} {place or ''}"


def watched_queues(stack, seen):
    for name, queue in stack.of("AWS::SQS::Queue").items():
        # What nobody consumes must be empty; what is consumed must not wait.
        metric = "ApproximateAgeOfOldestMessage" if "RedrivePolicy" in queue else "ApproximateNumberOfMessagesVisible"
        if not find(seen, "AWS/SQS", metric, QueueName={"Fn::GetAtt": [name, "QueueName"]}):
            yield f"{name}: no alarm for its {metric}"


def measured(root, stacks):
    """Alarms and the dashboard look at metrics that the functions write, under the dimensions that they write them with."""
    stage = root.parameters["Stage"]
    sources = [path for folder in ("functions", "shared") for path in (ROOT / folder).glob("**/*.rs")]
    written = COUNTED_FROM_LOGS.union(*(re.findall(r'"([A-Z][A-Za-z]+)"', path.read_text()) for path in sources))
    services = {stack.path.split("/")[1] for stack in stacks}
    looked_at = [each[:3] for stack in stacks for each in watched(stack)] + list(shown(root))
    for namespace, name, given in looked_at:
        if namespace != "Bodega":
            continue
        if name not in written:
            yield f"nothing writes the metric {name}"
        if given.get("stage") != stage or given.get("service") not in services:
            yield f"the metric {name} is looked for at {given}"


def shown(root):
    """The metrics of the dashboard. A dot stands for what the line above has at that place."""
    (dashboard,) = root.of("AWS::CloudWatch::Dashboard").values()
    body = dashboard["DashboardBody"]
    for widget in json.loads(body["Fn::Sub"] if isinstance(body, dict) else body)["widgets"]:
        before = []
        for line in widget["properties"].get("metrics", []):
            texts = [part for part in line if isinstance(part, str)]
            if texts:
                before = [before[place] if part == "." else part for place, part in enumerate(texts)]
                namespace, name, *pairs = before
                yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))
