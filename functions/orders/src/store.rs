//! The orders table: what is read and written, each change with its event and its mark against duplicates.

use domain::event::Envelope;
use domain::id::{OrderId, UserId};
use domain::order::{Order, OrderRefusal};
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::idempotency::{Claim, KeyReused};
use store::{Error, Index, Item, Outcome, Page, Query, Stored, Table, Transaction};

use crate::keys;

/// The orders table.
#[derive(Debug, Clone)]
pub struct Orders {
    table: Table,
}

/// An order whose hold has ended; what the index is asked for.
#[derive(Debug, Deserialize)]
struct Due {
    order_id: OrderId,
}

impl Connect for Orders {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        Ok(Self::new(Table::connect(environment.aws(), environment.retry_quota(), name)))
    }
}

impl Orders {
    /// The orders in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// An order.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn get(&self, id: OrderId) -> Result<Option<Stored<Order>>, Error> {
        self.table.get(&keys::order(id)).await
    }

    /// An order of a customer's own.
    ///
    /// # Errors
    /// [`OrderRefusal::NotFound`] in the inner result, when there is none or it is another's.
    pub async fn get_own(
        &self,
        id: OrderId,
        user: UserId,
    ) -> Result<Result<Stored<Order>, OrderRefusal>, Error> {
        let found = self.get(id).await?;
        Ok(found.filter(|order| order.value.user_id == user).ok_or(OrderRefusal::NotFound))
    }

    /// A page of a customer's orders, newest first.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the table fails.
    pub async fn list(&self, user: UserId, limit: u8, cursor: Option<&str>) -> Result<Page<Order>, Error> {
        let query =
            Query::new(Index::Gsi(1), keys::orders_of(user)).descending().limit(limit).after(cursor)?;
        self.table.query(&query).await
    }

    /// Orders whose hold had ended by `now` and that were open when the index last heard of them; at most 100 a shard.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<OrderId>, Error> {
        let mut due = Vec::new();
        for shard in 0..keys::OPEN_SHARDS {
            let query =
                Query::new(Index::Gsi(2), keys::open_shard(shard)).below(keys::hold_ended_by(now)).limit(100);
            due.extend(self.table.query::<Due>(&query).await?.items.into_iter().map(|order| order.order_id));
        }
        Ok(due)
    }

    /// The reply that a request was given before.
    ///
    /// # Errors
    /// [`KeyReused`] in the inner result; when the table fails.
    pub async fn replied(&self, claim: &Claim) -> Result<Result<Option<Order>, KeyReused>, Error> {
        claim.reply(&self.table).await
    }

    /// Writes a new order, the event that says so, and the reply to the request that placed it.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn insert(&self, order: &Order, event: &Envelope, claim: &Claim) -> Result<Outcome, Error> {
        let transaction =
            Transaction::new().answer(claim, order, order.placed_at).insert("order", item(order)).emit(event);
        self.table.commit(transaction).await
    }

    /// Writes an order over the version that was read, with the event of the change, if any, and the mark of the event
    /// that caused it, if one did.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn replace(
        &self,
        seen: u64,
        order: &Order,
        event: Option<&Envelope>,
        cause: Option<&Envelope>,
    ) -> Result<Outcome, Error> {
        let mut transaction = Transaction::new();
        if let Some(cause) = cause {
            transaction = transaction.once(cause.id, order.updated_at);
        }
        transaction = transaction.replace("order", item(order), seen);
        if let Some(event) = event {
            transaction = transaction.emit(event);
        }
        self.table.commit(transaction).await
    }
}

fn item(order: &Order) -> Item {
    let item = Item::new(keys::order(order.order_id), "order", order).indexed(
        1,
        keys::orders_of(order.user_id),
        keys::placed(order),
    );
    if order.is_open() {
        item.indexed(2, keys::open_partition(order.order_id), keys::held_until(order))
    } else {
        item
    }
}
