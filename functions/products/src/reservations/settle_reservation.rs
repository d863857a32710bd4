//! Queue `stock-commands`: commits the reservations of paid orders, and releases those of orders that ended unpaid.

use domain::stock::{Command, Reservation, ReservationStatus};
use edge::queue::{Delivery, Failure};
use store::{Outcome, Stored};

use crate::reservations::rows::{self, ReservationRow};
use crate::store::Products;

/// Settles the reservation of an order. A settled reservation does not change, and reservations are never deleted, so
/// the status is the mark against duplicates. An inbox row would cost two write units per order and add nothing
/// (docs/decisions/0018-fifty-write-units.md).
///
/// # Errors
/// If the event is not for products, the table fails, or the order has no reservation. Orders are placed with a
/// reservation, and none is ever deleted, so a missing one needs investigation by an operator.
pub async fn settle_reservation(products: Products, delivery: Delivery) -> Result<(), Failure> {
    let command = Command::try_from(&delivery.envelope.event)?;
    let order_id = command.order_id();
    let settle = async |found: Option<Stored<Reservation>>| {
        let held = found.ok_or_else(|| format!("the order {order_id} has no reservation"))?.value;
        let takes_stock = held.takes_stock(command);
        let stock = if takes_stock {
            products.stock(held.lines.iter().map(|line| &line.sku)).await?
        } else {
            Vec::new()
        };
        let mistake =
            || Failure::from(format!("inconsistent stock: the pieces held for {order_id} are missing"));
        let change = held.apply(command, &stock);
        Ok::<_, Failure>(change.map(|change| rows::settle(change, (!takes_stock).then_some(mistake))))
    };
    let settled = products.table.at::<ReservationRow>(rows::key(order_id)).change(&delivery, settle).await?;
    if settled.outcome == Outcome::Written
        && settled.row.is_some_and(|row| row.value.status == ReservationStatus::Lost)
    {
        tracing::warn!(%order_id, "paid after the end of its hold and out of stock, the order is cancelled");
    }
    Ok(())
}
