//! Access to the orders table.

use std::collections::BTreeSet;

use domain::orders::standing::Standing;
use domain::orders::{DeclaredNumber, Order, OrderNumber, OrderRefusal};
use domain::words::id::{OrderId, ReturnId, UserId};
use edge::{Connect, Environment, InitError};
use futures::TryStreamExt;
use jiff::Timestamp;
use serde::Deserialize;
use store::{DueRows, Error, Index, Page, Query, Stored, Table, Trigger};

use crate::orders::get_order::IdOrNumber;
use crate::orders::rows::{self, OPEN, OrderRow, StandingRow, TakenNumber};

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

/// The projection of the index of due orders.
#[derive(Debug, Deserialize)]
pub struct DueOrder {
    /// The order.
    pub order_id: OrderId,
}

/// An entry of an index that leads to an order. The rest need not decode.
#[derive(Debug, Deserialize)]
pub(crate) struct IndexedOrder {
    pub(crate) order_id: OrderId,
}

/// An entry of a queue of the staff: an order, or in the queue of returns a statement.
#[derive(Debug, Deserialize)]
pub(crate) struct Waiting {
    #[serde(default)]
    pub(crate) order_id: Option<OrderId>,
    #[serde(default)]
    pub(crate) statement_id: Option<ReturnId>,
}

/// More than nearly every guest has orders.
const OWN_PER_PAGE: u8 = 100;

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

    /// Returns the id of the order with a number.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn id_of(&self, number: &OrderNumber) -> Result<Option<OrderId>, Error> {
        let taken = self.table.get::<TakenNumber>(&rows::number_key(number)).await?;
        Ok(taken.map(|taken| taken.value.order_id))
    }

    /// Returns the order whose number, or id, somebody states; none, and nothing is read, if it is neither.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn stated(&self, number: &DeclaredNumber) -> Result<Option<Order>, Error> {
        let id = match number.as_ref().parse() {
            Ok(IdOrNumber::Id(id)) => Some(id),
            Ok(IdOrNumber::Number(number)) => self.id_of(&number).await?,
            Err(_) => None,
        };
        Ok(match id {
            Some(id) => self.get(id).await?.map(|order| order.value),
            None => None,
        })
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

    /// Returns the ids of all orders of a customer. The index is eventually consistent: an order that was written a moment
    /// ago may be missing.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn ids_of(&self, user: UserId) -> Result<BTreeSet<OrderId>, Error> {
        let query = Query::new(Index::Gsi(1), rows::of_customer(user)).limit(OWN_PER_PAGE);
        self.table.rows::<IndexedOrder>(query).map_ok(|order| order.value.order_id).try_collect().await
    }

    /// Returns the orders for which something is to be done by `now`. The index is eventually consistent.
    pub async fn due(&self, now: Timestamp) -> DueRows<DueOrder> {
        OPEN.due(&self.table, now).await
    }

    /// Claims one of the customer's slots for an order that is about to be placed. Returns the claim's number.
    ///
    /// # Errors
    /// [`OrderRefusal::TooManyOpenOrders`], [`OrderRefusal::TooManyDeclines`] or [`OrderRefusal::GuestMerged`]; otherwise if
    /// the table fails.
    pub async fn claim_slot<E>(
        &self,
        user_id: UserId,
        order_id: OrderId,
        trigger: &dyn Trigger,
    ) -> Result<u64, E>
    where
        E: From<Error> + From<OrderRefusal>,
    {
        let now = trigger.now();
        let claim = async |found: Option<Stored<Standing>>| {
            let mut standing = found.map_or_else(|| Standing::new(user_id, now), |found| found.value);
            if !standing.slots.is_empty() && !standing.has_slot_for(order_id, now) {
                let keys: Vec<_> = standing.slots.iter().map(|slot| rows::key(slot.order_id)).collect();
                let orders = self.table.get_many(&keys).await?;
                let orders: Vec<Order> = orders.into_iter().map(|order| order.value).collect();
                standing = standing.without_ended(&orders, now);
            }
            Ok::<_, E>(Some(store::Change::to(standing.claim(order_id, now)?)))
        };
        let done = self.table.at::<StandingRow>(rows::standing_key(user_id)).change(trigger, claim).await?;
        Ok(done.row.map_or(0, |row| row.value.claims))
    }

    /// Gives a slot back, unless it was claimed again since.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn release_slot(
        &self,
        user_id: UserId,
        order_id: OrderId,
        claim: u64,
        trigger: &dyn Trigger,
    ) -> Result<(), Error> {
        let release = async |found: Option<Stored<Standing>>| {
            let released = found.and_then(|found| found.value.release(order_id, claim, trigger.now()));
            Ok::<_, Error>(released.map(store::Change::to))
        };
        self.table.at::<StandingRow>(rows::standing_key(user_id)).change(trigger, release).await.map(|_| ())
    }

    /// Records in a guest's standing that the account `into` is theirs, so that they claim no slot any more. Returns the
    /// standing, with the slots that were claimed before.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn merge_standing(
        &self,
        from: UserId,
        into: UserId,
        trigger: &dyn Trigger,
    ) -> Result<Standing, Error> {
        let new = || Standing::new(from, trigger.now());
        let merge = async |found: Option<Stored<Standing>>| {
            let standing = found.map_or_else(new, |found| found.value);
            Ok::<_, Error>(standing.merge(into, trigger.now()).map(store::Change::to))
        };
        let done = self.table.at::<StandingRow>(rows::standing_key(from)).change(trigger, merge).await?;
        Ok(done.row.map_or_else(new, |row| row.value))
    }

    /// Counts an order's declined payment against its customer, in the transaction of `change`.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn count_decline<E: From<Error>>(
        &self,
        order: &Order,
        change: Option<store::Change<OrderRow, E>>,
        now: Timestamp,
    ) -> Result<Option<store::Change<OrderRow, E>>, E> {
        let found = self.table.get::<Standing>(&rows::standing_key(order.user_id)).await?;
        let before =
            found.as_ref().map_or_else(|| Standing::new(order.user_id, now), |found| found.value.clone());
        let Some(after) = before.decline(order.order_id, now) else { return Ok(change) };
        let change = change.unwrap_or_else(store::Change::beside);
        Ok(Some(match found {
            Some(found) => change.replace::<StandingRow>(&found, &after),
            None => change.insert::<StandingRow>(&after),
        }))
    }
}
