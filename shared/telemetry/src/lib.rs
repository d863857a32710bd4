//! Logs and metrics: one line of JSON per event on standard output, which Lambda sends to CloudWatch unchanged.
//!
//! Every line names the operation and its service. Lines of an invocation add Lambda's `request_id` and whether it was
//! a `cold_start` ([`invocation`]). Lines of work caused by a request or an event add its `correlation_id` and
//! `trace_id` ([`cause`]). A metric is a line in the embedded metric format ([`Metric`]).

mod lines;
mod logged;
mod metric;
mod published;
mod redaction;
mod trace;

use std::env;
use std::error::Error;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use lambda_runtime::Context;
use tracing::Span;
use tracing::field::Empty;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use lines::{Identity, Lines};
pub use logged::Logged;
pub use metric::{DIMENSIONS, Metric, NAMESPACE};
pub use published::Published;
pub use trace::{InvalidTrace, Trace};

/// The variable that names a function's deployment. It is a dimension of metrics, and part of alarms' names.
pub const STAGE: &str = "STAGE";

/// The variable that names a function's service.
pub const SERVICE: &str = "SERVICE";

/// The target of lines of the security log.
pub const SECURITY: &str = "bodega::security";

/// Returns an error and its causes, in one line.
#[must_use]
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Starts logging, at the level in Lambda's variable `AWS_LAMBDA_LOG_LEVEL`
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>).
pub fn start(operation: &'static str) {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let identity = Identity { operation, service: variable(SERVICE), stage: variable(STAGE) };
    let lines = Lines::new(identity, level(&variable("AWS_LAMBDA_LOG_LEVEL")), print);
    // A second start, as in a test, keeps the first subscriber. Nothing else can fail here.
    if let Err(error) = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines)) {
        tracing::debug!(%error, "logging has already been started");
    }
    // By default a panic's text goes to standard error unredacted, in lines without the invocation's ids.
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
    // If standard output is closed, the failure cannot be reported either.
    drop(std::io::stdout().lock().write_all(line.as_bytes()));
}

/// Creates the span of an invocation.
#[must_use]
pub fn invocation(context: &Context) -> Span {
    /// Whether the process has already been invoked.
    static WARM: AtomicBool = AtomicBool::new(false);
    let cold_start = !WARM.swap(true, Ordering::Relaxed);
    tracing::info_span!("invocation", request_id = context.request_id, cold_start)
}

/// Creates the span of work caused by a request or an event. A request's caller is recorded in it once known.
#[must_use]
pub fn cause(correlation_id: &str, trace: Option<Trace>) -> Span {
    let trace_id = trace.map(|trace| trace.id());
    let (user_id, session_id, caller, account) = (Empty, Empty, Empty, Empty);
    tracing::info_span!("cause", correlation_id, trace_id, user_id, session_id, caller, account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_of_lambda_sets_the_level() {
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
