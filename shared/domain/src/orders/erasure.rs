//! What an order loses when its customer's account is erased.

use jiff::Timestamp;

use crate::orders::{Change, Order, OrderStatus, PaymentStatus};
use crate::words::id::UserId;
use crate::words::person::{Address, AddressLine, Name};

/// What stands in an address in place of what was erased. Versions that require these fields still read the order.
const ERASED: &str = "erased";

impl Order {
    /// Erases the addresses and the note of an order that has ended and for which no money ever came. What was sold has to be documented
    /// for years (as German HGB §257 and AO §147 demand), and loses only what its customer has written. Returns `None` for an order with
    /// nothing to erase, and while pieces of it are to be shipped or paid.
    #[must_use]
    pub fn erase_customer(&self, customer: UserId, now: Timestamp) -> Option<Change> {
        let has_ended = matches!(self.status, OrderStatus::Cancelled | OrderStatus::Expired);
        let was_unpaid = matches!(
            self.payment_status,
            PaymentStatus::Pending
                | PaymentStatus::ActionRequired
                | PaymentStatus::Failed
                | PaymentStatus::Authorized
        );
        let is_over = has_ended || (self.status == OrderStatus::Confirmed && !self.has_left_to_ship());
        if self.user_id != customer || !is_over {
            return None;
        }
        let mut order = Self { note: None, ..self.clone() };
        order.returns.iter_mut().for_each(|returned| returned.note = None);
        if has_ended && was_unpaid {
            (order.shipping_address, order.billing_address) = (erased(&self.shipping_address)?, None);
        }
        (order != *self).then(|| Self { updated_at: now, ..order }.into())
    }
}

/// Returns an address with nothing but its country, which tells where orders go and not whose they were.
fn erased(address: &Address) -> Option<Address> {
    let line = || AddressLine::try_new(ERASED).ok();
    Some(Address {
        name: Name::try_new(ERASED).ok()?,
        line1: line()?,
        line2: None,
        city: line()?,
        region: None,
        postal_code: None,
        country: address.country.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carts::CartNote;
    use crate::orders::PaymentNews;
    use crate::orders::tests::placed_as;
    use crate::words::id::{OrderId, ShipmentId};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn an_order_that_ended_unpaid_keeps_its_country_alone() {
        let placed = placed_as(OrderId::from_parts(0, 1));
        let customer = placed.user_id;
        assert_eq!(placed.erase_customer(customer, NOW), None, "it has not ended");
        let cancelled = placed.cancel(NOW).unwrap().unwrap().order;
        assert_eq!(cancelled.erase_customer(UserId::from_parts(9, 9), NOW), None, "another customer's");
        let erased = cancelled.erase_customer(customer, NOW).unwrap();
        assert_eq!(erased.event, None);
        let address = serde_json::to_value(&erased.order.shipping_address).unwrap();
        let country = &placed.shipping_address.country;
        let expected =
            serde_json::json!({ "name": "erased", "line1": "erased", "city": "erased", "country": country });
        assert_eq!(address, expected);
        assert_eq!(erased.order.erase_customer(customer, NOW), None, "once");
        assert_eq!(erased.order.lines, placed.lines);
    }

    #[test]
    fn what_an_earlier_version_has_left_is_erased() {
        let placed = placed_as(OrderId::from_parts(0, 1));
        let cancelled = placed.cancel(NOW).unwrap().unwrap().order;
        let erased = cancelled.erase_customer(placed.user_id, NOW).unwrap().order;
        let note = CartNote::try_new("Ring twice.").ok();
        for left in [
            Order { billing_address: Some(placed.shipping_address.clone()), ..erased.clone() },
            Order { note, ..erased.clone() },
        ] {
            assert_eq!(left.erase_customer(placed.user_id, NOW).unwrap().order, erased);
        }
    }

    #[test]
    fn an_order_for_which_money_came_loses_its_note_alone() {
        let note = CartNote::try_new("Ring twice.").ok();
        let placed = Order { note, ..placed_as(OrderId::from_parts(0, 1)) };
        let paid = placed.apply_payment(PaymentNews::Captured, 1, NOW).unwrap().order;
        assert_eq!(paid.erase_customer(paid.user_id, NOW), None, "it is to be shipped");
        let parcel = serde_json::from_str(r#"{ "carrier": "Correos" }"#).unwrap();
        let shipped = paid.ship(ShipmentId::from_parts(0, 1), &parcel, NOW).unwrap().change.unwrap().order;
        let erased = shipped.erase_customer(paid.user_id, NOW).unwrap().order;
        assert_eq!(erased, Order { note: None, ..shipped });
    }

    #[test]
    fn an_order_for_which_money_came_keeps_its_addresses() {
        let placed = placed_as(OrderId::from_parts(0, 1));
        let paid = placed.apply_payment(PaymentNews::Captured, 1, NOW).unwrap().order;
        assert_eq!(paid.erase_customer(paid.user_id, NOW), None);
        let cancelled = placed.cancel(NOW).unwrap().unwrap().order;
        let late = cancelled.apply_payment(PaymentNews::Captured, 1, NOW).unwrap().order;
        assert_eq!(late.erase_customer(late.user_id, NOW), None, "it is to be refunded");
        let refunded = late.apply_payment(PaymentNews::Refunded, 1, NOW).unwrap().order;
        assert_eq!(refunded.erase_customer(refunded.user_id, NOW), None, "and was");
    }
}
