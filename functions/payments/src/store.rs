//! Access to the payments table.

use domain::events::{PaymentFailed, PaymentOutcome};
use domain::payments::Payment;
use domain::payments::declines::Declines;
use domain::words::id::{PaymentId, UserId};
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Change, DueRows, Error, Key, Stored, Table};

use crate::payments::rows::{self, DeclinesRow, PaymentRow, UNSETTLED};

/// The payments table.
#[derive(Debug, Clone)]
pub struct Payments {
    pub(crate) table: Table,
}

impl Connect for Payments {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(<Table as Connect>::connect(environment).await?))
    }
}

/// The projection of the index of unsettled payments.
#[derive(Debug, Deserialize)]
pub struct DuePayment {
    /// The payment.
    pub payment_id: PaymentId,
}

/// What the index has of every row: its key.
#[derive(Debug, Deserialize)]
pub(crate) struct IndexedKey {
    pk: String,
    sk: String,
}

impl From<IndexedKey> for Key {
    fn from(IndexedKey { pk, sk }: IndexedKey) -> Self {
        Self::new(pk, sk)
    }
}

impl Payments {
    /// Creates the access to the payments in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns a payment.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn get(&self, id: PaymentId) -> Result<Option<Stored<Payment>>, Error> {
        self.table.get(&rows::key(id)).await
    }

    /// Returns a payment, for a consumer that has to read it as its own version does.
    ///
    /// # Errors
    /// If the table fails, or the payment is in a state of a newer version.
    pub async fn understood(&self, id: PaymentId) -> Result<Option<Stored<Payment>>, Error> {
        match self.get(id).await? {
            Some(found) if !found.value.is_understood() => {
                Err(Error::Newer { key: rows::key(id).to_string() })
            }
            found => Ok(found),
        }
    }

    /// Returns a customer's declines, if any are kept.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn declines(&self, user: UserId) -> Result<Option<Stored<Declines>>, Error> {
        self.table.get(&rows::declines_key(user)).await
    }

    /// Counts a declined attempt against its customer, in the transaction of `change`.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn count_decline<E: From<Error>>(
        &self,
        failed: &PaymentFailed,
        change: Change<PaymentRow, E>,
        now: Timestamp,
    ) -> Result<Change<PaymentRow, E>, E> {
        let PaymentOutcome { user_id, attempt_id, .. } = failed.outcome;
        let found = self.declines(user_id).await?;
        let before = found.as_ref().map_or_else(|| Declines::none(user_id), |found| found.value.clone());
        let after = before.with(attempt_id, now);
        Ok(match found {
            Some(found) => change.replace::<DeclinesRow>(&found, &after),
            None => change.insert::<DeclinesRow>(&after),
        })
    }

    /// Returns the payments with an action due at the gateway whose last change was before the minute of `cutoff`. The
    /// index is eventually consistent.
    pub async fn unsettled(&self, cutoff: Timestamp) -> DueRows<DuePayment> {
        UNSETTLED.due(&self.table, cutoff).await
    }
}
