//! Logs: one line an event on standard output, JSON where the function's logging configuration says so.

use std::env;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;

/// Starts logging, as Lambda's variables `AWS_LAMBDA_LOG_LEVEL` and `AWS_LAMBDA_LOG_FORMAT` say
/// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>).
pub(crate) fn start() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    // CloudWatch stamps every line; the target is always this crate.
    let lines = fmt()
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .with_target(false)
        .with_ansi(false)
        .without_time();
    // A second start, as in a test, keeps the first subscriber; that is all that can fail here.
    let started = if env::var("AWS_LAMBDA_LOG_FORMAT").is_ok_and(|format| format.eq_ignore_ascii_case("json"))
    {
        tracing::subscriber::set_global_default(
            lines.json().flatten_event(true).with_current_span(true).finish(),
        )
    } else {
        tracing::subscriber::set_global_default(lines.compact().finish())
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}
