//! Several rows of one kind that are changed by one decision, in one transaction or some.

use backon::Retryable;
use futures::future::join_all;

use crate::change::over;
use crate::error::Error;
use crate::item::{Item, Key};
use crate::patience::Patience;
use crate::row::Row;
use crate::stored::Stored;
use crate::table::Table;
use crate::transaction::{Transaction, Update};
use crate::verbs::Trigger;

/// The writes of one transaction about several rows: new states of some of them, and updates of other rows. Without events:
/// an event belongs to the message that caused it.
#[derive(Debug)]
pub struct Joint<R: Row> {
    /// The rows as read, each with its new state.
    pub rows: Vec<(Stored<R::Value>, R::Value)>,
    /// Updates under their conditions, at most one per row.
    pub updates: Vec<Update>,
}

/// The outcome of a transaction about several rows.
#[derive(Debug)]
pub struct Joined<R: Row> {
    /// The new states of its rows.
    pub rows: Vec<R::Value>,
    /// Whether it was written; `false` if an update's condition failed, so that nothing was.
    pub written: Result<bool, Error>,
}

/// The locations of several rows.
#[derive(Debug)]
pub struct All<'a, R> {
    table: &'a Table,
    keys: Vec<Key>,
    row: std::marker::PhantomData<R>,
}

/// Another process wrote one of the rows in the meantime.
struct Raced;

impl Table {
    /// Returns the locations of up to 100 rows.
    #[must_use]
    pub fn all<R: Row>(&self, keys: Vec<Key>) -> All<'_, R> {
        All { table: self, keys, row: std::marker::PhantomData }
    }
}

impl<R: Row> All<'_, R> {
    /// Changes several rows at once: loads them, calls `decide` with those that exist and are understood, and commits each
    /// transaction of the decision, all at the same time. What another process has written first is read and decided again. Returns
    /// the outcome of each transaction.
    ///
    /// # Errors
    /// If the table is unavailable before anything is written. A transaction's own error is [`Error::Busy`] if other processes win
    /// every time, or that the table is unavailable.
    pub async fn change(
        self,
        trigger: &dyn Trigger,
        decide: impl Fn(Vec<Stored<R::Value>>) -> Vec<Joint<R>>,
    ) -> Result<Vec<Joined<R>>, Error> {
        let Self { table, keys, .. } = self;
        let patience = trigger.patience();
        let joints = decide(understood::<R>(table, &keys).await?);
        let commits = joints.into_iter().map(|joint| commit(table, joint, &decide, patience));
        Ok(join_all(commits).await)
    }
}

async fn understood<R: Row>(table: &Table, keys: &[Key]) -> Result<Vec<Stored<R::Value>>, Error> {
    let found = table.get_many::<R::Value>(keys).await?;
    Ok(found.into_iter().filter(|row| R::is_understood(&row.value)).collect())
}

/// Commits a transaction. If another process has written one of its rows, they are read and decided again.
async fn commit<R: Row>(
    table: &Table,
    joint: Joint<R>,
    decide: &impl Fn(Vec<Stored<R::Value>>) -> Vec<Joint<R>>,
    patience: Patience,
) -> Joined<R> {
    let rows = joint.values();
    let keys: Vec<Key> = rows.iter().map(R::key).collect();
    let mut decided = Some(joint);
    let attempt = || {
        let (decided, keys) = (decided.take(), &keys);
        async move {
            let joint = match decided {
                Some(joint) => joint,
                None => match understood::<R>(table, keys).await {
                    Ok(found) => decide(found).pop().unwrap_or_default(),
                    Err(error) => return Ok((None, Err(error))),
                },
            };
            let (rows, count) = (joint.values(), joint.rows.len());
            if count == 0 {
                return Ok((Some(rows), Ok(true)));
            }
            match table.commit_writes(joint.into_transaction(), patience).await {
                Ok(Some(refused)) if refused.index < count => Err(Raced),
                Ok(refused) => Ok((Some(rows), Ok(refused.is_none()))),
                Err(error) => Ok((Some(rows), Err(error))),
            }
        }
    };
    let (settled, written) = attempt.retry(patience).await.unwrap_or((None, Err(Error::Busy)));
    Joined { rows: settled.unwrap_or(rows), written }
}

impl<R: Row> Joint<R> {
    fn values(&self) -> Vec<R::Value> {
        self.rows.iter().map(|(_, value)| value.clone()).collect()
    }

    fn into_transaction(self) -> Transaction {
        let transaction = self.rows.iter().fold(Transaction::new(), |transaction, (found, value)| {
            let item = over::<R>(Some(found), value).unwrap_or_else(|error| Item { attributes: Err(error) });
            transaction.replace(R::KIND, item, found.version)
        });
        self.updates.into_iter().fold(transaction, |transaction, update| transaction.update("beside", update))
    }
}

impl<R: Row> Default for Joint<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), updates: Vec::new() }
    }
}
