//! Order commands derived from payment and reservation events.

use crate::events::{Event, NotHandled, PaymentEvent, ProductEvent};
use crate::orders::PaymentNews;
use crate::words::id::OrderId;
use crate::words::money::Money;

/// A command for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Apply an event of the payment service.
    ApplyPayment {
        /// The order.
        order_id: OrderId,
        /// What happened.
        news: PaymentNews,
        /// The amount of the payment or refund.
        amount: Money,
    },
    /// The order's stock was released.
    ReservationExpired(OrderId),
    /// The order was paid, but its stock has gone to other orders.
    ReservationLost(OrderId),
}

impl Command {
    /// Returns whether it reports a declined payment.
    #[must_use]
    pub fn is_decline(&self) -> bool {
        matches!(self, Self::ApplyPayment { news: PaymentNews::Failed, .. })
    }

    /// Returns the id of the affected order.
    #[must_use]
    pub fn order_id(&self) -> OrderId {
        match self {
            Self::ApplyPayment { order_id, .. }
            | Self::ReservationExpired(order_id)
            | Self::ReservationLost(order_id) => *order_id,
        }
    }
}

impl TryFrom<&Event> for Command {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::Payment(event) => Ok(of_payment(event)),
            Event::Product(ProductEvent::ReservationExpired(reservation)) => {
                Ok(Self::ReservationExpired(reservation.order_id))
            }
            Event::Product(ProductEvent::ReservationLost(reservation)) => {
                Ok(Self::ReservationLost(reservation.order_id))
            }
            Event::Product(ProductEvent::StockLow(_) | ProductEvent::StockAnnounced(_))
            | Event::User(_)
            | Event::Order(_)
            | Event::Staff(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}

fn of_payment(event: &PaymentEvent) -> Command {
    let (order_id, news, amount) = match event {
        PaymentEvent::ActionRequired(payment) => {
            (payment.order_id, PaymentNews::ActionRequired, payment.amount)
        }
        PaymentEvent::Captured(payment) => (payment.order_id, PaymentNews::Captured, payment.amount),
        PaymentEvent::Failed(payment) => {
            (payment.outcome.order_id, PaymentNews::Failed, payment.outcome.amount)
        }
        PaymentEvent::RefundSucceeded(refund) => (refund.order_id, PaymentNews::Refunded, refund.amount),
        PaymentEvent::RefundFailed(refund) => (refund.order_id, PaymentNews::RefundFailed, refund.amount),
    };
    Command::ApplyPayment { order_id, news, amount }
}
