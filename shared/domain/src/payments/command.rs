//! Payment commands derived from the events of orders, and from the payment service's own.

use crate::events::{
    Event, GatewayReported, NotHandled, OrderEvent, OrderPlaced, OrderReowned, OrderSummary, PaymentEvent,
    PaymentOutcome, RefundGranted,
};
use crate::words::id::PaymentId;

/// A command for an order's payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Charge the order.
    Charge(OrderPlaced),
    /// Charge the order with another payment method, which is recorded already.
    Retry(PaymentOutcome),
    /// The order has ended: void an uncaptured amount, refund a captured one.
    Cancel(OrderSummary),
    /// Refund a part of the captured amount.
    Refund(RefundGranted),
    /// The order has become another customer's, and so has its payment.
    Reown(OrderReowned),
    /// Ask the gateway, which has reported a change.
    LookUp(GatewayReported),
}

impl Command {
    /// Returns the affected payment.
    #[must_use]
    pub fn payment_id(&self) -> PaymentId {
        match self {
            Self::Charge(placed) => PaymentId::of(placed.order.order_id),
            Self::Retry(attempt) => attempt.payment_id,
            Self::Cancel(order) => PaymentId::of(order.order_id),
            Self::Refund(refund) => refund.payment_id,
            Self::Reown(order) => PaymentId::of(order.order_id),
            Self::LookUp(report) => report.payment_id,
        }
    }
}

impl TryFrom<&Event> for Command {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::Order(OrderEvent::Placed(placed)) => Ok(Self::Charge(placed.clone())),
            Event::Order(
                OrderEvent::Cancelled(order)
                | OrderEvent::Expired(order)
                | OrderEvent::OutOfStock(order)
                | OrderEvent::RefundRequested(order),
            ) => Ok(Self::Cancel(order.clone())),
            Event::Order(OrderEvent::CancelledAfterPayment(cancelled)) => {
                Ok(Self::Cancel(cancelled.order.clone()))
            }
            Event::Order(OrderEvent::RefundGranted(refund)) => Ok(Self::Refund(refund.clone())),
            Event::Order(OrderEvent::Reowned(order)) => Ok(Self::Reown(order.clone())),
            Event::Payment(PaymentEvent::Retried(attempt)) => Ok(Self::Retry(attempt.clone())),
            Event::Payment(PaymentEvent::GatewayReported(report)) => Ok(Self::LookUp(report.clone())),
            Event::Order(
                OrderEvent::Confirmed(_) | OrderEvent::StockRequested(_) | OrderEvent::ReturnReceived(_),
            )
            | Event::Payment(
                PaymentEvent::ActionRequired(_)
                | PaymentEvent::Captured(_)
                | PaymentEvent::Failed(_)
                | PaymentEvent::RefundSucceeded(_)
                | PaymentEvent::RefundFailed(_),
            )
            | Event::User(_)
            | Event::Product(_)
            | Event::Staff(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
