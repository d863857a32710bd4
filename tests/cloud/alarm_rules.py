"""The rules for alarms: every resource has its alarms, and each alarm notifies a topic, names a runbook and watches an existing metric."""

import json
import re

from root_template import ROOT

# The share of the calls that a new version gets at first.
A_TENTH = 0.1
RUNBOOK = re.compile(r"docs/runbooks/[a-z-]+\.md$")
[METRIC] = ROOT.glob("shared/*/src/metric.rs")
PUBLISHED = re.compile(r"\bMetric::([A-Z]\w+)")


def alarms(stack, stage):
    for name, alarm in stack.alarms().items():
        page = RUNBOOK.search(alarm["AlarmDescription"])
        if not page:
            yield f"{name}: names no runbook"
        elif not (ROOT / page[0]).exists():
            yield f"{name}: {page[0]} does not exist"
        if (stage != "dev") != bool(alarm.get("AlarmActions")) or alarm.get("AlarmActions") != alarm.get("OKActions"):
            yield f"{name}: notifies {alarm.get('AlarmActions')}, and {alarm.get('OKActions')} when it ends"
        if "TreatMissingData" not in alarm:
            yield f"{name}: does not specify how to treat missing data"


def runbooks(stacks):
    """Returns the runbooks that alarms name."""
    descriptions = (alarm["AlarmDescription"] for stack in stacks for alarm in stack.alarms().values())
    return {page[0] for page in map(RUNBOOK.search, descriptions) if page}


def metrics(alarm):
    """Yields each metric of an alarm: namespace, name and dimensions."""
    for metric in (query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query):
        yield metric["Namespace"], metric["MetricName"], dimensions(metric)
    if "MetricName" in alarm:
        yield alarm["Namespace"], alarm["MetricName"], dimensions(alarm)


def dimensions(metric):
    return {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}


def watched(stack):
    """Returns the metrics of all alarms of a stack, each with its alarm."""
    return [(*metric, alarm) for alarm in stack.alarms().values() for metric in metrics(alarm)]


def find(seen, namespace, metric, **wanted):
    return next((each[3] for each in seen if each[:3] == (namespace, metric, wanted)), None)


def coverage(stack):
    seen = watched(stack)
    yield from existing(stack, seen)
    yield from watched_functions(stack, seen)
    yield from watched_streams(stack, seen)
    yield from watched_tables(stack, seen)
    yield from watched_queues(stack, seen)
    if stack.of("AWS::ApiGatewayV2::Api") and not any(each[1] == "ApiFaults" for each in seen):
        yield "no alarm for the API's 5xx replies"


def throttling(root):
    """Yields a problem unless an alarm watches throttling. Functions share the account's concurrency, so one alarm is enough."""
    if not find(watched(root), "AWS/Lambda", "Throttles"):
        yield "no alarm for throttled functions"


def names(stacks, stage):
    """Yields alarms without a unique name. Other resources refer to alarms by name."""
    named = [(stack.path, name, alarm.get("AlarmName")) for stack in stacks for name, alarm in stack.alarms().items()]
    texts = [text for _, _, text in named]
    for path, name, text in named:
        if not isinstance(text, str) or not text.startswith(f"bodega-{stage}-"):
            yield f"{path}: {name} has the name {text}"
        elif texts.count(text) > 1:
            yield f"{path}: several alarms have the name {text}"


def existing(stack, seen):
    """Yields alarms that watch a function, table or queue that does not exist."""
    there = {"FunctionName": {each["FunctionName"] for each in stack.of("AWS::Lambda::Function").values()}}
    there["TableName"] = set(stack.of("AWS::DynamoDB::Table"))
    there["QueueName"] = {each["QueueName"] for each in stack.of("AWS::SQS::Queue").values()}
    for namespace, metric, measures, alarm in seen:
        for kind, name in measures.items():
            if kind in there and isinstance(name, str) and name not in there[kind]:
                yield f"{alarm['AlarmName']}: watches {namespace}/{metric} of {name}, which does not exist"


def watched_functions(stack, seen):
    for name, function in stack.of("AWS::Lambda::Function").items():
        if not find(seen, "AWS/Lambda", "Errors", FunctionName=function["FunctionName"]):
            yield f"{name}: no alarm for its Errors"
        if not (rolls_back := find(seen, "Bodega", "Unserved", **identity(function))):
            yield f"{name}: no alarm for messages that fail and requests that are all refused"
        elif rolls_back["AlarmName"] != f"{function['FunctionName']}-unserved":
            yield f"{name}: the alarm {rolls_back['AlarmName']} is not named after it"
        elif (rolls_back["Statistic"], float(rolls_back["Threshold"]) < A_TENTH) != ("Average", True):
            yield f"{name}: its alarm misses a version that fails everything while it gets a tenth of the calls"
        slow = find(seen, "AWS/Lambda", "Duration", FunctionName=function["FunctionName"])
        limit = function["Timeout"] * 1000 * 80 // 100
        if not slow:
            yield f"{name}: no alarm for its Duration"
        elif (slow["ExtendedStatistic"], int(slow["Threshold"])) != ("p99", limit):
            yield f"{name}: its alarm has the threshold {slow['Threshold']} ms; a p99 of 80 % of the timeout is {limit} ms"


def watched_streams(stack, seen):
    for name, source in stack.of("AWS::Lambda::EventSourceMapping").items():
        alias = stack.of("AWS::Lambda::Alias")[source["FunctionName"]["Ref"]]
        function = stack.of("AWS::Lambda::Function")[alias["FunctionName"]["Ref"]]["FunctionName"]
        if "StartingPosition" in source and not find(seen, "AWS/Lambda", "IteratorAge", FunctionName=function):
            yield f"{name}: no alarm for the stream's age"


def watched_tables(stack, seen):
    for name, table in stack.of("AWS::DynamoDB::Table").items():
        places = [{}] + [{"GlobalSecondaryIndexName": index["IndexName"]} for index in table.get("GlobalSecondaryIndexes", [])]
        for place in places:
            for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
                if not find(seen, "AWS/DynamoDB", metric, TableName=name, **place):
                    yield f"{name}: no alarm for {metric} {place or ''}"


def watched_queues(stack, seen):
    for name, queue in stack.of("AWS::SQS::Queue").items():
        # A queue without a consumer must be empty; in others, messages must not wait.
        metric = "ApproximateAgeOfOldestMessage" if "RedrivePolicy" in queue else "ApproximateNumberOfMessagesVisible"
        by_name = ({"Fn::GetAtt": [name, "QueueName"]}, queue["QueueName"])
        if not any(find(seen, "AWS/SQS", metric, QueueName=each) for each in by_name):
            yield f"{name}: no alarm for its {metric}"


def measured(root, stacks):
    """Yields the shop's own metrics that an alarm or the dashboard uses, but that no service writes with these dimensions."""
    written = [metric for stack in stacks for metric in (*published(stack), *counted_from_logs(stack), *counted_from_lines(stack))]
    looked_at = [each[:3] for stack in (root, *stacks) for each in watched(stack)] + list(shown(root))
    for metric in looked_at:
        if not metric[0].startswith("AWS/") and metric not in written:
            yield f"no service writes the metric {'/'.join(metric[:2])} with {metric[2]}"
    for stack in stacks:
        if len(names := written_as(stack)) != 1:
            yield f"{stack.path}: its functions write their metrics as {' and as '.join(map(str, sorted(names)))}"


def published(stack):
    """Yields the metrics that the functions of a service publish, with the dimensions from their environment."""
    source = code(ROOT / stack.path.removesuffix("template.yaml") / "src")
    if stack.of("AWS::ApiGatewayV2::Api"):
        source += code(ROOT / "shared/edge/src")
    if "RelayEventsFunction" in stack.of("AWS::Lambda::Function"):
        source += code(ROOT / "shared/relay/src")
    names = dict(re.findall(r'Self::(\w+) => "(\w+)"', METRIC.read_text()))
    (namespace,) = re.findall(r'NAMESPACE: &str = "(\w+)"', METRIC.read_text())
    for variant in sorted(set(PUBLISHED.findall(source))):
        for stage, service in written_as(stack):
            yield namespace, names.get(variant, variant), {"stage": stage, "service": service}


def written_as(stack):
    """Returns the stages and services in the environments of a stack's functions."""
    environments = (function["Environment"]["Variables"] for function in stack.of("AWS::Lambda::Function").values())
    return {(each["STAGE"], each["SERVICE"]) for each in environments}


def code(folder):
    """Returns Rust source without comments and tests, which publish nothing."""
    paths = sorted(path for path in folder.glob("**/*.rs") if path.name != "tests.rs")
    texts = (path.read_text().split("#[cfg(test)]")[0] for path in paths)
    return re.sub(r"//.*", "", "\n".join(texts))


# What functions log, and a metric filter on their lines.
LOGGED = code(ROOT / "shared/edge/src") + code(ROOT / "shared/relay/src")
MESSAGE = re.compile(r'\$\.message = "([^"]+)"')


def counted_from_logs(stack):
    """Yields the metrics that filters derive from a service's access log, with their dimensions."""
    logs = [stage["AccessLogSettings"] for stage in stack.of("AWS::ApiGatewayV2::Stage").values()]
    for metric_filter in stack.of("AWS::Logs::MetricFilter").values():
        group = metric_filter["LogGroupName"]["Ref"]
        (line,) = (log["Format"] for log in logs if log["DestinationArn"]["Fn::GetAtt"][0] == group)
        fields = dict(re.findall(r'"(\w+)":"([^"$]+)"', line))
        for made in metric_filter["MetricTransformations"]:
            given = {each["Key"]: fields.get(each["Value"].removeprefix("$.")) for each in made["Dimensions"]}
            yield made["MetricNamespace"], made["MetricName"], given


def counted_from_lines(stack):
    """Yields the metrics that nested stacks derive from the lines of a service's functions, with the dimensions of each function."""
    filters = [each for nested in stack.nested.values() for each in nested.of("AWS::Logs::MetricFilter").values()]
    for metric_filter in filters:
        for message in MESSAGE.findall(metric_filter["FilterPattern"]):
            if f'"{message}"' not in LOGGED:
                raise SystemExit(f"{stack.path}: no function logs {message!r}, which a metric filter counts")
        for made in metric_filter["MetricTransformations"]:
            names = [each["Key"] for each in made["Dimensions"]]
            for function in stack.of("AWS::Lambda::Function").values():
                yield made["MetricNamespace"], made["MetricName"], {name: identity(function)[name] for name in names}


def identity(function):
    """Returns the fields that every line of a function has."""
    variables = function["Environment"]["Variables"]
    stage, service = variables["STAGE"], variables["SERVICE"]
    return {"stage": stage, "service": service, "operation": function["FunctionName"].removeprefix(f"bodega-{stage}-{service}-")}


def shown(root):
    """Yields the metrics of the dashboard. A dot repeats the value at the same position in the line above."""
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
