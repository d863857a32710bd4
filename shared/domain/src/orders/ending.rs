//! How an order ends: cancelled by its customer or for lack of stock, or expired. The money of an ended order goes back.

use jiff::{SignedDuration, Timestamp};

use super::{Change, Order, OrderRefusal, OrderStatus, PaymentStatus};
use crate::events::{OrderCancelled, OrderEvent, OrderSummary};

/// How long the payment service is left alone with a refund that an ended order has requested, before it is requested again.
pub const REFUND_REQUEST: SignedDuration = SignedDuration::from_hours(1);

impl Order {
    /// Cancels the order, unless it is paid. Returns `None` if it is already cancelled.
    ///
    /// # Errors
    /// If the order is paid or has expired.
    pub fn cancel(&self, now: Timestamp) -> Result<Option<Change>, OrderRefusal> {
        match self.status {
            OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed => {
                Ok(Some(self.end(OrderStatus::Cancelled, OrderEvent::Cancelled, now)))
            }
            OrderStatus::Cancelled => Ok(None),
            OrderStatus::Confirmed => Err(OrderRefusal::AlreadyPaid),
            OrderStatus::Expired | OrderStatus::Unknown => Err(OrderRefusal::Ended),
        }
    }

    /// Cancels the order, even if it is paid: its pieces and its money then go back. Returns `None` if it is already cancelled.
    ///
    /// # Errors
    /// If a part of the order was shipped, or the order has expired.
    pub fn cancel_even_if_paid(&self, now: Timestamp) -> Result<Option<Change>, OrderRefusal> {
        match self.status {
            OrderStatus::Confirmed if self.has_shipped() => Err(OrderRefusal::Shipped),
            OrderStatus::Confirmed => {
                let mut change = self.end(OrderStatus::Cancelled, cancelled_after_payment, now);
                change.order.tells_again = true;
                Ok(Some(change))
            }
            _ => self.cancel(now),
        }
    }

    /// Returns whether its customer can cancel it, even if it is paid in case of `may_be_paid`.
    #[must_use]
    pub fn can_be_cancelled(&self, may_be_paid: bool) -> bool {
        self.is_open() || (may_be_paid && self.status == OrderStatus::Confirmed && !self.has_shipped())
    }

    /// Expires the order if its hold has ended without payment.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Option<Change> {
        (self.is_open() && now >= self.held_until)
            .then(|| self.end(OrderStatus::Expired, OrderEvent::Expired, now))
    }

    /// Expires the order because its stock was released, regardless of the local clock. A paid order requests its stock
    /// again: its confirmation has not reached the product service, and may be in a dead-letter queue.
    #[must_use]
    pub fn reservation_expired(&self, now: Timestamp) -> Option<Change> {
        match self.status {
            OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed => {
                Some(self.end(OrderStatus::Expired, OrderEvent::Expired, now))
            }
            OrderStatus::Confirmed => {
                let event = Some(OrderEvent::StockRequested(self.summary()));
                Some(Change { event, ..self.clone().into() })
            }
            OrderStatus::Cancelled | OrderStatus::Expired | OrderStatus::Unknown => None,
        }
    }

    /// Cancels a paid order whose stock was released before the product service received the confirmation, and has gone
    /// to other orders. The money is refunded. An order of which a part was shipped stays, since its pieces cannot be called back. What
    /// is left of it waits for the staff, who either find the pieces and ship them, or cancel them.
    #[must_use]
    pub fn reservation_lost(&self, now: Timestamp) -> Option<Change> {
        if self.status != OrderStatus::Confirmed {
            return None;
        }
        if !self.has_shipped() {
            return Some(self.end(OrderStatus::Cancelled, OrderEvent::OutOfStock, now));
        }
        let is_news = self.stock_lost_at.is_none();
        is_news.then(|| Self { stock_lost_at: Some(now), updated_at: now, ..self.clone() }.into())
    }

    /// Returns from when on the schedule has something to do for the order, if it has: at the end of its hold it expires; one that was
    /// cancelled after payment says so once more; and a refund that nobody has heard of is requested again.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.is_open() {
            return Some(self.held_until);
        }
        (self.tells_again || self.is_owed_a_refund()).then(|| self.updated_at + REFUND_REQUEST)
    }

    /// Does what is due. Each message may become a dead letter that nobody looks at: the pieces of an order whose end the product
    /// service never heard of would stay sold, and the payment service would keep the money. Both act once, however often they are
    /// told.
    #[must_use]
    pub fn when_due(&self, now: Timestamp) -> Option<Change> {
        self.expire(now).or_else(|| {
            self.due_at().filter(|due| !self.is_open() && *due <= now)?;
            let event = if self.tells_again {
                cancelled_after_payment(self.summary())
            } else {
                OrderEvent::RefundRequested(self.summary())
            };
            let order = Self { tells_again: false, updated_at: now, ..self.clone() };
            Some(Change { event: Some(event), ..order.into() })
        })
    }

    /// Returns whether the order has ended with its customer's money, of which no refund is known.
    fn is_owed_a_refund(&self) -> bool {
        let has_ended = matches!(self.status, OrderStatus::Cancelled | OrderStatus::Expired);
        // A bank that decides for the customer has taken the money for them.
        let gone = self.refunded().and_then(|back| back.plus(self.lost()));
        let is_left = gone.is_ok_and(|gone| self.total.minus(gone).is_ok_and(|left| !left.is_zero()));
        has_ended && self.payment_status == PaymentStatus::Captured && !self.is_disputed() && is_left
    }

    /// An order that ends without the customer having the goods gives its codes back.
    pub(super) fn end(
        &self,
        status: OrderStatus,
        event: fn(OrderSummary) -> OrderEvent,
        now: Timestamp,
    ) -> Change {
        let order = Self { status, updated_at: now, ..self.clone() };
        let event = Some(event(order.summary()));
        let given_back =
            if status == OrderStatus::Confirmed { Vec::new() } else { order.redemptions.clone() };
        Change { event, given_back, ..order.into() }
    }
}

fn cancelled_after_payment(order: OrderSummary) -> OrderEvent {
    OrderEvent::CancelledAfterPayment(OrderCancelled { order })
}
