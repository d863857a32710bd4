//! Operations that run on a schedule.

use std::fmt::Display;

use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use tracing::Instrument;

use crate::cause::Cause;
use crate::environment::Connect;
use crate::problem::chain;
use crate::queue::Failure;
use crate::runtime::{self, Error};
use crate::telemetry;

/// One run of a schedule.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The time that the run was scheduled for. Operations have no other clock, so whoever triggers a run by hand says
    /// what time it is.
    pub now: Timestamp,
    /// A chain of causes that begins with this run.
    pub cause: Cause,
}

/// What became of all that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Acted {
    due: usize,
    failed: usize,
}

impl Acted {
    /// How many of them failed, and are as they were.
    #[must_use]
    pub fn failed(&self) -> u64 {
        u64::try_from(self.failed).unwrap_or(u64::MAX)
    }

    /// The end of the run.
    ///
    /// # Errors
    /// When one failed, so that somebody looks.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Self { failed: 0, .. } => Ok(()),
            Self { due, failed } => Err(format!("{failed} of {due} that were due failed").into()),
        }
    }
}

/// Acts on each of what is `due`, one after the other. One that fails, or panics, is logged and holds up none behind it, in
/// this run or the next.
pub async fn act_on_each<T, F, Fut>(due: &[T], act: F) -> Acted
where
    T: Copy + Display,
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let mut failed = 0_usize;
    for id in due {
        if let Err(failure) = runtime::catch_panic(act(*id)).await {
            failed += 1;
            tracing::error!(%id, error = %chain(failure.as_ref()), "what was due was not done");
        }
    }
    if !due.is_empty() {
        tracing::info!(due = due.len(), failed, "acted on what was due");
    }
    Acted { due: due.len(), failed }
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
            let cause = Cause::new(&event.context.request_id).traced(runtime::trace(&event.context));
            let span = telemetry::invocation_for(&event.context, &cause);
            let tick = Tick { now: event.payload.time, cause };
            async move {
                handler(adapters, tick).await.inspect_err(|failure| {
                    tracing::error!(error = %chain(failure.as_ref()), "the run failed");
                })
            }
            .instrument(span)
        }))
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn one_that_fails_or_panics_holds_up_none_behind_it() {
        let done = RefCell::new(Vec::new());
        let act = async |id: u32| -> Result<(), Failure> {
            match id {
                2 => Err("it cannot be".into()),
                3 => panic!("it is 3"),
                id => {
                    done.borrow_mut().push(id);
                    Ok(())
                }
            }
        };
        let acted = act_on_each(&[1, 2, 3, 4], act).await;
        assert_eq!(acted.failed(), 2);
        let failure = acted.finish().expect_err("two failed");
        assert_eq!(failure.to_string(), "2 of 4 that were due failed");
        assert_eq!(*done.borrow(), [1, 4]);
    }
}
