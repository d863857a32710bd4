//! Stock and reservations in the products table: counters that many customers move at once.

use domain::event::Envelope;
use domain::id::{AdjustmentId, OrderId, UserId};
use domain::product::Sku;
use domain::stock::{
    Change, Correction, Delta, GRACE, Movement, Reason, Reservation, ReservationStatus, StockItem,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::idempotency::{Claim, KeyReused};
use store::{Error, Item, Key, Outcome, Query, Stored, Transaction, Update};

use crate::keys;
use crate::store::Products;

/// The label of counters that are not, or no longer, as the decision needs them.
pub(crate) const COUNTERS: &str = "counters";

/// Why, when and by whom stock was corrected; kept for the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Its id.
    pub adjustment_id: AdjustmentId,
    /// Of what.
    pub sku: Sku,
    /// By how much.
    pub delta: Delta,
    /// Why.
    pub reason: Reason,
    /// Who.
    pub adjusted_by: UserId,
    /// When.
    pub adjusted_at: Timestamp,
}

/// A reservation whose hold has ended; what the index is asked for.
#[derive(Debug, Deserialize)]
struct Due {
    order_id: OrderId,
}

impl Products {
    /// The stock of skus, in no particular order; those that the shop has never had are left out.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn stock<'a>(&self, skus: impl Iterator<Item = &'a Sku>) -> Result<Vec<StockItem>, Error> {
        let keys: Vec<Key> = skus.map(keys::stock).collect();
        Ok(self.table.get_many(&keys).await?.into_iter().map(|found| found.value).collect())
    }

    /// The stock of one sku.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn stock_of(&self, sku: &Sku) -> Result<Option<StockItem>, Error> {
        Ok(self.table.get(&keys::stock(sku)).await?.map(|found| found.value))
    }

    /// The reservation of an order.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn reservation(&self, order: OrderId) -> Result<Option<Stored<Reservation>>, Error> {
        self.table.get(&keys::reservation(order)).await
    }

    /// Orders whose reservation nobody settled until the grace after its hold was over, and that was held when the index
    /// last heard of it; at most 100 a shard.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn overdue(&self, now: Timestamp) -> Result<Vec<OrderId>, Error> {
        let mut overdue = Vec::new();
        for shard in 0..keys::HELD_SHARDS {
            let bound = keys::hold_ended_by(now - GRACE);
            let query = Query::new(store::Index::Gsi(3), keys::held_shard(shard)).below(bound).limit(100);
            overdue
                .extend(self.table.query::<Due>(&query).await?.items.into_iter().map(|held| held.order_id));
        }
        Ok(overdue)
    }

    /// Writes a new reservation, takes its pieces, and lets its events go out. Refused as `COUNTERS` when an item of
    /// `read` no longer has the pieces, or the price that the customer was told.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn hold(
        &self,
        held: &Change,
        read: &[StockItem],
        events: &[Envelope],
    ) -> Result<Outcome, Error> {
        let mut transaction = Transaction::new().insert("reservation", item(&held.reservation));
        for movement in &held.movements {
            let mut update = counted(movement);
            if let Some(item) = read.iter().find(|item| item.sku == movement.sku) {
                update = update
                    .when_equal("price", &item.price)
                    .when_equal("tax_rate", &item.tax_rate)
                    .when_equal("title", &item.title)
                    .when_equal("for_sale", &item.for_sale);
            }
            transaction = transaction.update(COUNTERS, update);
        }
        self.table.commit(emitting(transaction, events)).await
    }

    /// Writes a reservation over the version that was read and moves its pieces, with the mark of the event that caused it,
    /// if one did.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn settle(
        &self,
        seen: u64,
        change: &Change,
        events: &[Envelope],
        cause: Option<&Envelope>,
        now: Timestamp,
    ) -> Result<Outcome, Error> {
        let mut transaction = Transaction::new();
        if let Some(cause) = cause {
            transaction = transaction.once(cause.id, now);
        }
        transaction = transaction.replace("reservation", item(&change.reservation), seen);
        for movement in &change.movements {
            transaction = transaction.update(COUNTERS, counted(movement));
        }
        self.table.commit(emitting(transaction, events)).await
    }

    /// The reply that a correction was given before.
    ///
    /// # Errors
    /// [`KeyReused`] in the inner result; when the table fails.
    pub async fn corrected<T: serde::de::DeserializeOwned>(
        &self,
        claim: &Claim,
    ) -> Result<Result<Option<T>, KeyReused>, Error> {
        claim.reply(&self.table).await
    }

    /// Writes a correction with its reason and the reply to the request, if the counters are as they were `read`: the
    /// reply says what they are afterwards.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn correct(
        &self,
        read: &StockItem,
        correction: &Correction,
        adjustment: &Adjustment,
        event: Option<&Envelope>,
        (claim, reply): (&Claim, &impl Serialize),
    ) -> Result<Outcome, Error> {
        let update = counted(&correction.movement)
            .when_equal("available", &read.available)
            .when_equal("reserved", &read.reserved)
            .when_equal("sold", &read.sold)
            .when_equal("received", &read.received);
        let key = keys::adjustment(&adjustment.sku, adjustment.adjustment_id);
        let transaction = Transaction::new()
            .answer(claim, reply, adjustment.adjusted_at)
            .update(COUNTERS, update)
            .insert("adjustment", Item::new(key, "adjustment", adjustment));
        self.table.commit(emitting(transaction, event)).await
    }
}

fn emitting<'a>(transaction: Transaction, events: impl IntoIterator<Item = &'a Envelope>) -> Transaction {
    events.into_iter().fold(transaction, Transaction::emit)
}

/// A movement as a change of the row's counters. None of them goes below zero.
fn counted(movement: &Movement) -> Update {
    let mut update = Update::new(keys::stock(&movement.sku));
    for (counter, by) in [
        ("available", movement.available),
        ("reserved", movement.reserved),
        ("sold", movement.sold),
        ("received", movement.received),
    ] {
        if by != 0 {
            update = update.add(counter, by);
        }
        if by < 0 {
            update = update.when_at_least(counter, by.unsigned_abs());
        }
    }
    let within = movement.while_available;
    if within.least > 0 {
        update = update.when_at_least("available", within.least);
    }
    match within.most {
        Some(most) => update.when_at_most("available", most),
        None => update,
    }
}

fn item(reservation: &Reservation) -> Item {
    let order_id = reservation.order_id;
    let item = Item::new(keys::reservation(order_id), "reservation", reservation);
    match reservation.status {
        ReservationStatus::Held => {
            item.indexed(3, keys::held_partition(order_id), keys::held_until(reservation))
        }
        ReservationStatus::Committed | ReservationStatus::Released | ReservationStatus::Lost => item,
    }
}
