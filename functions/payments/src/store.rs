//! Access to the payments table.

use domain::payments::Payment;
use domain::words::id::PaymentId;
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::{DueRows, Error, Stored, Table};

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

/// The projection of the index of unsettled payments.
#[derive(Debug, Deserialize)]
pub struct DuePayment {
    /// The payment.
    pub payment_id: PaymentId,
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

    /// Returns the payments with an action due at the gateway whose last change was before the minute of `cutoff`. The
    /// index is eventually consistent.
    pub async fn unsettled(&self, cutoff: Timestamp) -> DueRows<DuePayment> {
        UNSETTLED.due(&self.table, cutoff).await
    }
}
