//! Access to the orders table.

use domain::orders::{Change, Order, OrderRefusal};
use domain::words::id::{OrderId, UserId};
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use serde::Deserialize;
use store::{Done, DueRows, Error, Index, Page, Query, Stored, Table, Trigger};

use crate::orders::rows::{self, OPEN, OrderRow};

/// The orders table.
#[derive(Debug, Clone)]
pub struct Orders {
    pub(crate) table: Table,
}

impl Connect for Orders {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(<Table as Connect>::connect(environment).await?))
    }
}

/// The projection of the index of open orders.
#[derive(Debug, Deserialize)]
pub struct DueOrder {
    /// The order.
    pub order_id: OrderId,
}

impl Orders {
    /// Creates the access to the orders in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns an order.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn get(&self, id: OrderId) -> Result<Option<Stored<Order>>, Error> {
        self.table.get(&rows::key(id)).await
    }

    /// Returns a page of a customer's orders, newest first.
    ///
    /// # Errors
    /// If the cursor does not belong to this list, or the table fails.
    pub async fn list(
        &self,
        user: UserId,
        limit: u8,
        cursor: Option<&str>,
    ) -> Result<Page<Stored<Order>>, Error> {
        let query = Query::new(Index::Gsi(1), rows::of_customer(user));
        self.table.query(&query.descending().limit(limit).after(cursor)?).await
    }

    /// Returns the open orders whose hold has ended by `now`. The index is eventually consistent.
    pub async fn due(&self, now: Timestamp) -> DueRows<DueOrder> {
        OPEN.due(&self.table, now).await
    }

    /// Applies the decision of `decide` to an order and returns the resulting order.
    ///
    /// # Errors
    /// [`OrderRefusal::NotFound`] if the order does not exist; the error of `decide`; otherwise if the table fails.
    pub async fn change<E>(
        &self,
        id: OrderId,
        trigger: &dyn Trigger,
        decide: impl Fn(&Stored<Order>) -> Result<Option<Change>, E>,
    ) -> Result<Stored<Order>, E>
    where
        E: From<Error> + From<OrderRefusal>,
    {
        let decide = &decide;
        let done = self.table.at::<OrderRow>(rows::key(id)).change(trigger, |order| async move {
            let order = order.ok_or(OrderRefusal::NotFound)?;
            Ok::<_, E>(decide(&order)?.map(rows::change))
        });
        Ok(done.await?.row.ok_or(OrderRefusal::NotFound)?)
    }

    /// Applies the decision of `decide` to an order because of an event, once per event.
    ///
    /// # Errors
    /// The error of `decide`; otherwise if the table fails.
    pub async fn consume<E: From<Error>>(
        &self,
        id: OrderId,
        trigger: &dyn Trigger,
        decide: impl Fn(Option<&Order>) -> Result<Option<Change>, E>,
    ) -> Result<Done<Order>, E> {
        let decide = &decide;
        let decide = |order: Option<Stored<Order>>| async move {
            Ok(decide(order.as_ref().map(|order| &order.value))?.map(rows::change))
        };
        self.table.at::<OrderRow>(rows::key(id)).consume(trigger, decide).await
    }
}
