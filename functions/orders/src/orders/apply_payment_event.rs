//! Queue `order-events`: the outcome of payments, refunds and reservations changes their orders.

use domain::orders::{Command, Order, OrderStatus, PaymentNews};
use edge::queue::{Delivery, Failure};
use store::Outcome;
use telemetry::Metric;

use crate::store::Orders;

/// Applies one event. An event that the order reflects already, or that is older than its state, changes nothing.
///
/// # Errors
/// When the event is not for orders, its order does not exist, or the table fails.
pub async fn apply_payment_event(orders: Orders, delivery: Delivery) -> Result<(), Failure> {
    let command = Command::try_from(&delivery.envelope.event)?;
    let order_id = command.order_id();
    let applied = orders.consume(order_id, &delivery, |order| match (order, command) {
        (Some(order), command) => Ok(order.apply(&command, delivery.now)),
        // Stock may have been held for an order that was never written: its placing failed in between. That is what
        // reservations expire for, and nothing is left to end. Any other event is of an order that there was.
        (None, Command::ReservationExpired(_)) => Ok(None),
        (None, _) => Err(Failure::from(format!("the order {order_id} does not exist"))),
    });
    let applied = applied.await?;
    if let (Outcome::Written, Some(order)) = (applied.outcome, applied.row) {
        measure(&order.value, &command);
    }
    Ok(())
}

/// Counts what has just been written: orders that are paid, and whether the amount captured is their price.
fn measure(order: &Order, command: &Command) {
    if let Command::ApplyPayment { news: PaymentNews::Captured, amount, .. } = command {
        Metric::CaptureMismatch.publish(u64::from(*amount != order.total));
        if order.status == OrderStatus::Confirmed {
            Metric::OrdersConfirmed.publish(1);
        }
    }
}
