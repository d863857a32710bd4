//! A function's process: one thread, clients created once, then one invocation after another.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, LocalBoxFuture};
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cause::Cause;
use crate::environment::{Connect, Environment, InitError};
use crate::queue::Failure;
use crate::timeouts;
use telemetry::Trace;
use telemetry::chain;

/// Why a function's process ended.
#[derive(thiserror::Error)]
pub enum Error {
    /// It could not start.
    #[error("init failed")]
    Init(#[from] InitError),
    /// The async runtime could not be created.
    #[error("the async runtime could not be created")]
    Runtime(#[from] std::io::Error),
    /// The Lambda Runtime API is unavailable.
    #[error("the Lambda Runtime API failed")]
    Lambda(#[source] lambda_runtime::Error),
}

/// `main` prints its error with `Debug`; operators need the chain of causes.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

/// The operation was stopped because it did not finish before its invocation's deadline. Its writes stay, and the
/// caller retries.
#[derive(Debug, thiserror::Error)]
#[error("the operation did not finish before the function's deadline")]
pub(crate) struct OutOfTime;

/// Turns a panic into a failure, so that one message cannot fail its batch. Operations share only clients, which hold
/// no lock while they wait, so no other operation can see half-done work.
pub(crate) async fn catch_panic<T>(
    operation: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let panic = match AssertUnwindSafe(operation).catch_unwind().await {
        Ok(ended) => return ended,
        Err(panic) => panic,
    };
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Err(format!("the operation panicked: {}", text.unwrap_or("with no text")).into())
}

/// Returns when Lambda ends an invocation. Lambda always sends this time. Other hosts omit it, or send a duration, as
/// `cargo lambda watch` does: ten minutes, which would be in 1970.
pub(crate) fn deadline(context: &Context) -> Timestamp {
    let sent = i64::try_from(context.deadline).ok().filter(|time| *time > EARLIEST_DEADLINE);
    let deadline = sent.and_then(|time| Timestamp::from_millisecond(time).ok());
    deadline.unwrap_or_else(|| Timestamp::now() + timeouts::FUNCTION)
}

/// September 2001, in milliseconds: no function ran before.
const EARLIEST_DEADLINE: i64 = 1_000_000_000_000;

/// Returns the trace in which Lambda runs an invocation.
pub(crate) fn trace(context: &Context) -> Option<Trace> {
    context.xray_trace_id.as_deref().and_then(|header| Trace::of_header(header).ok())
}

/// Creates the span of an invocation with one cause.
pub(crate) fn span(context: &Context, cause: &Cause) -> tracing::Span {
    telemetry::invocation(context).in_scope(|| cause.span())
}

/// Returns how long an operation may take and still leave time to report its outcome.
pub(crate) fn time_until(deadline: Timestamp) -> Duration {
    let left = Timestamp::now().duration_until(deadline);
    Duration::try_from(left).unwrap_or_default().saturating_sub(timeouts::ANSWER_BEFORE)
}

/// Returns until when items may be started. A run with little time uses half of it.
pub(crate) fn last_start(deadline: Timestamp) -> Timestamp {
    let left = time_until(deadline);
    let margin = timeouts::LAST_START_BEFORE.min(left / 2);
    Timestamp::now().checked_add(left.saturating_sub(margin)).unwrap_or(deadline)
}

/// Runs an operation for at most `time`. If none is left, nothing is begun: a timer of zero would let it run for up to a
/// millisecond, which is enough for a write.
pub(crate) async fn within<T>(time: Duration, operation: impl Future<Output = T>) -> Result<T, OutOfTime> {
    if time.is_zero() {
        return Err(OutOfTime);
    }
    tokio::time::timeout(time, operation).await.map_err(|_| OutOfTime)
}

/// An operation as Lambda invokes it. Its own types are hidden, so that what is the same for all operations, above all `lambda_runtime`, is
/// compiled once in this crate and not again in the binary of each function (docs/decisions/0099-what-functions-share-is-compiled-once.md).
pub(crate) type Invoked<I, O> =
    Box<dyn Fn(LambdaEvent<I>) -> BoxFuture<'static, Result<O, Failure>> + Send + Sync>;

/// A function that serves its invocations, until Lambda ends it.
pub(crate) type Serving = BoxFuture<'static, Result<(), lambda_runtime::Error>>;

/// Serves invocations. Each kind of event has a function that calls this, and that has no type parameters.
pub(crate) fn serve<I, O>(invoked: Invoked<I, O>) -> Serving
where
    I: DeserializeOwned + Send + 'static,
    O: Serialize + Send + 'static,
{
    Box::pin(lambda_runtime::run(service_fn(invoked)))
}

/// Starts a function: telemetry, environment, adapters, then `serve`.
pub(crate) fn start<A: Connect>(
    operation: &'static str,
    serve: impl FnOnce(A) -> Serving + 'static,
) -> Result<(), Error> {
    let connect = async move |environment: Environment| A::connect(&environment).await.map(serve);
    process(operation, Box::new(|environment| Box::pin(connect(environment))))
}

type Connecting = LocalBoxFuture<'static, Result<Serving, InitError>>;

/// Runs a function's process to its end.
fn process(
    operation: &'static str,
    connect: Box<dyn FnOnce(Environment) -> Connecting>,
) -> Result<(), Error> {
    telemetry::start(operation);
    // A function handles one invocation at a time, so more threads would only cost start-up time and memory.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let connected = async { connect(Environment::load(operation)?).await };
        let serving =
            connected.await.inspect_err(|error| tracing::error!(error = %chain(error), "init failed"))?;
        serving.await.map_err(Error::Lambda)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_ends_at_lambdas_deadline() {
        let mut context = Context::default();
        context.deadline = 1_700_000_000_123;
        assert_eq!(deadline(&context).as_millisecond(), 1_700_000_000_123);
        assert_eq!(time_until(deadline(&context)), Duration::ZERO, "long ago");
        context.deadline = 600_000;
        assert!(time_until(deadline(&context)) > timeouts::FUNCTION / 2, "no time at all");
        let left = time_until(Timestamp::now() + Duration::from_secs(10));
        assert!(left > Duration::from_secs(9) && left <= Duration::from_millis(9_500), "{left:?}");
    }
}
