//! Queue `order-events`: what became of payments, refunds and reservations changes the orders they are of.

use domain::event::Event;
use domain::id::OrderId;
use domain::order::{Change, Order, OrderStatus, PaymentNews};
use edge::Metric;
use edge::queue::{Delivery, Failure};
use store::inbox::DUPLICATE;
use store::{Attempt, Outcome, until_committed};

use crate::store::Orders;

/// Applies one event. News that an order has already, or that is older than what it has, changes nothing.
///
/// # Errors
/// When the event is none of these, is of a payment of no order that there is, or the table fails.
pub async fn apply_payment_event(orders: Orders, delivery: Delivery) -> Result<(), Failure> {
    let order_id = subject(&delivery.envelope.event)?;
    until_committed(|| async {
        let Some(found) = orders.get(order_id).await? else { return no_order(order_id, &delivery) };
        let Some(change) = decide(&found.value, &delivery) else {
            return Ok(Attempt::Done(()));
        };
        let event = change.event.map(|event| delivery.caused(event));
        let written =
            orders.replace(found.version, &change.order, event.as_ref(), Some(&delivery.envelope)).await?;
        Ok::<_, Failure>(match written {
            Outcome::Committed => {
                measure(&change.order, &delivery.envelope.event);
                Attempt::Done(())
            }
            Outcome::Refused(DUPLICATE) => Attempt::Done(()),
            Outcome::Refused(_) => Attempt::Raced,
        })
    })
    .await
}

/// Stock may have been held for an order that never came to be: its placing failed in between. That is what reservations
/// run out for, and nothing is left to end. Any other event is of an order that there was.
fn no_order(order_id: OrderId, delivery: &Delivery) -> Result<Attempt<()>, Failure> {
    match delivery.envelope.event {
        Event::ReservationExpired(_) => Ok(Attempt::Done(())),
        _ => Err(format!("there is no order {order_id}").into()),
    }
}

fn subject(event: &Event) -> Result<OrderId, Failure> {
    match event {
        Event::PaymentActionRequired(payment) | Event::PaymentCaptured(payment) => Ok(payment.order_id),
        Event::PaymentFailed(payment) => Ok(payment.outcome.order_id),
        Event::RefundSucceeded(refund) => Ok(refund.order_id),
        Event::ReservationExpired(reservation) => Ok(reservation.order_id),
        Event::ReservationLost(reservation) => Ok(reservation.order_id),
        _ => Err("orders has no use for this type of event".into()),
    }
}

fn decide(order: &Order, delivery: &Delivery) -> Option<Change> {
    let news = match &delivery.envelope.event {
        Event::PaymentActionRequired(_) => PaymentNews::ActionRequired,
        Event::PaymentCaptured(_) => PaymentNews::Captured,
        Event::PaymentFailed(_) => PaymentNews::Failed,
        Event::RefundSucceeded(_) => PaymentNews::Refunded,
        Event::ReservationLost(_) => return order.call_off(delivery.now),
        _ => return order.lose_stock(delivery.now),
    };
    order.hear_of_payment(news, delivery.now)
}

/// Counts what has just been written: orders that are paid, and whether what was taken is what they cost.
fn measure(order: &Order, event: &Event) {
    if let Event::PaymentCaptured(payment) = event {
        Metric::CaptureMismatch.publish(u64::from(payment.amount != order.total));
        if order.status == OrderStatus::Confirmed {
            Metric::OrdersConfirmed.publish(1);
        }
    }
}
