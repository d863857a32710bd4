//! The write operations: [`create`](Table::create), [`change`](At::change), [`consume`](At::consume).
//!
//! Each is a load → decide → commit. A decision writes a [`Change`]: the row, its events and everything else in the
//! same transaction. The time, the events' cause and the mark against duplicates come from the [`Trigger`], so no
//! operation can forget them.

use backon::Retryable;
use domain::events::{Envelope, Event};
use domain::words::id::EventId;
use jiff::Timestamp;

use crate::change::{Change, Parts};
use crate::error::Error;
use crate::idempotency::Claim;
use crate::inbox;
use crate::item::Key;
use crate::patience::Patience;
use crate::row::Row;
use crate::stored::Stored;
use crate::table::Table;

/// The cause of a write: a request, the delivery of an event, or a tick of a schedule.
pub trait Trigger: Send + Sync {
    /// Returns the trigger's time. Operations have no other clock.
    fn now(&self) -> Timestamp;

    /// Wraps an event caused by this trigger in its envelope.
    fn envelope(&self, event: Event) -> Envelope;

    /// Returns the id of the delivered event, if any.
    fn delivered(&self) -> Option<EventId> {
        None
    }

    /// Returns how long a write that starts now is retried while other processes use its rows.
    fn patience(&self) -> Patience {
        Patience::default()
    }
}

/// The result of a decision: the change to write, if any, and the operation's answer.
#[derive(Debug)]
pub struct Decision<R: Row, A = (), E = Error> {
    change: Option<Change<R, E>>,
    answer: A,
}

impl<R: Row, A, E> Decision<R, A, E> {
    /// Creates a decision that writes `change`, if any, and then returns `answer`.
    pub fn new(change: Option<Change<R, E>>, answer: A) -> Self {
        Self { change, answer }
    }
}

impl<R: Row, E> From<Option<Change<R, E>>> for Decision<R, (), E> {
    fn from(change: Option<Change<R, E>>) -> Self {
        Self { change, answer: () }
    }
}

/// The result of a load → decide → commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Done<T, A = ()> {
    /// The current row; `None` if there is none.
    pub row: Option<Stored<T>>,
    /// Whether the change was written, and if not, why.
    pub outcome: Outcome,
    /// The decision's answer.
    pub answer: A,
}

/// The outcome of a load → decide → commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The change was written.
    Written,
    /// There was nothing to write.
    Unchanged,
    /// The event had been applied before, so nothing was written.
    Duplicate,
}

/// The location of a row of type `R`, on which [`change`](Self::change) and [`consume`](Self::consume) operate.
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

/// Another process wrote the row in the meantime.
struct Raced;

impl Table {
    /// Writes a new row. With a claim, a retried request gets the row that its first attempt created.
    ///
    /// # Errors
    /// `exists` if the row exists already; the change's error for a failed condition; [`Error::KeyReused`] if the
    /// claim's key was used for another request; if the table is unavailable.
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
        match self.write(trigger, None, None, change, trigger.patience()).await? {
            Written::Done(row) => Ok(row),
            Written::Duplicate | Written::Raced => {
                let answered = match claim {
                    Some(claim) => self.answered(claim, trigger.now()).await?,
                    None => None,
                };
                answered.map(|value| Stored::new(value, 1)).ok_or_else(exists)
            }
        }
    }

    /// Writes over a row as it was read. Unlike [`change`](At::change), it decides nothing again, and reads nothing.
    ///
    /// # Errors
    /// `changed` if another process has written the row since; the change's error for a failed condition; [`Error::Newer`] if the
    /// row is in a state of a newer version; if the table is unavailable.
    pub async fn overwrite<R: Row, E: From<Error>>(
        &self,
        trigger: &dyn Trigger,
        found: &Stored<R::Value>,
        change: Change<R, E>,
        changed: impl FnOnce() -> E,
    ) -> Result<Stored<R::Value>, E> {
        if !R::is_understood(&found.value) {
            return Err(Error::Newer { key: R::key(&found.value).to_string() }.into());
        }
        match self.write(trigger, None, Some(found), change, trigger.patience()).await? {
            Written::Done(row) => Ok(row),
            Written::Duplicate | Written::Raced => Err(changed()),
        }
    }

    /// Returns the location of the row at `key`, which is read before the decision.
    #[must_use]
    pub fn at<R: Row>(&self, key: Key) -> At<'_, R> {
        At { table: self, key, seen: None }
    }

    /// Returns the location of a row that was already read. Decisions use that row; if it has changed since, it is read
    /// again.
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
        patience: Patience,
    ) -> Result<Written<R::Value>, E> {
        let mark = event.filter(|_| change.finishes());
        let Parts { row, transaction, refusals } = change.into_parts(trigger, mark, found)?;
        Ok(match self.commit_writes(transaction, patience).await? {
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
    /// Changes or creates a row: loads it, calls `decide` and commits the decision. If another process writes the row
    /// in the meantime, this repeats with growing, jittered delays, for as long as the trigger's [`Patience`] lasts.
    ///
    /// # Errors
    /// `decide`'s refusal; the change's error for a failed condition; [`Error::Busy`] if other processes win every
    /// time; [`Error::Newer`] if the row is in a state of a newer version; if the table is unavailable.
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

    /// Changes a row once per event: the change is committed with a mark for the event that `trigger` delivers, unless
    /// the change states that it does not finish the event. A trigger that delivers no event leaves no mark.
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
        let patience = trigger.patience();
        let attempt = || {
            let (seen, key, decide) = (seen.take(), &key, &decide);
            async move {
                match settle_once(table, key, seen, (trigger, event, patience), decide).await {
                    Ok(Some(done)) => Ok(Ok(done)),
                    Ok(None) => Err(Raced),
                    Err(error) => Ok(Err(error)),
                }
            }
        };
        attempt.retry(patience).await.unwrap_or_else(|Raced| Err(Error::Busy.into()))
    }
}

/// Returns `None` if another process wrote first.
async fn settle_once<R, D, A, E, Fut>(
    table: &Table,
    key: &Key,
    seen: Option<Stored<R::Value>>,
    (trigger, event, patience): (&dyn Trigger, Option<EventId>, Patience),
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
        None => table.get_unexpired::<R::Value>(key, trigger.now()).await?,
    };
    if found.as_ref().is_some_and(|row| !R::is_understood(&row.value)) {
        return Err(Error::Newer { key: key.to_string() }.into());
    }
    let Decision { change, answer } = decide(found.clone()).await?.into();
    let Some(change) = change else {
        // The current row decides the next step, not the one read earlier.
        let done = Done { row: found, outcome: Outcome::Unchanged, answer };
        return Ok((!is_old).then_some(done));
    };
    Ok(match table.write(trigger, event, found.as_ref(), change, patience).await? {
        Written::Done(row) => Some(Done { row: Some(row), outcome: Outcome::Written, answer }),
        Written::Duplicate => Some(Done { row: found, outcome: Outcome::Duplicate, answer }),
        Written::Raced => None,
    })
}
