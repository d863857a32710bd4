//! Order commands derived from payment and reservation events.

use crate::events::{Event, NotHandled, PaymentEvent, PaymentOutcome, ProductEvent};
use crate::orders::capturing::CaptureNews;
use crate::orders::refunds::RefundOutcome;
use crate::orders::{DisputeNews, PaymentNews};
use crate::words::id::{OrderId, RefundId};
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
        /// The amount of the payment.
        amount: Money,
    },
    /// Record what became of a refund.
    SettleRefund {
        /// The order.
        order_id: OrderId,
        /// The refund.
        refund_id: RefundId,
        /// Its amount.
        amount: Money,
        /// What became of it.
        outcome: RefundOutcome,
    },
    /// Record what became of a capture.
    ApplyCapture(CaptureNews),
    /// The authorisation of the order's payment is about to end.
    EndAuthorization(OrderId),
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
            | Self::SettleRefund { order_id, .. }
            | Self::ApplyCapture(CaptureNews { order_id, .. })
            | Self::EndAuthorization(order_id)
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
    Some(match event {
        PaymentEvent::ActionRequired(payment) => of_attempt(payment, PaymentNews::ActionRequired),
        PaymentEvent::Captured(payment) => of_attempt(payment, PaymentNews::Captured),
        PaymentEvent::Authorized(payment) => of_attempt(payment, PaymentNews::Authorized),
        PaymentEvent::PartCaptured(capture) => Command::ApplyCapture(capture.into()),
        PaymentEvent::CaptureFailed(capture) => Command::ApplyCapture(capture.into()),
        PaymentEvent::AuthorizationEnding(payment) => Command::EndAuthorization(payment.order_id),
        PaymentEvent::Failed(payment) => of_attempt(&payment.outcome, PaymentNews::Failed),
        PaymentEvent::Retried(payment) => of_attempt(payment, PaymentNews::Retried),
        PaymentEvent::RefundSucceeded(refund) => Command::SettleRefund {
            order_id: refund.order_id,
            refund_id: refund.refund_id,
            amount: refund.amount,
            outcome: RefundOutcome::Succeeded,
        },
        PaymentEvent::RefundFailed(refund) => Command::SettleRefund {
            order_id: refund.order_id,
            refund_id: refund.refund_id,
            amount: refund.amount,
            outcome: RefundOutcome::of_failure(refund.is_owed()),
        },
        PaymentEvent::DisputeOpened(opened) => Command::ApplyDispute(opened.into()),
        PaymentEvent::DisputeClosed(closed) => Command::ApplyDispute(closed.into()),
        PaymentEvent::GatewayReported(_) | PaymentEvent::DisputeReported(_) => return None,
    })
}
