//! What the events of orders ask of a payment.

use crate::events::{Event, NotHandled, OrderEvent, OrderPlaced, OrderSummary};

/// What to do with an order's payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Charge the order.
    Charge(OrderPlaced),
    /// The order has ended: void what is not captured, refund what is.
    Cancel(OrderSummary),
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
            Event::Order(OrderEvent::Confirmed(_))
            | Event::User(_)
            | Event::Product(_)
            | Event::Payment(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
