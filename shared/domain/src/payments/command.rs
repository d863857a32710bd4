//! Payment commands derived from the events of orders and users, and from the payment service's own.

use crate::events::{
    CaptureRequested, Event, GatewayReported, NotHandled, OrderEvent, OrderPlaced, OrderReowned,
    OrderSummary, PaymentEvent, PaymentOutcome, RefundGranted, UserErased, UserEvent,
};
use crate::payments::GatewayId;
use crate::words::id::{PaymentId, UserId};

/// A command for an order's payment, or for what payments keeps of a customer.
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
    /// Capture a part of what is authorised.
    Capture(CaptureRequested),
    /// The order has become another customer's, and so has its payment.
    Reown(OrderReowned),
    /// Ask the gateway, which has reported a change.
    LookUp(GatewayReported),
    /// Ask the gateway about a dispute, of which it has reported a change.
    LookUpDispute(GatewayId),
    /// The customer's account was erased, and the gateway forgets the customer.
    Forget(UserId),
}

/// What a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// A payment.
    Payment(PaymentId),
    /// A customer.
    Customer(UserId),
    /// A dispute, of which only the gateway knows the payment.
    Dispute(GatewayId),
}

impl Command {
    /// Returns what the command is about.
    #[must_use]
    pub fn about(&self) -> About {
        match self {
            Self::Charge(placed) => About::Payment(PaymentId::of(placed.order.order_id)),
            Self::Retry(attempt) => About::Payment(attempt.payment_id),
            Self::Cancel(order) => About::Payment(PaymentId::of(order.order_id)),
            Self::Refund(refund) => About::Payment(refund.payment_id),
            Self::Capture(capture) => About::Payment(capture.payment_id),
            Self::Reown(order) => About::Payment(PaymentId::of(order.order_id)),
            Self::LookUp(report) => About::Payment(report.payment_id),
            Self::LookUpDispute(name) => About::Dispute(name.clone()),
            Self::Forget(customer) => About::Customer(*customer),
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
            Event::Order(OrderEvent::CaptureRequested(capture)) => Ok(Self::Capture(capture.clone())),
            Event::Order(OrderEvent::Reowned(order)) => Ok(Self::Reown(order.clone())),
            Event::Payment(PaymentEvent::Retried(attempt)) => Ok(Self::Retry(attempt.clone())),
            Event::Payment(PaymentEvent::GatewayReported(report)) => Ok(Self::LookUp(report.clone())),
            Event::Payment(PaymentEvent::DisputeReported(report)) => {
                let name = GatewayId::try_new(report.object_id.clone()).map_err(|_| event.not_handled())?;
                Ok(Self::LookUpDispute(name))
            }
            Event::User(UserEvent::Erased(UserErased { user_id })) => Ok(Self::Forget(*user_id)),
            Event::Order(
                OrderEvent::Confirmed(_)
                | OrderEvent::StockRequested(_)
                | OrderEvent::Shipped(_)
                | OrderEvent::Delivered(_)
                | OrderEvent::ReturnRequested(_)
                | OrderEvent::ReturnDecided(_)
                | OrderEvent::Noted(_)
                | OrderEvent::ConfirmationRequested(_)
                | OrderEvent::LinesCancelled(_)
                | OrderEvent::StatementReceived(_)
                | OrderEvent::LinkRequested(_)
                | OrderEvent::ReturnReceived(_),
            )
            | Event::Payment(
                PaymentEvent::ActionRequired(_)
                | PaymentEvent::Captured(_)
                | PaymentEvent::Authorized(_)
                | PaymentEvent::PartCaptured(_)
                | PaymentEvent::CaptureFailed(_)
                | PaymentEvent::AuthorizationEnding(_)
                | PaymentEvent::Failed(_)
                | PaymentEvent::RefundSucceeded(_)
                | PaymentEvent::RefundFailed(_)
                | PaymentEvent::DisputeOpened(_)
                | PaymentEvent::DisputeClosed(_),
            )
            | Event::User(
                UserEvent::Registered(_)
                | UserEvent::LinkRequested(_)
                | UserEvent::PasswordChanged(_)
                | UserEvent::SecondFactorChanged(_)
                | UserEvent::RolesChanged(_)
                | UserEvent::EmailChanged(_)
                | UserEvent::Merged(_)
                | UserEvent::ErasureRequested(_),
            )
            | Event::Product(_)
            | Event::Staff(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
