//! The ways to write: [`create`](Table::create), [`change`](At::change), [`consume`](At::consume).
//!
//! Each is a load → decide → commit. What a decision writes is a [`Change`]: the row, with its events and whatever has to change in
//! the same transaction. The time, the cause of events and the mark against duplicates come from the [`Trigger`], so no operation
//! can forget them.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use domain::events::{Envelope, Event};
use domain::words::id::EventId;
use jiff::Timestamp;

use crate::change::{Change, Parts};
use crate::error::Error;
use crate::idempotency::Claim;
use crate::inbox;
use crate::item::Key;
use crate::row::Row;
use crate::stored::Stored;
use crate::table::Table;

/// What makes an operation write: a request, the delivery of an event, or a tick of a schedule.
pub trait Trigger: Send + Sync {
    /// Its time. Operations have no other clock.
    fn now(&self) -> Timestamp;

    /// Puts an event that it causes into its envelope.
    fn envelope(&self, event: Event) -> Envelope;

    /// The event that it delivers, if it delivers one.
    fn delivered(&self) -> Option<EventId> {
        None
    }
}

/// What a decision comes to: what to write, if anything, and an answer for the operation.
#[derive(Debug)]
pub struct Decision<R: Row, A = (), E = Error> {
    change: Option<Change<R, E>>,
    answer: A,
}

impl<R: Row, A, E> Decision<R, A, E> {
    /// Writes `change`, if there is one, and answers `answer` once that is done.
    pub fn new(change: Option<Change<R, E>>, answer: A) -> Self {
        Self { change, answer }
    }
}

impl<R: Row, E> From<Option<Change<R, E>>> for Decision<R, (), E> {
    fn from(change: Option<Change<R, E>>) -> Self {
        Self { change, answer: () }
    }
}

/// How a load → decide → commit ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<T, A = ()> {
    /// The row as it is now; none where there is none.
    pub row: Option<Stored<T>>,
    /// Whether it was written, and if not, why.
    pub outcome: Outcome,
    /// The answer of the decision.
    pub answer: A,
}

/// What a load → decide → commit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It wrote the change.
    Written,
    /// There was nothing to write.
    Unchanged,
    /// The event had been applied before, so nothing was written.
    Duplicate,
}

/// A place for a row of type `R`: what [`change`](Self::change) and [`consume`](Self::consume) work on.
#[derive(Debug)]
pub struct At<'a, R: Row> {
    table: &'a Table,
    key: Key,
    seen: Option<Stored<R::Value>>,
}

enum Written<T> {
    Done(Stored<T>),
    Duplicate,
    Raced,
}

/// Another process has written the row in between.
struct Raced;

impl Table {
    /// Writes a new row. With a claim, a request that was answered before gets the row that it created then.
    ///
    /// # Errors
    /// `exists` when there is such a row already; what the change says of a condition that fails; [`Error::KeyReused`] when the
    /// claim's key was used for another request; when the table is unavailable.
    pub async fn create<R: Row, E: From<Error>>(
        &self,
        trigger: &dyn Trigger,
        change: Change<R, E>,
        claim: Option<&Claim>,
        exists: impl FnOnce() -> E,
    ) -> Result<Stored<R::Value>, E> {
        let Some(value) = change.value().cloned() else { return Err(exists()) };
        let change = match claim {
            Some(claim) => change.answer(claim, &value),
            None => change,
        };
        match self.write(trigger, None, None, change).await? {
            Written::Done(row) => Ok(row),
            Written::Duplicate | Written::Raced => {
                let answered = match claim {
                    Some(claim) => self.answered(claim).await?,
                    None => None,
                };
                answered.map(|value| Stored::new(value, 1)).ok_or_else(exists)
            }
        }
    }

    /// The place of the row at `key`, which is read first.
    #[must_use]
    pub fn at<R: Row>(&self, key: Key) -> At<'_, R> {
        At { table: self, key, seen: None }
    }

    /// The place of a row that was read already. Decisions are made on that; if it has changed since, it is read again.
    #[must_use]
    pub fn seen<R: Row>(&self, row: Stored<R::Value>) -> At<'_, R> {
        At { table: self, key: R::key(&row.value), seen: Some(row) }
    }

    async fn write<R: Row, E: From<Error>>(
        &self,
        trigger: &dyn Trigger,
        event: Option<EventId>,
        found: Option<&Stored<R::Value>>,
        change: Change<R, E>,
    ) -> Result<Written<R::Value>, E> {
        let mark = event.filter(|_| change.finishes());
        let Parts { row, transaction, refusals } = change.into_parts(trigger, mark, found)?;
        Ok(match self.commit_writes(transaction).await? {
            None => Written::Done(row),
            Some(refused) if refused.label == inbox::DUPLICATE => Written::Duplicate,
            Some(refused) => match refusals.into_iter().find(|(index, _)| *index == refused.index) {
                Some((_, refusal)) => return Err(refusal),
                None => Written::Raced,
            },
        })
    }
}

impl<R: Row> At<'_, R> {
    /// Changes a row, or creates it: loads it, lets `decide` decide, and writes that, all over again if another process writes
    /// it in between, up to eight times with a growing, jittered pause.
    ///
    /// # Errors
    /// What `decide` refuses with, and what its change says of a condition that fails; [`Error::Busy`] when others are always
    /// faster; [`Error::Newer`] when the row is in a state of a newer version; when the table is unavailable.
    pub async fn change<D, A, E, Fut>(
        self,
        trigger: &dyn Trigger,
        decide: impl Fn(Option<Stored<R::Value>>) -> Fut,
    ) -> Result<Done<R::Value, A>, E>
    where
        D: Into<Decision<R, A, E>>,
        E: From<Error>,
        Fut: Future<Output = Result<D, E>>,
    {
        self.settle(trigger, None, decide).await
    }

    /// Changes a row because of an event, once: with the change goes the mark of the event that `trigger` delivers, unless the
    /// change says that it does not finish it. A trigger that delivers none leaves no mark.
    ///
    /// # Errors
    /// As [`change`](Self::change).
    pub async fn consume<D, A, E, Fut>(
        self,
        trigger: &dyn Trigger,
        decide: impl Fn(Option<Stored<R::Value>>) -> Fut,
    ) -> Result<Done<R::Value, A>, E>
    where
        D: Into<Decision<R, A, E>>,
        E: From<Error>,
        Fut: Future<Output = Result<D, E>>,
    {
        self.settle(trigger, trigger.delivered(), decide).await
    }

    async fn settle<D, A, E, Fut>(
        self,
        trigger: &dyn Trigger,
        event: Option<EventId>,
        decide: impl Fn(Option<Stored<R::Value>>) -> Fut,
    ) -> Result<Done<R::Value, A>, E>
    where
        D: Into<Decision<R, A, E>>,
        E: From<Error>,
        Fut: Future<Output = Result<D, E>>,
    {
        let Self { table, key, mut seen } = self;
        let attempt = || {
            let (seen, key, decide) = (seen.take(), &key, &decide);
            async move {
                match settle_once(table, key, seen, trigger, event, decide).await {
                    Ok(Some(done)) => Ok(Ok(done)),
                    Ok(None) => Err(Raced),
                    Err(error) => Ok(Err(error)),
                }
            }
        };
        attempt.retry(backoff()).await.unwrap_or_else(|Raced| Err(Error::Busy.into()))
    }
}

/// `None` when another process was faster.
async fn settle_once<R, D, A, E, Fut>(
    table: &Table,
    key: &Key,
    seen: Option<Stored<R::Value>>,
    trigger: &dyn Trigger,
    event: Option<EventId>,
    decide: &impl Fn(Option<Stored<R::Value>>) -> Fut,
) -> Result<Option<Done<R::Value, A>>, E>
where
    R: Row,
    D: Into<Decision<R, A, E>>,
    E: From<Error>,
    Fut: Future<Output = Result<D, E>>,
{
    let is_old = seen.is_some();
    let found = match seen {
        Some(row) => Some(row),
        None => table.get::<R::Value>(key).await?,
    };
    if found.as_ref().is_some_and(|row| !R::is_understood(&row.value)) {
        return Err(Error::Newer { key: key.to_string() }.into());
    }
    let Decision { change, answer } = decide(found.clone()).await?.into();
    let Some(change) = change else {
        // What there is to do is decided by the row as it is, not as it was.
        let done = Done { row: found, outcome: Outcome::Unchanged, answer };
        return Ok((!is_old).then_some(done));
    };
    Ok(match table.write(trigger, event, found.as_ref(), change).await? {
        Written::Done(row) => Some(Done { row: Some(row), outcome: Outcome::Written, answer }),
        Written::Duplicate => Some(Done { row: found, outcome: Outcome::Duplicate, answer }),
        Written::Raced => None,
    })
}

pub(crate) fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(200))
        .with_max_times(8)
}
