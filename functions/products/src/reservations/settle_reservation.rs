//! Queue `stock-commands`: commits the reservations of paid orders, and releases those of orders that ended unpaid. Counts what comes
//! back after it was sold.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::events::ReturnedLine;
use domain::stock::{Command, Delta, Reason, Reservation, ReservationStatus};
use domain::words::id::{AdjustmentId, EventId};
use edge::queue::{self, Delivery, Failure};
use jiff::Timestamp;
use store::{Change, Error, Outcome, Stored};

use crate::reservations::rows::{self, ReservationRow};
use crate::stock::rows::{Adjustment, AdjustmentRow};
use crate::store::Products;

/// The outcomes of messages that were handled together.
type Together = BTreeMap<EventId, Result<(), Arc<Error>>>;

/// Settles the reservations of a batch. Those that are still held are settled in one transaction, which changes the
/// counters of each SKU once, however many orders contain it (docs/decisions/0026-a-batch-settles-a-sku-once.md), or in
/// one per shard. The others are settled one by one.
///
/// A settled reservation changes only when its pieces come back. Reservations are never deleted, so the status and the returns that
/// a reservation remembers are the mark against duplicates. An inbox row would cost two write units per order and add nothing
/// (docs/decisions/0018-write-units-of-an-order.md).
///
/// # Errors
/// For a message: if the event is not for products, the table fails, or the order has no reservation. Orders are placed
/// with a reservation, and none is ever deleted, so a missing one needs investigation by an operator. If pieces come back that are not
/// sold; the message that they are may be behind this one.
pub async fn settle_reservation(products: Products, deliveries: Vec<Delivery>) -> Vec<Result<(), Failure>> {
    let together = settle_held(&products, &deliveries).await;
    queue::each(deliveries, |delivery| {
        let (products, settled) = (&products, together.get(&delivery.envelope.id).cloned());
        async move {
            match settled {
                Some(outcome) => outcome.map_err(Failure::from),
                None => settle(products, &delivery).await,
            }
        }
    })
    .await
}

/// Returns the outcomes of the messages that it has handled. Without a transaction that several messages can share, or if
/// one of them prevents it, there are none: each is then settled alone, and fails alone.
async fn settle_held(products: &Products, deliveries: &[Delivery]) -> Together {
    let (mut commands, mut events) = (BTreeMap::new(), BTreeMap::new());
    for delivery in deliveries {
        if let Ok(command) = Command::try_from(&delivery.envelope.event) {
            // The first message of an order. Another one of the same order depends on its result.
            commands.entry(command.order_id()).or_insert(command);
            events.entry(command.order_id()).or_insert(delivery.envelope.id);
        }
    }
    let (Some(trigger), 2..) = (deliveries.first(), commands.len()) else { return Together::new() };
    let keys = commands.keys().map(|order| rows::key(*order)).collect();
    let all = products.table.all::<ReservationRow>(keys);
    let together = match all.change(trigger, |found| rows::settle_together(&found, &commands)).await {
        Ok(together) => together,
        Err(error) => return outcomes(events.into_values().collect(), Err(error)),
    };
    let of = |settled: &Reservation| events.get(&settled.order_id).copied();
    let settled = together
        .into_iter()
        .map(|joined| outcomes(joined.rows.iter().filter_map(of).collect(), joined.written));
    settled.flatten().collect()
}

/// Returns the outcomes of the messages of one transaction.
fn outcomes(events: Vec<EventId>, written: Result<bool, Error>) -> Together {
    match written {
        Ok(true) => {
            tracing::info!(reservations = events.len(), "settled together");
            events.into_iter().map(|event| (event, Ok(()))).collect()
        }
        Ok(false) => Together::new(),
        // Every one of them would wait for the table again.
        Err(error @ (Error::Busy | Error::Unavailable { .. })) => {
            let error = Arc::new(error);
            events.into_iter().map(|event| (event, Err(Arc::clone(&error)))).collect()
        }
        Err(error) => {
            tracing::warn!(%error, "the messages cannot be settled together");
            Together::new()
        }
    }
}

async fn settle(products: &Products, delivery: &Delivery) -> Result<(), Failure> {
    let command = Command::try_from(&delivery.envelope.event)?;
    let order_id = command.order_id();
    let settle = async |found: Option<Stored<Reservation>>| {
        let held = found.ok_or_else(|| format!("the order {order_id} has no reservation"))?.value;
        let takes_stock = held.takes_stock(command);
        let stock = if takes_stock {
            let wanted = held.lines.iter().map(|line| (&line.sku, u64::from(line.quantity.into_inner())));
            products.stock_for(order_id, &wanted.collect::<Vec<_>>()).await?
        } else {
            Vec::new()
        };
        let mistake =
            || Failure::from(format!("inconsistent stock: the pieces held for {order_id} are missing"));
        let change = held.apply(command, &stock).map_err(|error| Failure::from(error.to_string()))?;
        let Some(change) = change else { return Ok::<_, Failure>(None) };
        let change = rows::settle(change, (!takes_stock).then_some(mistake));
        Ok(Some(written_off(command, delivery.now)?.iter().fold(change, Change::insert::<AdjustmentRow>)))
    };
    let settled = products.table.at::<ReservationRow>(rows::key(order_id)).change(delivery, settle).await?;
    if settled.outcome == Outcome::Written
        && settled.row.is_some_and(|row| row.value.status == ReservationStatus::Lost)
    {
        tracing::warn!(%order_id, "paid after the end of its hold and out of stock, the order is cancelled");
    }
    Ok(())
}

/// Returns the adjustments for returned pieces that are not sold again.
fn written_off(command: Command<'_>, now: Timestamp) -> Result<Vec<Adjustment>, Failure> {
    let Command::Receive(returned) = command else { return Ok(Vec::new()) };
    let lines = returned.lines.iter().filter(|line| line.write_off > 0);
    let adjustment = |line: &ReturnedLine| {
        Ok(Adjustment {
            adjustment_id: AdjustmentId::of_return(returned.return_id, line.sku.as_ref()),
            sku: line.sku.clone(),
            delta: Delta::try_new(-i64::from(line.write_off)).map_err(|error| error.to_string())?,
            reason: Reason::try_new(format!("{} of {}", returned.return_id, returned.order_id))
                .map_err(|error| error.to_string())?,
            adjusted_by: returned.received_by,
            adjusted_at: now,
        })
    };
    lines.map(adjustment).collect::<Result<_, String>>().map_err(Failure::from)
}
