//! Operations that run on a schedule.

use domain::events::{Envelope, Event};
use domain::words::id::NewId;
use futures::future::ready;
use futures::stream::{Stream, StreamExt};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::{Counted, DueRow, DueRows, Trigger};
use tracing::Instrument;

use crate::cause::{Cause, new_id};
use crate::environment::Connect;
use crate::queue::Failure;
use crate::runtime::{self, Error, Invoked, Serving};
use telemetry::{Metric, chain};

/// The maximum number of items acted on at a time: a run mostly waits for replies, and a function's process has a limit
/// of open connections.
pub const AT_ONCE: usize = 16;

/// One run of a schedule.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The scheduled time of the run. Operations have no other clock, so a manual run must specify it.
    pub now: Timestamp,
    /// The cause chain that starts with this run.
    pub cause: Cause,
    /// When Lambda ends the invocation.
    pub deadline: Timestamp,
    /// What an operator asks this run for.
    detail: Map<String, Value>,
}

impl Tick {
    /// Creates a run without a deadline.
    #[must_use]
    pub fn new(now: Timestamp, cause: Cause) -> Self {
        Self { now, cause, deadline: Timestamp::MAX, detail: Map::new() }
    }

    /// Sets what an operator asks the run for.
    #[must_use]
    pub fn asked(self, detail: Map<String, Value>) -> Self {
        Self { detail, ..self }
    }

    /// Returns what an operator asks the run for. EventBridge's own runs ask for nothing: `{}`.
    ///
    /// # Errors
    /// If it is not a `T`.
    pub fn detail<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(&self.detail)
    }

    /// Sets the deadline.
    #[must_use]
    pub fn until(self, deadline: Timestamp) -> Self {
        Self { deadline, ..self }
    }

    /// Returns until when items may be started. For the beginning of a run: later, less time is left.
    #[must_use]
    pub fn last_start(&self) -> Timestamp {
        runtime::last_start(self.deadline)
    }

    /// Returns a new id with the time of this run.
    #[must_use]
    pub fn new_id<T: NewId>(&self) -> T {
        new_id(self.now)
    }

    /// Returns whether the run is the one that does what is done once an hour.
    #[must_use]
    pub fn begins_an_hour(&self) -> bool {
        self.now.to_zoned(TimeZone::UTC).minute() == 0
    }

    /// Returns whether the run is one of those that also count what is set apart, which costs as much as an empty run.
    #[must_use]
    pub fn is_tenth_minute(&self) -> bool {
        self.now.to_zoned(TimeZone::UTC).minute() % 10 == 0
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

/// The metrics of a schedule that works off what is due.
#[derive(Debug, Clone, Copy)]
pub struct Measures {
    /// The age of the oldest due item, before the run acts.
    pub age: Metric,
    /// How many items failed in the run.
    pub failed: Metric,
    /// How many items are set apart, in every tenth minute.
    pub set_apart: Metric,
}

/// The outcome of a run.
#[derive(Debug, Default)]
#[must_use]
pub struct Worked {
    done: usize,
    failed: usize,
    unread: Option<store::Error>,
}

impl Worked {
    /// Returns how many items failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        u64::try_from(self.failed).unwrap_or(u64::MAX)
    }

    /// Ends a run whose failed items have no metric: the error of the function is their alarm.
    ///
    /// # Errors
    /// If an item failed, or not all could be read.
    pub fn finish_all(self) -> Result<(), Failure> {
        match self.failed() {
            0 => self.finish(),
            failed => Err(format!("{failed} items failed; the next run tries them again").into()),
        }
    }

    /// Ends the run.
    ///
    /// # Errors
    /// If not all items could be read. Items that failed are no error: their metric has an alarm.
    pub fn finish(self) -> Result<(), Failure> {
        self.unread.map_or(Ok(()), |error| Err(error.into()))
    }

    fn plus(mut self, ended: Result<Result<(), Failure>, store::Error>) -> Self {
        match ended {
            Ok(Ok(())) => self.done += 1,
            Ok(Err(_)) => self.failed += 1,
            Err(error) => self.unread = Some(error),
        }
        self
    }
}

/// Works off due rows: publishes their age, then acts on each until none is left or the time is up. The next run
/// continues. A row that fails delays no other. It is counted, and set apart if it keeps failing.
///
/// # Errors
/// If the rows cannot be read. Those that were read are still acted on.
pub async fn drain<T, F, Fut>(due: DueRows<T>, tick: &Tick, measures: Measures, act: F) -> Result<(), Failure>
where
    T: Send + 'static,
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    measures.age.publish(due.age());
    let set_apart = if tick.is_tenth_minute() { Some(due.set_apart().await) } else { None };
    let worked = work_off(due.rows(), tick.deadline, |row| attempt(row, tick, &act)).await;
    measures.failed.publish(worked.failed());
    if let Some(set_apart) = set_apart {
        measures.set_apart.publish(set_apart?);
    }
    worked.finish()
}

async fn attempt<T, F, Fut>(row: DueRow<T>, tick: &Tick, act: F) -> Result<(), Failure>
where
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let DueRow { value, entry } = row;
    let acted = async { act(value?).await };
    let Err(failure) = in_time(tick.deadline, acted).await else { return Ok(()) };
    tracing::error!(key = %entry.key, error = %chain(failure.as_ref()), "due item failed");
    // What the deadline has interrupted may have been about to succeed.
    if !runtime::time_until(tick.deadline).is_zero() {
        match entry.count_failure(tick.now).await {
            Ok(Counted::SetApart) => {
                tracing::error!(key = %entry.key, "due item is set apart, it has failed for hours");
            }
            Ok(Counted::Due | Counted::Changed) => {}
            Err(error) => {
                tracing::error!(key = %entry.key, error = %chain(&error), "the failure was not counted");
            }
        }
    }
    Err(failure)
}

/// Acts on items, several at a time, and starts no more of them shortly before the deadline. `act` must end by the
/// deadline ([`in_time`]) and log its failure.
pub async fn work_off<T, F, Fut>(
    items: impl Stream<Item = Result<T, store::Error>>,
    deadline: Timestamp,
    act: F,
) -> Worked
where
    F: Fn(T) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let last_start = runtime::last_start(deadline);
    let act = &act;
    let worked = items
        .take_while(|_| ready(Timestamp::now() < last_start))
        .map(|item| async move {
            match item {
                Ok(item) => Ok(act(item).await),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "due items cannot be read");
                    Err(error)
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .fold(Worked::default(), |worked, ended| ready(worked.plus(ended)))
        .await;
    if worked.done + worked.failed > 0 {
        tracing::info!(done = worked.done, failed = worked.failed, "worked off due items");
    }
    worked
}

/// Runs an operation until shortly before the deadline, so that there is time to report that it did not end. A panic
/// becomes its failure.
///
/// # Errors
/// The operation's; if it panics; if the time is up.
pub async fn in_time<T>(
    deadline: Timestamp,
    operation: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    // Boxed, since each layer would hold the operation's whole state once more.
    let operation = runtime::catch_panic(Box::pin(operation));
    runtime::within(runtime::time_until(deadline), operation).await?
}

/// The fields of EventBridge's scheduled event that are used.
#[derive(Debug, Deserialize)]
pub(crate) struct ScheduledEvent {
    pub(crate) time: Timestamp,
    #[serde(default)]
    detail: Map<String, Value>,
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
    runtime::start(operation, move |adapters: A| {
        serve(Box::new(move |event| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            let cause = Cause::new(&event.context.request_id).traced(runtime::trace(&event.context));
            let span = runtime::span(&event.context, &cause);
            let ScheduledEvent { time, detail } = event.payload;
            let tick = Tick::new(time, cause).until(runtime::deadline(&event.context)).asked(detail);
            let run = async move {
                Box::pin(handler(adapters, tick)).await.inspect_err(|failure| {
                    tracing::error!(error = %chain(failure.as_ref()), "the run failed");
                })
            };
            Box::pin(run.instrument(span))
        }))
    })
}

/// Without type parameters: see [`runtime::serve`].
fn serve(invoked: Invoked<ScheduledEvent, ()>) -> Serving {
    runtime::serve(invoked)
}

#[cfg(test)]
mod tests {
    use crate::timeouts;
    use std::cell::{Cell, RefCell};
    use std::time::Duration;

    use futures::stream;

    use super::*;

    fn items(last: u32) -> impl Stream<Item = Result<u32, store::Error>> {
        stream::iter((1..=last).map(Ok))
    }

    #[tokio::test]
    async fn a_failure_or_a_panic_does_not_delay_the_others() {
        let done = RefCell::new(Vec::new());
        let act = |id: u32| {
            let done = &done;
            in_time(Timestamp::MAX, async move {
                match id {
                    2 => Err("it cannot be".into()),
                    3 => panic!("it is 3"),
                    id => {
                        done.borrow_mut().push(id);
                        Ok(())
                    }
                }
            })
        };
        let worked = work_off(items(40), Timestamp::MAX, act).await;
        assert_eq!((worked.done, worked.failed()), (38, 2));
        worked.finish().expect("items that failed do not fail the run");
        assert_eq!(done.borrow().len(), 38);
    }

    #[tokio::test]
    async fn items_that_failed_fail_a_run_that_has_no_metric_for_them() {
        let act = async |number: u32| if number % 2 == 1 { Ok(()) } else { Err(Failure::from("even")) };
        let error = work_off(items(4), Timestamp::MAX, act).await.finish_all().expect_err("two failed");
        assert_eq!(error.to_string(), "2 items failed; the next run tries them again");
        work_off(items(1), Timestamp::MAX, act).await.finish_all().expect("the only one is odd");
    }

    #[tokio::test]
    async fn a_shard_that_cannot_be_read_fails_the_run_after_the_others() {
        let rows = stream::iter([Err(store::Error::Busy), Ok(1), Ok(2)]);
        let worked = work_off(rows, Timestamp::MAX, async |_| Ok(())).await;
        assert_eq!(worked.done, 2);
        assert_eq!(worked.finish().expect_err("it failed").to_string(), "the table is busy; try again");
    }

    #[tokio::test]
    async fn several_items_are_acted_on_at_a_time() {
        let (now, most) = (Cell::new(0_usize), Cell::new(0));
        let act = async |_| {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::task::yield_now().await;
            now.set(now.get() - 1);
            Ok(())
        };
        let worked = work_off(items(100), Timestamp::MAX, act).await;
        assert_eq!((worked.done, most.get()), (100, AT_ONCE));
    }

    #[tokio::test]
    async fn nothing_is_begun_after_the_deadline() {
        let begun = Cell::new(false);
        let operation = async {
            begun.set(true);
            Ok(())
        };
        in_time(Timestamp::now(), operation).await.expect_err("no time is left");
        assert!(!begun.get());
    }

    #[tokio::test]
    async fn nothing_is_started_shortly_before_the_deadline() {
        let begun = Cell::new(0_u32);
        let soon = Timestamp::now() + timeouts::ANSWER_BEFORE + Duration::from_millis(200);
        let act = |_| {
            begun.set(begun.get() + 1);
            in_time(soon, std::future::pending())
        };
        let worked = work_off(items(100), soon, act).await;
        assert!(Timestamp::now() < soon, "there is time to report it");
        assert_eq!((begun.get(), worked.failed()), (16, 16), "those under way are interrupted");
        worked.finish().expect("the next run continues");
    }
}
