//! The payments table: payments and the ledger's postings, each change with its event and its mark against duplicates.

use domain::event::Envelope;
use domain::id::PaymentId;
use domain::payment::{Change, Payment};
use edge::{Cause, Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Error, Index, Item, Outcome, Query, Stored, Table, Transaction};

use crate::keys;

/// The payments table.
#[derive(Debug, Clone)]
pub struct Payments {
    table: Table,
}

/// A payment that something is due of; what the index is asked for.
#[derive(Debug, Deserialize)]
struct Unsettled {
    payment_id: PaymentId,
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

    /// Payments that last changed before the minute of `cutoff` and that something was due of when the index last heard of
    /// them, those that have waited longest first; at most 100 a shard.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn unsettled(&self, cutoff: Timestamp) -> Result<Vec<PaymentId>, Error> {
        let mut unsettled = Vec::new();
        for shard in 0..keys::UNSETTLED_SHARDS {
            let query = Query::new(Index::Gsi(1), keys::unsettled_shard(shard))
                .below(keys::changed_before(cutoff))
                .limit(100);
            let page = self.table.query::<Unsettled>(&query).await?;
            unsettled.extend(page.items.into_iter().map(|payment| payment.payment_id));
        }
        Ok(unsettled)
    }

    /// Writes a new payment, with the mark of the event that made it, where that event has no more to do.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn insert(&self, payment: &Payment, done: Option<&Envelope>) -> Result<Outcome, Error> {
        let transaction = marked(done, payment).insert("payment", item(payment));
        self.table.commit(transaction).await
    }

    /// Writes a payment over the version that was read, with its posting, if any, its event, if any, which `cause` led to,
    /// and the mark of the event `done`, where that event has no more to do.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn replace(
        &self,
        seen: u64,
        change: &Change,
        cause: &Cause,
        done: Option<&Envelope>,
    ) -> Result<Outcome, Error> {
        let payment = &change.payment;
        let mut transaction = marked(done, payment).replace("payment", item(payment), seen);
        if let Some(posting) = &change.posting {
            let row = Item::new(keys::posting(payment.payment_id, posting), "posting", posting);
            transaction = transaction.insert("posting", row);
        }
        if let Some(event) = &change.event {
            transaction = transaction.emit(&cause.envelope(event.clone(), payment.updated_at));
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
    let item = Item::new(keys::payment(payment.payment_id), "payment", payment);
    match payment.due() {
        Some(_) => item.indexed(1, keys::unsettled_partition(payment.payment_id), keys::changed(payment)),
        None => item,
    }
}
