//! Operations that run on a schedule.

use std::fmt::Display;

use domain::events::{Envelope, Event};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use store::Trigger;
use tracing::Instrument;

use crate::cause::Cause;
use crate::environment::Connect;
use crate::queue::Failure;
use crate::runtime::{self, Error, OutOfTime};
use telemetry::chain;

/// One run of a schedule.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The scheduled time of the run. Operations have no other clock, so a manual run must specify it.
    pub now: Timestamp,
    /// The cause chain that starts with this run.
    pub cause: Cause,
    /// When Lambda ends the invocation.
    pub deadline: Timestamp,
}

impl Tick {
    /// Creates a run without a deadline.
    #[must_use]
    pub fn new(now: Timestamp, cause: Cause) -> Self {
        Self { now, cause, deadline: Timestamp::MAX }
    }

    /// Sets the deadline.
    #[must_use]
    pub fn until(self, deadline: Timestamp) -> Self {
        Self { deadline, ..self }
    }
}

impl Trigger for Tick {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn envelope(&self, event: Event) -> Envelope {
        self.cause.envelope(event, self.now)
    }
}

/// The outcome of everything that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Acted {
    due: usize,
    failed: usize,
}

impl Acted {
    /// Returns how many failed, or were left for the next run.
    #[must_use]
    pub fn failed(&self) -> u64 {
        u64::try_from(self.failed).unwrap_or(u64::MAX)
    }

    /// Ends the run.
    ///
    /// # Errors
    /// If one failed, so that it is noticed.
    pub fn finish(self) -> Result<(), Failure> {
        match self {
            Self { failed: 0, .. } => Ok(()),
            Self { due, failed } => Err(format!("{failed} of {due} due items failed").into()),
        }
    }
}

/// Processes each of `due` in turn. One that fails or panics is logged and does not delay the others, in this run or
/// the next. Those left at `deadline` count as failed, so that a run that takes too long still reports how many are
/// left.
pub async fn act_on_each<T, F, Fut>(due: &[T], deadline: Timestamp, act: F) -> Acted
where
    T: Copy + Display,
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let mut failed = 0_usize;
    for (acted, id) in due.iter().enumerate() {
        let time = runtime::time_until(deadline);
        if time.is_zero() {
            let left = due.len() - acted;
            failed += left;
            tracing::error!(left, "no time left for the remaining due items");
            break;
        }
        let ended = tokio::time::timeout(time, runtime::catch_panic(act(*id))).await;
        if let Err(failure) = ended.unwrap_or_else(|_| Err(OutOfTime.into())) {
            failed += 1;
            tracing::error!(%id, error = %chain(failure.as_ref()), "due item failed");
        }
    }
    if !due.is_empty() {
        tracing::info!(due = due.len(), failed, "processed due items");
    }
    Acted { due: due.len(), failed }
}

/// The fields of EventBridge's scheduled event that are used.
#[derive(Debug, Deserialize)]
pub(crate) struct ScheduledEvent {
    pub(crate) time: Timestamp,
}

/// Runs an operation as a Lambda function on a schedule, until Lambda ends it.
///
/// # Errors
/// If the function cannot start.
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
            let span = runtime::span(&event.context, &cause);
            let tick = Tick::new(event.payload.time, cause).until(runtime::deadline(&event.context));
            async move {
                Box::pin(handler(adapters, tick)).await.inspect_err(|failure| {
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
    use std::time::Duration;

    use super::*;
    use crate::timeouts;

    #[tokio::test]
    async fn a_failure_or_a_panic_does_not_delay_the_others() {
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
        let acted = act_on_each(&[1, 2, 3, 4], Timestamp::MAX, act).await;
        assert_eq!(acted.failed(), 2);
        let failure = acted.finish().expect_err("two failed");
        assert_eq!(failure.to_string(), "2 of 4 due items failed");
        assert_eq!(*done.borrow(), [1, 4]);
    }

    #[tokio::test]
    async fn items_left_at_the_deadline_count_as_failed() {
        let begun = RefCell::new(Vec::new());
        let act = async |id: u32| -> Result<(), Failure> {
            begun.borrow_mut().push(id);
            if id == 2 { std::future::pending().await } else { Ok(()) }
        };
        let soon = Timestamp::now() + timeouts::ANSWER_BEFORE + Duration::from_millis(200);
        let acted = act_on_each(&[1, 2, 3, 4], soon, act).await;
        assert!(Timestamp::now() < soon, "there is time to report it");
        assert_eq!((acted.due, acted.failed()), (4, 3));
        assert_eq!(*begun.borrow(), [1, 2]);
    }
}
