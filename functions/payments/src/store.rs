//! The payments table: payments and the ledger's postings, each change with its event and its mark against duplicates.

use domain::event::Envelope;
use domain::id::PaymentId;
use domain::payment::{Change, Payment};
use edge::queue::Delivery;
use edge::{Connect, Environment, InitError};
use store::{Error, Item, Outcome, Stored, Table, Transaction};

use crate::keys;

/// The payments table.
#[derive(Debug, Clone)]
pub struct Payments {
    table: Table,
}

impl Connect for Payments {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        Ok(Self::new(Table::connect(environment.aws(), environment.retry_quota(), name)))
    }
}

impl Payments {
    /// The payments in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// A payment.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn get(&self, id: PaymentId) -> Result<Option<Stored<Payment>>, Error> {
        self.table.get(&keys::payment(id)).await
    }

    /// Writes a new payment, with the mark of the event that made it, where that event has no more to do.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn insert(&self, payment: &Payment, done: Option<&Envelope>) -> Result<Outcome, Error> {
        let transaction = marked(done, payment).insert("payment", item(payment));
        self.table.commit(transaction).await
    }

    /// Writes a payment over the version that was read, with its event and its posting, if any, and the mark of the
    /// event that caused it, where that event has no more to do.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn replace(
        &self,
        seen: u64,
        change: &Change,
        cause: &Delivery,
        done: bool,
    ) -> Result<Outcome, Error> {
        let payment = &change.payment;
        let mut transaction =
            marked(done.then_some(&cause.envelope), payment).replace("payment", item(payment), seen);
        if let Some(posting) = &change.posting {
            let row = Item::new(keys::posting(payment.payment_id, posting), "posting", posting);
            transaction = transaction.insert("posting", row);
        }
        if let Some(event) = &change.event {
            transaction = transaction.emit(&cause.caused(event.clone()));
        }
        self.table.commit(transaction).await
    }
}

fn marked(done: Option<&Envelope>, payment: &Payment) -> Transaction {
    match done {
        Some(event) => Transaction::new().once(event.id, payment.updated_at),
        None => Transaction::new(),
    }
}

fn item(payment: &Payment) -> Item {
    Item::new(keys::payment(payment.payment_id), "payment", payment)
}
