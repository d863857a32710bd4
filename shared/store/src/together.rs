//! Several rows of one kind that are changed in one transaction.

use backon::Retryable;

use crate::change::over;
use crate::error::Error;
use crate::item::Key;
use crate::row::Row;
use crate::stored::Stored;
use crate::table::Table;
use crate::transaction::{Transaction, Update};
use crate::verbs::Trigger;

/// The writes of one decision about several rows: new states of some of them, and updates of other rows. Without events:
/// an event belongs to the message that caused it.
#[derive(Debug)]
pub struct Joint<R: Row> {
    /// The rows as read, each with its new state.
    pub rows: Vec<(Stored<R::Value>, R::Value)>,
    /// Updates under their conditions, at most one per row.
    pub updates: Vec<Update>,
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
    /// Changes several rows at once: loads them, calls `decide` with those that exist and are understood, and commits the
    /// decision in one transaction. Repeated if another process writes one of them in the meantime. Returns the new
    /// states, or `None` if an update's condition fails: then nothing is written.
    ///
    /// # Errors
    /// [`Error::Busy`] if other processes win every time; if the table is unavailable.
    pub async fn change(
        self,
        trigger: &dyn Trigger,
        decide: impl Fn(Vec<Stored<R::Value>>) -> Joint<R>,
    ) -> Result<Option<Vec<R::Value>>, Error> {
        let patience = trigger.patience();
        let attempt = || async {
            let found = match self.table.get_many::<R::Value>(&self.keys).await {
                Ok(found) => found,
                Err(error) => return Ok(Err(error)),
            };
            let understood = found.into_iter().filter(|row| R::is_understood(&row.value)).collect();
            let Joint { rows, updates } = decide(understood);
            if rows.is_empty() {
                return Ok(Ok(Some(Vec::new())));
            }
            match self.table.commit_writes(transaction::<R>(&rows, updates), patience).await {
                Ok(None) => Ok(Ok(Some(rows.into_iter().map(|(_, value)| value).collect()))),
                Ok(Some(refused)) if refused.index < rows.len() => Err(Raced),
                Ok(Some(_)) => Ok(Ok(None)),
                Err(error) => Ok(Err(error)),
            }
        };
        attempt.retry(patience).await.unwrap_or(Err(Error::Busy))
    }
}

fn transaction<R: Row>(rows: &[(Stored<R::Value>, R::Value)], updates: Vec<Update>) -> Transaction {
    let transaction = rows.iter().fold(Transaction::new(), |transaction, (found, value)| {
        match over::<R>(Some(found), value) {
            Ok(item) => transaction.replace(R::KIND, item, found.version),
            Err(error) => {
                transaction.replace(R::KIND, crate::item::Item { attributes: Err(error) }, found.version)
            }
        }
    });
    updates.into_iter().fold(transaction, |transaction, update| transaction.update("beside", update))
}
