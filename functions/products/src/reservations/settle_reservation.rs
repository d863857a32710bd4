//! Queue `stock-commands`: the pieces of a paid order are sold, those of an order that ended unpaid are released.

use domain::stock::{Command, Reservation, ReservationStatus};
use edge::queue::{Delivery, Failure};
use store::{Outcome, Stored};

use crate::reservations::rows::{self, ReservationRow};
use crate::store::Products;

/// Settles the reservation of an order. A reservation that is settled already stays as it is, and none is ever deleted, so its
/// status is the mark against duplicates; an inbox row would cost two write units an order and add nothing
/// (docs/decisions/0018-fifty-write-units.md).
///
/// # Errors
/// When the event is not for products, or its order has no reservation: an order is placed over a reservation and none is ever
/// deleted, so that is a fault for a person to look at, however the order ended. When the table fails.
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
        let mistake = || Failure::from(format!("what {order_id} holds is not in the stock's books"));
        let change = held.apply(command, &stock);
        Ok::<_, Failure>(change.map(|change| rows::settle(change, (!takes_stock).then_some(mistake))))
    };
    let settled = products.table.at::<ReservationRow>(rows::key(order_id)).change(&delivery, settle).await?;
    if settled.outcome == Outcome::Written
        && settled.row.is_some_and(|row| row.value.status == ReservationStatus::Lost)
    {
        tracing::warn!(%order_id, "paid after its hold had ended, and its stock is gone: the order is cancelled");
    }
    Ok(())
}
