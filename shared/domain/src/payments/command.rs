//! Payment commands derived from order events.

use crate::events::{Event, NotHandled, OrderEvent, OrderPlaced, OrderReowned, OrderSummary};
use crate::words::id::OrderId;

/// A command for an order's payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Charge the order.
    Charge(OrderPlaced),
    /// The order has ended: void an uncaptured amount, refund a captured one.
    Cancel(OrderSummary),
    /// The order has become another customer's, and so has its payment.
    Reown(OrderReowned),
}

impl Command {
    /// Returns the order whose payment is affected.
    #[must_use]
    pub fn order_id(&self) -> OrderId {
        match self {
            Self::Charge(placed) => placed.order.order_id,
            Self::Cancel(order) => order.order_id,
            Self::Reown(order) => order.order_id,
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
            Event::Order(OrderEvent::Reowned(order)) => Ok(Self::Reown(order.clone())),
            Event::Order(
                OrderEvent::Confirmed(_) | OrderEvent::StockRequested(_) | OrderEvent::ReturnReceived(_),
            )
            | Event::User(_)
            | Event::Product(_)
            | Event::Payment(_)
            | Event::Staff(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
