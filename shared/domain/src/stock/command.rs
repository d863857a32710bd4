//! Reservation commands derived from order events.

use crate::events::{Event, LinesCancelled, NotHandled, OrderEvent, ReturnReceived};
use crate::words::id::OrderId;

/// A command for an order's reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command<'a> {
    /// The order is paid: its pieces are sold.
    Commit(OrderId),
    /// The order has ended unpaid: its pieces are released.
    Release(OrderId),
    /// The order was paid, and cancelled before anything was shipped: its pieces are available again.
    TakeBack(OrderId),
    /// Pieces came back.
    Receive(&'a ReturnReceived),
    /// Pieces are not delivered, and are available again.
    CallOff(&'a LinesCancelled),
}

impl Command<'_> {
    /// Returns the order, and so the reservation.
    #[must_use]
    pub fn order_id(self) -> OrderId {
        match self {
            Self::Commit(order_id) | Self::Release(order_id) | Self::TakeBack(order_id) => order_id,
            Self::Receive(returned) => returned.order_id,
            Self::CallOff(cancelled) => cancelled.order_id,
        }
    }
}

impl<'a> TryFrom<&'a Event> for Command<'a> {
    type Error = NotHandled;

    fn try_from(event: &'a Event) -> Result<Self, NotHandled> {
        match event {
            Event::Order(OrderEvent::Confirmed(order) | OrderEvent::StockRequested(order)) => {
                Ok(Self::Commit(order.order_id))
            }
            Event::Order(OrderEvent::Cancelled(order) | OrderEvent::Expired(order)) => {
                Ok(Self::Release(order.order_id))
            }
            Event::Order(OrderEvent::CancelledAfterPayment(cancelled)) => {
                Ok(Self::TakeBack(cancelled.order.order_id))
            }
            Event::Order(OrderEvent::ReturnReceived(returned)) => Ok(Self::Receive(returned)),
            Event::Order(OrderEvent::LinesCancelled(cancelled)) => Ok(Self::CallOff(cancelled)),
            Event::Order(
                OrderEvent::Placed(_)
                | OrderEvent::OutOfStock(_)
                | OrderEvent::RefundRequested(_)
                | OrderEvent::RefundGranted(_)
                | OrderEvent::CaptureRequested(_)
                | OrderEvent::Shipped(_)
                | OrderEvent::Delivered(_)
                | OrderEvent::ReturnRequested(_)
                | OrderEvent::ReturnDecided(_)
                | OrderEvent::Noted(_)
                | OrderEvent::StatementReceived(_)
                | OrderEvent::LinkRequested(_)
                | OrderEvent::ConfirmationRequested(_)
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
