//! The mail about an order is sent once more.

use jiff::{SignedDuration, Timestamp};

use super::{Change, Order, OrderRefusal, OrderStatus};
use crate::events::{ConfirmationRequested, OrderEvent, OrderState};

/// How often the mail about an order can be asked for within [`PERIOD`].
pub const MOST: usize = 3;

/// How long a request counts.
pub const PERIOD: SignedDuration = SignedDuration::from_hours(24);

impl Order {
    /// Has the mail about the order sent once more.
    ///
    /// # Errors
    /// If that was asked for three times within a day.
    pub fn confirm_again(&self, now: Timestamp) -> Result<Change, OrderRefusal> {
        let mut mailed_at = self.mailed_at.clone();
        mailed_at.retain(|at| now.duration_since(*at) < PERIOD);
        if mailed_at.len() >= MOST {
            return Err(OrderRefusal::TooManyMails);
        }
        mailed_at.push(now);
        let state = match self.status {
            OrderStatus::Confirmed if self.has_shipped() => OrderState::Shipped,
            OrderStatus::Confirmed => OrderState::Confirmed,
            OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed => OrderState::Received,
            OrderStatus::Cancelled | OrderStatus::Expired | OrderStatus::Unknown => OrderState::Ended,
        };
        let order = self.summary();
        let event = Some(OrderEvent::ConfirmationRequested(ConfirmationRequested { order, state }));
        // Nothing of the order changes, so neither does when it last has.
        Ok(Change { event, ..Self { mailed_at, ..self.clone() }.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::PaymentNews;
    use crate::orders::tests::placed_as;
    use crate::orders::timeline::Actor;
    use crate::words::id::OrderId;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    #[test]
    fn the_mail_is_sent_again_three_times_a_day() {
        let placed = placed_as(OrderId::from_parts(0, 1));
        let again = |order: &Order, hour| order.confirm_again(at(hour)).map(|change| change.order);
        let third = again(&again(&again(&placed, 0).unwrap(), 1).unwrap(), 2).unwrap();
        assert_eq!(again(&third, 23), Err(OrderRefusal::TooManyMails));
        let fourth = again(&third, 24).unwrap();
        assert_eq!(fourth.mailed_at, [at(1), at(2), at(24)]);
        assert_eq!(Order { mailed_at: Vec::new(), ..fourth }, placed, "nothing else changes");
    }

    #[test]
    fn the_mail_says_how_far_the_order_is() {
        let placed = placed_as(OrderId::from_parts(0, 1));
        let paid = placed.apply_payment(PaymentNews::Captured, 1, at(0)).unwrap().order;
        let cancelled = placed.cancel(at(0)).unwrap().unwrap().order;
        for (order, expected) in
            [(&placed, OrderState::Received), (&paid, OrderState::Confirmed), (&cancelled, OrderState::Ended)]
        {
            let change = order.confirm_again(at(1)).unwrap();
            assert_eq!(change.entries(order, Actor::Customer), []);
            let Some(OrderEvent::ConfirmationRequested(requested)) = change.event else {
                panic!("{change:?}")
            };
            assert_eq!((requested.state, requested.order), (expected, order.summary()));
        }
    }
}
