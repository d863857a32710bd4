//! Operations that run on a schedule.

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;

use crate::cause::Cause;
use crate::environment::Connect;
use crate::problem::chain;
use crate::queue::Failure;
use crate::runtime::{self, Error};

/// One run of a schedule.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The time that the run was scheduled for. Operations have no other clock, so whoever triggers a run by hand says
    /// what time it is.
    pub now: Timestamp,
    /// A chain of causes that begins with this run.
    pub cause: Cause,
}

/// What an EventBridge rule sends on a schedule, as far as it matters.
#[derive(Debug, Deserialize)]
pub(crate) struct ScheduledEvent {
    pub(crate) time: Timestamp,
}

/// Runs an operation as a Lambda function on a schedule, until Lambda ends it.
///
/// # Errors
/// When the function cannot start.
pub fn run<A, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    F: Fn(A, Tick) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Failure>> + Send,
{
    runtime::start(operation, |adapters: A| {
        lambda_runtime::run(service_fn(move |event: LambdaEvent<ScheduledEvent>| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            let tick = Tick { now: event.payload.time, cause: Cause::new(&event.context.request_id) };
            async move {
                handler(adapters, tick).await.inspect_err(|failure| {
                    tracing::error!(operation, error = %chain(failure.as_ref()), "the run failed");
                })
            }
        }))
    })
}
