//! Reservation commands derived from order events.

use crate::events::{Event, NotHandled, OrderEvent};
use crate::words::id::OrderId;

/// A command for an order's reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// The order is paid: its pieces are sold.
    Commit(OrderId),
    /// The order has ended unpaid: its pieces are released.
    Release(OrderId),
}

impl Command {
    /// Returns the order, and so the reservation.
    #[must_use]
    pub fn order_id(self) -> OrderId {
        match self {
            Self::Commit(order_id) | Self::Release(order_id) => order_id,
        }
    }
}

impl TryFrom<&Event> for Command {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::Order(OrderEvent::Confirmed(order) | OrderEvent::StockRequested(order)) => {
                Ok(Self::Commit(order.order_id))
            }
            Event::Order(OrderEvent::Cancelled(order) | OrderEvent::Expired(order)) => {
                Ok(Self::Release(order.order_id))
            }
            Event::Order(
                OrderEvent::Placed(_)
                | OrderEvent::OutOfStock(_)
                | OrderEvent::RefundRequested(_)
                | OrderEvent::Reowned(_),
            )
            | Event::User(_)
            | Event::Product(_)
            | Event::Payment(_)
            | Event::Staff(_)
            | Event::Unknown(_) => Err(event.not_handled()),
        }
    }
}
