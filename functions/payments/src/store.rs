//! The payments table.

use domain::payments::Payment;
use domain::words::id::PaymentId;
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Error, Stored, Table};

use crate::payments::rows::{self, UNSETTLED};

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

/// What the index of unsettled payments is asked for.
#[derive(Deserialize)]
struct Due {
    payment_id: PaymentId,
}

impl Payments {
    /// The payments in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns a payment.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn get(&self, id: PaymentId) -> Result<Option<Stored<Payment>>, Error> {
        self.table.get(&rows::key(id)).await
    }

    /// Returns the payments that last changed before the minute of `cutoff` and had something due at the gateway when the index was
    /// last updated, those that have waited longest first; at most 100 a shard.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn unsettled(&self, cutoff: Timestamp) -> Result<Vec<PaymentId>, Error> {
        let unsettled: Vec<Due> = UNSETTLED.due(&self.table, cutoff).await?;
        Ok(unsettled.into_iter().map(|payment| payment.payment_id).collect())
    }
}
