//! Queue `order-events`: applies outcomes of payments, refunds and reservations to their orders.

use domain::orders::{Command, Order, OrderStatus, PaymentNews};
use edge::queue::{Delivery, Failure};
use store::{Outcome, Stored};
use telemetry::Metric;

use crate::orders::rows::{self, OrderRow};
use crate::store::Orders;

/// Applies one event. A duplicate or outdated event changes nothing.
///
/// # Errors
/// If the event is not for orders, its order does not exist, or the table fails.
pub async fn apply_payment_event(orders: Orders, delivery: Delivery) -> Result<(), Failure> {
    let command = Command::try_from(&delivery.envelope.event)?;
    let order_id = command.order_id();
    let apply = async |found: Option<Stored<Order>>| match (found, command) {
        (Some(order), command) => {
            let order = order.value;
            let change = order.apply(&command, delivery.now).map(rows::change);
            // Counted even if the order has ended since: a customer who cancels at once has tried a card all the same.
            if command.is_decline() {
                orders.count_decline(&order, change, delivery.now).await
            } else {
                Ok(change)
            }
        }
        // Placing the order failed after its stock was held, so the order was never written. The reservation's expiry
        // releases the stock. All other events refer to an existing order.
        (None, Command::ReservationExpired(_)) => Ok(None),
        (None, _) => Err(Failure::from(format!("the order {order_id} does not exist"))),
    };
    let applied = orders.table.at::<OrderRow>(rows::key(order_id)).consume(&delivery, apply).await?;
    if let (Outcome::Written, Some(order)) = (applied.outcome, applied.row) {
        measure(&order.value, &command);
    }
    Ok(())
}

/// Publishes metrics for a change just written: confirmed orders, captures that differ from the order's total, and paid
/// orders whose stock was released.
fn measure(order: &Order, command: &Command) {
    let is_confirmed = order.status == OrderStatus::Confirmed;
    match command {
        Command::ApplyPayment { news: PaymentNews::Captured, amount, .. } => {
            Metric::CaptureMismatch.publish(u64::from(*amount != order.total));
            if is_confirmed {
                Metric::OrdersConfirmed.publish(1);
            }
        }
        Command::ReservationExpired(order_id) if is_confirmed => {
            tracing::warn!(%order_id, "the stock of a paid order was released, it is requested again");
            Metric::PaidStockReleased.publish(1);
        }
        Command::ApplyPayment { .. }
        | Command::SettleRefund { .. }
        | Command::ApplyDispute(_)
        | Command::ReservationExpired(_)
        | Command::ReservationLost(_) => {}
    }
}
