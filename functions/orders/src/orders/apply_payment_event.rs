//! Queue `order-events`: applies outcomes of payments, refunds and reservations to their orders.

use domain::invoices::Draft;
use domain::orders::timeline::Actor;
use domain::orders::{self, Command, Order, OrderStatus, PaymentNews};
use edge::queue::{Delivery, Failure};
use store::{Change, Outcome, Stored};
use telemetry::Metric;

use crate::invoices::issue::Issue;
use crate::orders::rows::{self, OrderRow};
use crate::settings::in_force::InForce;

/// Applies one event. A duplicate or outdated event changes nothing. A refund of what was invoiced issues a credit note.
///
/// # Errors
/// If the event is not for orders, its order does not exist, or the table fails.
pub async fn apply_payment_event(settings: InForce, delivery: Delivery) -> Result<(), Failure> {
    let orders = settings.orders();
    let command = Command::try_from(&delivery.envelope.event)?;
    let order_id = command.order_id();
    let apply = async |found: Option<Stored<Order>>| match (found, command) {
        (Some(order), command) => {
            let change = match order.value.apply(&command, delivery.now) {
                Some(change) => Some(documented(&settings, &order, change, &command, &delivery).await?),
                None => None,
            };
            // Counted even if the order has ended since: a customer who cancels at once has tried a card all the same.
            if command.is_decline() {
                orders.count_decline(&order.value, change, delivery.now).await
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

/// Adds the credit note of a refund that was just paid back, if any of it was invoiced.
async fn documented(
    settings: &InForce,
    before: &Stored<Order>,
    decided: orders::Change,
    command: &Command,
    delivery: &Delivery,
) -> Result<Change<OrderRow, Failure>, Failure> {
    let order = decided.order.clone();
    let change = rows::change(before, decided, Actor::System);
    // Nothing else was invoiced.
    let Command::SettleRefund { refund_id, .. } = command else { return Ok(change) };
    if !order.has_shipped() {
        return Ok(change);
    }
    // Whoever issues another document of the order writes the order as well, so these are all if the change is written.
    let past = settings.orders().documents_of(order.order_id).await?;
    let draft =
        Draft::of_refund(&order, *refund_id, &past).map_err(|error| Failure::from(error.to_string()))?;
    let Some(draft) = draft else { return Ok(change) };
    let in_force = settings.at(delivery.now).await?;
    Ok(Issue::of(draft, settings.orders(), &in_force, delivery.now).await?.write(change))
}

/// Publishes metrics for a change just written: confirmed orders, captures that differ from the order's total, and paid
/// orders whose stock was released, or has gone to other orders after a part was shipped.
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
        // One that was not shipped is cancelled instead.
        Command::ReservationLost(order_id) if is_confirmed => {
            tracing::warn!(%order_id, "the stock of an order that was shipped in part has gone to other orders");
            Metric::ShippedStockLost.publish(1);
        }
        Command::ApplyPayment { .. }
        | Command::SettleRefund { .. }
        | Command::ApplyDispute(_)
        | Command::ReservationExpired(_)
        | Command::ReservationLost(_) => {}
    }
}
