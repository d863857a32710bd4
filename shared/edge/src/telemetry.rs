//! Logs and metrics: one line of JSON an event on standard output, which Lambda hands to CloudWatch as it is.
//!
//! Every line says which operation of which service wrote it. The lines of an invocation add Lambda's `request_id` and
//! whether it was a `cold_start` ([`invocation`]); what is done because of a request or an event adds its `correlation_id`
//! and `trace_id` ([`Cause::span`]). A metric is a line in the embedded metric format ([`crate::Metric`]).

mod lines;
mod redaction;

use std::env;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::event::Envelope;
use domain::id::EventId;
use lambda_runtime::Context;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::cause::Cause;
use crate::environment::{SERVICE, STAGE};
#[cfg(test)]
pub(crate) use lines::tests::to_be_read;
use lines::{Identity, Lines};

/// Starts logging, at the level that Lambda's variable `AWS_LAMBDA_LOG_LEVEL` says
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>).
pub(crate) fn start(operation: &'static str) {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let identity = Identity { operation, service: variable(SERVICE), stage: variable(STAGE) };
    let lines = Lines::new(identity, level(&variable("AWS_LAMBDA_LOG_LEVEL")), print);
    // A second start, as in a test, keeps the first subscriber; that is all that can fail here.
    if let Err(error) = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines)) {
        tracing::debug!(%error, "logging was started before");
    }
    // A panic's text would go to standard error as it is, in lines that belong to no invocation.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
}

fn level(name: &str) -> LevelFilter {
    match name {
        "" => LevelFilter::INFO,
        "FATAL" => LevelFilter::ERROR,
        name => name.parse().unwrap_or(LevelFilter::INFO),
    }
}

fn print(mut line: String) {
    line.push('\n');
    // Where nobody reads any more, nobody can be told either.
    drop(std::io::stdout().lock().write_all(line.as_bytes()));
}

/// The span of an invocation.
pub(crate) fn invocation(context: &Context) -> Span {
    /// Whether the process has been invoked before.
    static WARM: AtomicBool = AtomicBool::new(false);
    let cold_start = !WARM.swap(true, Ordering::Relaxed);
    tracing::info_span!("invocation", request_id = context.request_id, cold_start)
}

/// The span of an invocation that has one cause.
pub(crate) fn invocation_for(context: &Context, cause: &Cause) -> Span {
    invocation(context).in_scope(|| cause.span())
}

impl Cause {
    /// What is done because of this is logged with its ids, inside this span.
    #[must_use]
    pub fn span(&self) -> Span {
        let trace_id = self.trace.map(|trace| trace.id());
        tracing::info_span!("cause", correlation_id = self.correlation_id, trace_id)
    }
}

/// What an event is called in a log: nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventName {
    /// Its id.
    pub id: EventId,
    /// Its type: `bodega.order.placed.v1`.
    pub kind: String,
    /// The id of what it is about.
    pub subject: String,
}

impl EventName {
    /// An event's.
    #[must_use]
    pub fn of(envelope: &Envelope) -> Self {
        let kind = serde_json::to_value(&envelope.event)
            .ok()
            .and_then(|event| Some(event["type"].as_str()?.to_owned()));
        Self { id: envelope.id, kind: kind.unwrap_or_default(), subject: envelope.subject.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_lambdas() {
        for (name, expected) in [
            ("TRACE", LevelFilter::TRACE),
            ("WARN", LevelFilter::WARN),
            ("FATAL", LevelFilter::ERROR),
            ("", LevelFilter::INFO),
            ("loud", LevelFilter::INFO),
        ] {
            assert_eq!(level(name), expected, "{name}");
        }
    }
}
