//! The shop's books: everything that the services and the payment gateway hold, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::orders::{Order, OrderStatus};
use domain::payments::Payment;
use domain::payments::ledger::{Account, Posting, balance};
use domain::stock::{Reservation, ReservationStatus, StockItem};
use domain::words::id::{OrderId, PaymentId};
use engines::aws::QueueDepth;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;
use serde_json::Value;
use stripe::Intent;

use crate::shop::Shop;

/// All there is, read at one moment of rest.
pub struct Books {
    orders: Vec<Order>,
    payments: BTreeMap<PaymentId, Payment>,
    postings: BTreeMap<PaymentId, Vec<Posting>>,
    reservations: BTreeMap<OrderId, Reservation>,
    stock: Vec<StockItem>,
    notifications: Vec<Value>,
    waiting: Vec<String>,
    intents: Vec<Intent>,
    queues: Vec<QueueDepth>,
}

impl Books {
    /// Reads everything.
    pub async fn of(shop: &Shop) -> Self {
        let payments: Vec<Payment> = typed(shop.rows("payments", "payment").await);
        let mut postings: BTreeMap<PaymentId, Vec<Posting>> = BTreeMap::new();
        for row in shop.rows("payments", "posting").await {
            let partition = row["pk"]["S"].as_str().expect("a partition key");
            let id = partition.strip_prefix("PAYMENT#").expect("a posting is of a payment");
            postings.entry(id.parse().expect("a payment's id")).or_default().extend(typed(vec![row]));
        }
        let reservations: Vec<Reservation> = typed(shop.rows("products", "reservation").await);
        let mut waiting = Vec::new();
        for service in ["users", "products", "orders", "payments"] {
            let rows = shop.rows(service, "outbox").await;
            waiting.extend(rows.iter().map(|row| format!("{service}: {}", row["envelope"]["S"])));
        }
        Self {
            orders: typed(shop.rows("orders", "order").await),
            payments: payments.into_iter().map(|payment| (payment.payment_id, payment)).collect(),
            postings,
            reservations: reservations.into_iter().map(|held| (held.order_id, held)).collect(),
            stock: typed(shop.rows("products", "stock").await),
            notifications: shop.rows("notifications", "notification").await,
            waiting,
            intents: shop.cloud().payment_gateway().intents(),
            queues: shop.cloud().endpoint().queue_depths().await.expect("the queues are counted"),
        }
    }

    /// The orders.
    #[must_use]
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// An order.
    #[must_use]
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.iter().find(|order| order.order_id == id)
    }

    /// A payment.
    #[must_use]
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.get(&id)
    }

    /// The postings of a payment.
    #[must_use]
    pub fn postings(&self, id: PaymentId) -> &[Posting] {
        self.postings.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The reservation of an order.
    #[must_use]
    pub fn reservation(&self, id: OrderId) -> Option<&Reservation> {
        self.reservations.get(&id)
    }

    /// What is not as it must be once the shop is at rest and every hold has ended, a line each: the design's invariants.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        wrong.extend(self.waiting.iter().map(|event| format!("an event is still in the outbox: {event}")));
        // A failure queue tells of records that a stream gave up; their events are in the outbox, or were sent since.
        let queues = self.queues.iter().filter(|queue| !queue.name.ends_with("outbox-failures"));
        let left = queues.filter(|queue| queue.total() > 0);
        wrong.extend(left.map(|queue| format!("{} messages are in {}", queue.total(), queue.name)));
        self.orders.iter().for_each(|order| self.check_order(order, &mut wrong));
        wrong.extend(self.wrong_stock());
        wrong.extend(self.wrong_money());
        // Their key is the event and the recipient, so there is one of each.
        let unsent = self.notifications.iter().filter(|row| row["status"]["S"] != "sent");
        wrong.extend(unsent.map(|row| format!("a notification is not sent: {row}")));
        wrong
    }

    /// One end state, the price for a confirmed order or nothing, and its pieces sold or back.
    fn check_order(&self, order: &Order, wrong: &mut Vec<String>) {
        let id = order.order_id;
        if order.is_open() {
            wrong.push(format!("{id} has not ended: {:?}", order.status));
        }
        let confirmed = order.status == OrderStatus::Confirmed;
        let due = if confirmed { order.total.amount() } else { 0 };
        let held = self.payments.get(&order.payment_id).map_or(0, held);
        if held != due {
            wrong.push(format!("{id} is {:?} and {held} is held for it, not {due}", order.status));
        }
        let pieces = self.reservations.get(&id).map(|reservation| reservation.status);
        let is_settled = match pieces {
            Some(ReservationStatus::Committed) => confirmed,
            Some(ReservationStatus::Released | ReservationStatus::Lost) => !confirmed,
            Some(ReservationStatus::Held | ReservationStatus::Unknown) | None => false,
        };
        if !is_settled {
            wrong.push(format!("{id} is {:?} and its reservation {pieces:?}", order.status));
        }
    }

    /// `available + reserved + sold = received`, nothing reserved any more, and sold what reservations were made for.
    #[must_use]
    pub fn wrong_stock(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let orders: BTreeSet<OrderId> = self.orders.iter().map(|order| order.order_id).collect();
        let mut sold: BTreeMap<String, u64> = BTreeMap::new();
        for reservation in self.reservations.values() {
            match reservation.status {
                ReservationStatus::Committed => {
                    for line in &reservation.lines {
                        *sold.entry(line.sku.to_string()).or_default() +=
                            u64::from(line.quantity.into_inner());
                    }
                }
                ReservationStatus::Held | ReservationStatus::Unknown => {
                    wrong.push(format!("{} is still reserved", reservation.order_id));
                }
                ReservationStatus::Released | ReservationStatus::Lost => {}
            }
            if reservation.status == ReservationStatus::Committed && !orders.contains(&reservation.order_id) {
                wrong.push(format!("{} is sold to no order", reservation.order_id));
            }
        }
        for item in &self.stock {
            let expected = sold.get(&item.sku.to_string()).copied().unwrap_or_default();
            if !item.balances() || item.reserved != 0 || item.sold != expected {
                wrong.push(format!("the stock of {} is {item:?}, and {expected} are sold", item.sku));
            }
        }
        wrong
    }

    /// The ledger balances, says what the payments say, and what the gateway holds.
    #[must_use]
    pub fn wrong_money(&self) -> Vec<String> {
        let (mut wrong, mut booked) = (Vec::new(), 0);
        for (id, payment) in &self.payments {
            let postings = self.postings.get(id).map(Vec::as_slice).unwrap_or_default();
            let ledger = balance(Account::GatewayReceivable, postings);
            booked += ledger;
            let balanced = postings.iter().all(|posting| posting.balances() == Ok(true));
            if !balanced || ledger != i128::from(held(payment)) {
                wrong.push(format!("the ledger has {ledger} for {id}, which holds {}", held(payment)));
            }
        }
        for id in self.postings.keys().filter(|id| !self.payments.contains_key(id)) {
            wrong.push(format!("the ledger has postings of {id}, which does not exist"));
        }
        let mut charges: BTreeMap<Option<&str>, usize> = BTreeMap::new();
        for intent in &self.intents {
            *charges.entry(intent.order_id()).or_default() += intent.successful_charges;
        }
        let twice = charges.into_iter().filter(|(_, count)| *count > 1);
        wrong.extend(twice.map(|(order, count)| format!("{order:?} was charged {count} times")));
        let at_gateway: i128 = self.intents.iter().map(|intent| i128::from(intent.held())).sum();
        if at_gateway != booked {
            wrong.push(format!("the gateway holds {at_gateway}, the ledger {booked}"));
        }
        wrong
    }
}

fn held(payment: &Payment) -> i64 {
    payment.captured.amount() - payment.refunded.amount()
}

/// Rows as the services read them.
pub(crate) fn typed<T: DeserializeOwned>(rows: Vec<Value>) -> Vec<T> {
    let item = |row| serde_json::from_value::<Item>(row).expect("DynamoDB's JSON");
    rows.into_iter().map(|row| serde_dynamo::from_item(item(row)).expect("the row decodes")).collect()
}
