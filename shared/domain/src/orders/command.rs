//! Order commands derived from payment and reservation events.

use crate::events::{Event, NotHandled, PaymentEvent, PaymentOutcome, ProductEvent};
use crate::orders::{DisputeNews, PaymentNews};
use crate::words::attempt::first;
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
        /// The attempt to which it happened.
        attempt: u32,
        /// The amount of the payment or refund.
        amount: Money,
    },
    /// Apply the event of a dispute.
    ApplyDispute(DisputeNews),
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
            | Self::ApplyDispute(DisputeNews { order_id, .. })
            | Self::ReservationExpired(order_id)
            | Self::ReservationLost(order_id) => *order_id,
        }
    }
}

impl TryFrom<&Event> for Command {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::Payment(payment) => of_payment(payment).ok_or_else(|| event.not_handled()),
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

/// Returns `None` for an event that concerns the payment service alone.
fn of_payment(event: &PaymentEvent) -> Option<Command> {
    let of_attempt = |payment: &PaymentOutcome, news| Command::ApplyPayment {
        order_id: payment.order_id,
        news,
        attempt: payment.attempt,
        amount: payment.amount,
    };
    // A refund is of the money, whichever attempt captured it.
    let of_refund =
        |order_id, news, amount| Command::ApplyPayment { order_id, news, attempt: first(), amount };
    Some(match event {
        PaymentEvent::ActionRequired(payment) => of_attempt(payment, PaymentNews::ActionRequired),
        PaymentEvent::Captured(payment) => of_attempt(payment, PaymentNews::Captured),
        PaymentEvent::Failed(payment) => of_attempt(&payment.outcome, PaymentNews::Failed),
        PaymentEvent::Retried(payment) => of_attempt(payment, PaymentNews::Retried),
        PaymentEvent::RefundSucceeded(refund) => {
            of_refund(refund.order_id, PaymentNews::Refunded, refund.amount)
        }
        PaymentEvent::RefundFailed(refund) => {
            let news = if refund.is_owed() { PaymentNews::RefundFailed } else { PaymentNews::RefundDropped };
            of_refund(refund.order_id, news, refund.amount)
        }
        PaymentEvent::DisputeOpened(opened) => Command::ApplyDispute(opened.into()),
        PaymentEvent::DisputeClosed(closed) => Command::ApplyDispute(closed.into()),
        PaymentEvent::GatewayReported(_) | PaymentEvent::DisputeReported(_) => return None,
    })
}
