//! What has to be true of the shop: at every moment, and once all has come to rest.

use std::collections::BTreeMap;

use domain::events::{Event, OrderEvent, PaymentEvent, ProductEvent, Queue, UserEvent};
use domain::orders::{Order, OrderStatus, PaymentStatus};
use domain::payments::ledger::{Account, balance};
use domain::payments::{self, Payment};
use domain::stock::ReservationStatus;
use domain::words::goods::Sku;
use domain::words::id::OrderId;

use crate::world::World;

impl World {
    /// What is true at every moment.
    pub fn check(&self) {
        for item in &self.stock {
            assert!(item.balances(), "{item:?}");
            assert_eq!(item.reserved, self.pieces(&item.sku, ReservationStatus::Held), "{item:?}");
            assert_eq!(item.sold, self.pieces(&item.sku, ReservationStatus::Committed), "{item:?}");
        }
        for order in self.orders.values() {
            let (taken, back) = (self.gateway.taken(order.order_id), self.gateway.given_back(order.order_id));
            assert!(taken.is_empty() || taken == [order.total.amount()], "{taken:?} was taken for {order:?}");
            assert!(back <= taken.iter().sum(), "{back} of {taken:?} was given back");
        }
        for payment in self.payments.values() {
            self.check_books(payment);
        }
        self.check_said();
    }

    /// What is true in the end.
    pub fn check_at_rest(&self) {
        assert!(self.stock.iter().all(|item| item.reserved == 0), "{:?}", self.stock);
        for (order_id, reservation) in &self.reservations {
            let is_sold = reservation.status == ReservationStatus::Committed;
            assert_eq!(is_sold, self.is_confirmed(*order_id), "{reservation:?}");
        }
        for order in self.orders.values() {
            self.check_ended(order);
            self.check_money(order);
        }
        let for_mail: Vec<_> =
            self.messages.iter().filter(|message| message.queue == Queue::NotificationRequests).collect();
        assert_eq!(self.mails.len(), for_mail.len(), "one notification an event");
    }

    /// The ledger holds what the payment says, and that is all of the price or nothing.
    fn check_books(&self, payment: &Payment) {
        let held = payment.captured.minus(payment.refunded).expect("no more given back than taken");
        assert!(held.is_zero() || held == payment.amount, "{payment:?}");
        let postings = self.postings.get(&payment.payment_id).map(Vec::as_slice).unwrap_or_default();
        assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
        let of = |account| balance(account, postings);
        assert_eq!(of(Account::GatewayReceivable), i128::from(held.amount()), "{payment:?}");
        assert_eq!(of(Account::CustomerOrders), -i128::from(held.amount()), "{payment:?}");
    }

    /// Nothing is said twice of one order.
    fn check_said(&self) {
        let mut said = BTreeMap::new();
        for event in &self.said {
            let Some(order) = order_of(event) else { continue };
            let kinds: &mut Vec<_> = said.entry(order).or_default();
            assert!(!kinds.contains(&event.name()), "said twice: {event:?}");
            kinds.push(event.name());
        }
    }

    fn check_ended(&self, order: &Order) {
        let heard = |is: fn(&Event) -> bool| {
            self.said.iter().any(|event| order_of(event) == Some(order.order_id) && is(event))
        };
        let confirmed = heard(|event| matches!(event, Event::Order(OrderEvent::Confirmed(_))));
        let cancelled = heard(|event| matches!(event, Event::Order(OrderEvent::Cancelled(_))));
        let expired = heard(|event| matches!(event, Event::Order(OrderEvent::Expired(_))));
        let called_off = heard(|event| matches!(event, Event::Order(OrderEvent::OutOfStock(_))));
        let asked_back = heard(|event| matches!(event, Event::Order(OrderEvent::RefundRequested(_))));
        assert!(!asked_back || (!confirmed && !called_off), "asked back twice, or too much: {order:?}");
        let expected = match order.status {
            OrderStatus::Confirmed => (true, false, false, false),
            OrderStatus::Cancelled if confirmed => (true, false, false, true),
            OrderStatus::Cancelled => (false, true, false, false),
            OrderStatus::Expired => (false, false, true, false),
            OrderStatus::AwaitingPayment | OrderStatus::PaymentFailed | OrderStatus::Unknown => {
                panic!("{order:?} has not ended")
            }
        };
        assert_eq!((confirmed, cancelled, expired, called_off), expected, "what was said of {order:?}");
    }

    /// The gateway, the payment service and the order agree on where the money is.
    fn check_money(&self, order: &Order) {
        let price = order.total.amount();
        let (taken, back) = (self.gateway.taken(order.order_id), self.gateway.given_back(order.order_id));
        let held = taken.iter().sum::<i64>() - back;
        let due = if order.status == OrderStatus::Confirmed { price } else { 0 };
        assert_eq!(held, due, "what the gateway holds for {order:?}");
        let payment = &self.payments[&order.payment_id];
        assert_eq!(payment.captured.amount() - payment.refunded.amount(), held, "{payment:?}");
        assert_eq!(payment.captured.amount(), taken.iter().sum::<i64>(), "{payment:?}");
        assert_eq!(payment.due(), None, "{payment:?}");
        let known = match (payment.status, taken.is_empty()) {
            (payments::PaymentStatus::Captured, false) => order.payment_status == PaymentStatus::Captured,
            (payments::PaymentStatus::Refunded, false) => order.payment_status == PaymentStatus::Refunded,
            (payments::PaymentStatus::Voided, true) => {
                !matches!(order.payment_status, PaymentStatus::Captured | PaymentStatus::Refunded)
            }
            _ => false,
        };
        assert!(known, "{order:?} does not know of {payment:?}");
    }

    fn pieces(&self, sku: &Sku, status: ReservationStatus) -> u64 {
        let reservations = self.reservations.values().filter(|reservation| reservation.status == status);
        let lines = reservations.flat_map(|reservation| &reservation.lines).filter(|line| line.sku == *sku);
        lines.map(|line| u64::from(line.quantity.into_inner())).sum()
    }
}

/// The order that an event is about.
pub fn order_of(event: &Event) -> Option<OrderId> {
    match event {
        Event::Order(OrderEvent::Placed(placed)) => Some(placed.order.order_id),
        Event::Order(OrderEvent::Confirmed(order))
        | Event::Order(OrderEvent::Cancelled(order))
        | Event::Order(OrderEvent::Expired(order))
        | Event::Order(OrderEvent::OutOfStock(order))
        | Event::Order(OrderEvent::RefundRequested(order)) => Some(order.order_id),
        Event::Payment(PaymentEvent::ActionRequired(payment))
        | Event::Payment(PaymentEvent::Captured(payment)) => Some(payment.order_id),
        Event::Payment(PaymentEvent::Failed(payment)) => Some(payment.outcome.order_id),
        Event::Payment(PaymentEvent::RefundSucceeded(refund)) => Some(refund.order_id),
        Event::Product(ProductEvent::ReservationExpired(reservation)) => Some(reservation.order_id),
        Event::Product(ProductEvent::ReservationLost(reservation)) => Some(reservation.order_id),
        Event::User(UserEvent::Registered(_))
        | Event::Product(ProductEvent::StockLow(_))
        | Event::Unknown(_) => None,
    }
}
