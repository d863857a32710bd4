//! A function's process: one thread, clients made once, then invocation after invocation.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use lambda_runtime::Context;

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
    /// The runtime could not be made.
    #[error("no runtime")]
    Runtime(#[from] std::io::Error),
    /// The Lambda Runtime API is gone.
    #[error("the Lambda Runtime API failed")]
    Lambda(#[source] lambda_runtime::Error),
}

/// `main` prints its error with `Debug`; what an operator wants to read is the chain of causes.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain(self))
    }
}

/// The operation did not come to an end before its invocation would have: it was given up. What it had written stays, and
/// whoever asked for it asks again.
#[derive(Debug, thiserror::Error)]
#[error("it did not come to an end in the time that the function has")]
pub(crate) struct OutOfTime;

/// Runs what must not bring down what is beside it: a panic becomes its failure. What the operations share are clients, which
/// hold no lock while they wait, so nothing is left half done that another could see.
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

/// When Lambda ends an invocation. It always says so; others that run functions do not, or give a duration in place of the time,
/// as `cargo lambda watch` does: ten minutes, which would be in 1970.
pub(crate) fn deadline(context: &Context) -> Timestamp {
    let said = i64::try_from(context.deadline).ok().filter(|time| *time > FIRST_OF_ALL);
    let deadline = said.and_then(|time| Timestamp::from_millisecond(time).ok());
    deadline.unwrap_or_else(|| Timestamp::now() + timeouts::FUNCTION)
}

/// In 2001, in milliseconds: no function ran before.
const FIRST_OF_ALL: i64 = 1_000_000_000_000;

/// The trace that Lambda runs an invocation in.
pub(crate) fn trace(context: &Context) -> Option<Trace> {
    context.xray_trace_id.as_deref().and_then(|header| Trace::of_header(header).ok())
}

/// The span of an invocation that has one cause.
pub(crate) fn span(context: &Context, cause: &Cause) -> tracing::Span {
    telemetry::invocation(context).in_scope(|| cause.span())
}

/// How long an operation may take for there to be time to say how it ended.
pub(crate) fn time_until(deadline: Timestamp) -> Duration {
    let left = Timestamp::now().duration_until(deadline);
    Duration::try_from(left).unwrap_or_default().saturating_sub(timeouts::ANSWER_BEFORE)
}

/// Starts a function: telemetry, environment, adapters, then `serve`.
pub(crate) fn start<A, F, Fut>(operation: &'static str, serve: F) -> Result<(), Error>
where
    A: Connect,
    F: FnOnce(A) -> Fut,
    Fut: Future<Output = Result<(), lambda_runtime::Error>>,
{
    telemetry::start(operation);
    // A function handles one invocation at a time: more threads would only cost start-up time and memory.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let adapters = match connect::<A>(operation).await {
            Ok(adapters) => adapters,
            Err(error) => {
                tracing::error!(error = %chain(&error), "init failed");
                return Err(error.into());
            }
        };
        serve(adapters).await.map_err(Error::Lambda)
    })
}

async fn connect<A: Connect>(operation: &'static str) -> Result<A, InitError> {
    let environment = Environment::load(operation)?;
    A::connect(&environment).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_ends_when_lambda_says() {
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
