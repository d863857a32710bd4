//! A function's `Events`: routes, event source mappings and schedules.

use std::time::Duration;

use serde_json::Value;

use super::build::Origin;
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::function::RouteDraft;
use super::stack::Stack;
use model::deployment::{QueueSource, ScheduleSource, Source, StreamSource};

/// The routes and sources in a function's events.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub routes: Vec<RouteDraft>,
    pub sources: Vec<Source>,
}

/// Reads all events of one function.
pub(super) fn read(
    stack: &Stack<'_>,
    id: &str,
    operation: &str,
    function: &mut Fields<'_>,
) -> Result<Events, TemplateError> {
    let mut events = Events::default();
    for (name, mut event) in function.named("Events")? {
        let kind = event.required("Type")?;
        let mut fields = event
            .object("Properties")?
            .ok_or_else(|| event.error(Problem::Missing("Properties".to_owned())))?;
        match kind.as_str() {
            "HttpApi" => {
                let origin = Origin { file: stack.file.clone(), place: format!("{id}.Events.{name}") };
                events.routes.push(route(origin, operation, &mut fields)?);
            }
            "SQS" => {
                let arn = fields.required("Queue")?;
                events.sources.extend(queue(&mut fields, "Queue", arn)?.map(Source::Queue));
            }
            "DynamoDB" => {
                let arn = fields.required("Stream")?;
                events.sources.extend(stream(&mut fields, "Stream", &arn)?.map(Source::Stream));
            }
            "Schedule" => events.sources.push(Source::Schedule(schedule(name, &mut fields, "Schedule")?)),
            "ScheduleV2" => {
                events.sources.push(Source::Schedule(schedule(name, &mut fields, "ScheduleExpression")?));
            }
            other => {
                let known = ["HttpApi", "SQS", "DynamoDB", "Schedule", "ScheduleV2"];
                return Err(event.error_at("Type", Problem::unknown("the event type", other, known)));
            }
        }
        fields.finish()?;
        event.finish()?;
    }
    Ok(events)
}

/// Reads the source of an event source mapping that is a separate resource.
pub(super) fn mapped(fields: &mut Fields<'_>) -> Result<Option<Source>, TemplateError> {
    const ARN: &str = "EventSourceArn";
    let arn = fields.required(ARN)?;
    match arn.split(':').nth(2) {
        Some("sqs") => Ok(queue(fields, ARN, arn)?.map(Source::Queue)),
        Some("dynamodb") => Ok(stream(fields, ARN, &arn)?.map(Source::Stream)),
        _ => {
            Err(fields
                .error_at(ARN, Problem::Unsupported(format!("{arn:?} is neither a queue nor a stream"))))
        }
    }
}

fn route(origin: Origin, operation: &str, fields: &mut Fields<'_>) -> Result<RouteDraft, TemplateError> {
    let api_id = fields.text("ApiId")?.ok_or_else(|| {
        fields.error(Problem::Missing(
            "ApiId (the laptop knows no implicit API; name the service's)".to_owned(),
        ))
    })?;
    let method =
        fields.text("Method")?.map_or_else(|| "ANY".to_owned(), |method| method.to_ascii_uppercase());
    let method =
        if method == "*" || method == "X-AMAZON-APIGATEWAY-ANY-METHOD" { "ANY".to_owned() } else { method };
    let path = fields.text("Path")?.unwrap_or_else(|| "$default".to_owned());
    if path != "$default" && !path.starts_with('/') {
        return Err(fields.error_at("Path", Problem::Invalid(format!("{path:?} does not start with /"))));
    }
    fields.only("PayloadFormatVersion", &["2.0", "2"])?;
    fields.only("TimeoutInMillis", &["30000"])?;
    let mut authorizer = None;
    if let Some(mut auth) = fields.object("Auth")? {
        authorizer = auth.text("Authorizer")?;
        auth.finish()?;
    }
    Ok(RouteDraft { origin, api_id, method, path, operation: operation.to_owned(), authorizer })
}

fn queue(
    fields: &mut Fields<'_>,
    property: &str,
    queue_arn: String,
) -> Result<Option<QueueSource>, TemplateError> {
    if queue_arn.split(':').nth(2) != Some("sqs") {
        let problem = Problem::Invalid(format!("{queue_arn:?} is not a queue's ARN"));
        return Err(fields.error_at(property, problem));
    }
    let mut concurrency = None;
    if let Some(mut scaling) = fields.object("ScalingConfig")? {
        concurrency = scaling.within("MaximumConcurrency", 2..=1000)?;
        scaling.finish()?;
    }
    let source = QueueSource {
        queue_arn,
        batch_size: fields.within("BatchSize", 1..=10_000)?.unwrap_or(10) as usize,
        batching_window: window(fields)?,
        partial_failures: partial_failures(fields)?,
        concurrency,
    };
    Ok(fields.flag("Enabled")?.unwrap_or(true).then_some(source))
}

fn stream(fields: &mut Fields<'_>, property: &str, arn: &str) -> Result<Option<StreamSource>, TemplateError> {
    let table_name = table_of_stream(arn).ok_or_else(|| {
        fields.error_at(property, Problem::Invalid(format!("{arn:?} is not a table's StreamArn")))
    })?;
    let from_start = match fields.required("StartingPosition")?.as_str() {
        "TRIM_HORIZON" => true,
        "LATEST" => false,
        other => {
            let problem = Problem::unknown("the position", other, ["TRIM_HORIZON", "LATEST"]);
            return Err(fields.error_at("StartingPosition", problem));
        }
    };
    let source = StreamSource {
        table_name,
        batch_size: fields.within("BatchSize", 1..=10_000)?.unwrap_or(100) as usize,
        batching_window: window(fields)?,
        filters: filters(fields)?,
        retries: retries(fields)?,
        max_age: max_age(fields)?,
        bisect: fields.flag("BisectBatchOnFunctionError")?.unwrap_or(false),
        partial_failures: partial_failures(fields)?,
        from_start,
        parallel: fields.within("ParallelizationFactor", 1..=10)?.unwrap_or(1) as usize,
        on_failure: on_failure(fields)?,
    };
    Ok(fields.flag("Enabled")?.unwrap_or(true).then_some(source))
}

/// `arn:aws:dynamodb:region:account:table/<name>/stream/<label>`.
fn table_of_stream(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":table/")?;
    let (name, _) = rest.split_once("/stream/")?;
    Some(name.to_owned())
}

fn window(fields: &mut Fields<'_>) -> Result<Duration, TemplateError> {
    let seconds = fields.within("MaximumBatchingWindowInSeconds", 0..=300)?.unwrap_or(0);
    Ok(Duration::from_secs(u64::from(seconds)))
}

fn partial_failures(fields: &mut Fields<'_>) -> Result<bool, TemplateError> {
    let types = fields.texts("FunctionResponseTypes")?;
    match types.iter().find(|kind| *kind != "ReportBatchItemFailures") {
        Some(other) => {
            let problem = Problem::unknown("the response type", other, ["ReportBatchItemFailures"]);
            Err(fields.error_at("FunctionResponseTypes", problem))
        }
        None => Ok(!types.is_empty()),
    }
}

/// −1 and an absent value mean until the record expires.
fn retries(fields: &mut Fields<'_>) -> Result<Option<u32>, TemplateError> {
    match fields.integer("MaximumRetryAttempts")? {
        None | Some(-1) => Ok(None),
        Some(number) => match u32::try_from(number) {
            Ok(number) if number <= 10_000 => Ok(Some(number)),
            _ => {
                let problem = Problem::Invalid(format!("{number} is not from −1 to 10000"));
                Err(fields.error_at("MaximumRetryAttempts", problem))
            }
        },
    }
}

/// −1 and an absent value mean until the record expires.
fn max_age(fields: &mut Fields<'_>) -> Result<Option<Duration>, TemplateError> {
    const AGE: &str = "MaximumRecordAgeInSeconds";
    match fields.integer(AGE)? {
        None | Some(-1) => Ok(None),
        Some(seconds) => match u64::try_from(seconds) {
            Ok(seconds) if (60..=604_800).contains(&seconds) => Ok(Some(Duration::from_secs(seconds))),
            _ => {
                let problem = Problem::Invalid(format!("{seconds} is neither −1 nor from 60 to 604800"));
                Err(fields.error_at(AGE, problem))
            }
        },
    }
}

fn filters(fields: &mut Fields<'_>) -> Result<Vec<Value>, TemplateError> {
    let Some(mut criteria) = fields.object("FilterCriteria")? else { return Ok(Vec::new()) };
    let mut patterns = Vec::new();
    for mut filter in criteria.objects("Filters")? {
        let text = filter.required("Pattern")?;
        let pattern: Value = serde_json::from_str(&text)
            .map_err(|error| filter.error_at("Pattern", Problem::Invalid(format!("is not JSON: {error}"))))?;
        if !pattern.is_object() {
            return Err(filter.error_at("Pattern", super::fields::kind("a JSON object", &pattern)));
        }
        patterns.push(pattern);
        filter.finish()?;
    }
    criteria.finish()?;
    Ok(patterns)
}

fn on_failure(fields: &mut Fields<'_>) -> Result<Option<String>, TemplateError> {
    let Some(mut config) = fields.object("DestinationConfig")? else { return Ok(None) };
    let mut arn = None;
    if let Some(mut failure) = config.object("OnFailure")? {
        failure.only("Type", &["SQS"])?;
        let destination = failure.required("Destination")?;
        if destination.split(':').nth(2) != Some("sqs") {
            let problem = Problem::Unsupported(format!("{destination:?} is not a queue's ARN"));
            return Err(failure.error_at("Destination", problem));
        }
        arn = Some(destination);
        failure.finish()?;
    }
    config.finish()?;
    Ok(arn)
}

fn schedule(
    name: String,
    fields: &mut Fields<'_>,
    expression: &'static str,
) -> Result<ScheduleSource, TemplateError> {
    let source = ScheduleSource {
        name,
        expression: fields.required(expression)?,
        enabled: enabled(fields)?,
        input: input(fields)?,
    };
    if !source.expression.starts_with("rate(") && !source.expression.starts_with("cron(") {
        let problem = Problem::Invalid(format!("{:?} is neither rate(…) nor cron(…)", source.expression));
        return Err(fields.error_at(expression, problem));
    }
    // A failed tick is not retried on the laptop; the next tick follows.
    fields.without_effect(&["DeadLetterConfig", "Description", "Name", "RetryPolicy"]);
    if expression == "ScheduleExpression" {
        fields.only("ScheduleExpressionTimezone", &["UTC", "Etc/UTC"])?;
        fields.without_effect(&[
            "FlexibleTimeWindow",
            "GroupName",
            "OmitName",
            "PermissionsBoundary",
            "RoleArn",
        ]);
    }
    Ok(source)
}

/// `Enabled` is the older form of `State`.
fn enabled(fields: &mut Fields<'_>) -> Result<bool, TemplateError> {
    let enabled = fields.flag("Enabled")?.unwrap_or(true);
    match fields.text("State")?.as_deref() {
        None => Ok(enabled),
        Some("ENABLED") => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(other) => {
            Err(fields.error_at("State", Problem::unknown("the state", other, ["ENABLED", "DISABLED"])))
        }
    }
}

fn input(fields: &mut Fields<'_>) -> Result<Option<Value>, TemplateError> {
    let Some(text) = fields.text("Input")? else { return Ok(None) };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| fields.error_at("Input", Problem::Invalid(format!("is not JSON: {error}"))))
}
