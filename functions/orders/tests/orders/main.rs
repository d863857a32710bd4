//! Tests of the orders operations, in process, with an embedded table.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod budgets;
mod cancel_lines;
mod capturing;
mod carts;
mod counter;
mod invoices;
mod metrics;
mod promotions;
mod refunds;
#[path = "orders/mod.rs"]
mod resource;
mod returns;
mod settings;
mod shipments;
mod statements;
mod timeline;

use std::collections::HashMap;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use domain::events::{
    Envelope, Event, OrderEvent, PaymentEvent, PaymentFailed, PaymentOutcome, ProductEvent, Queue,
    ReservationExpired, ReservationLost,
};
use domain::orders::standing::Standing;
use domain::orders::{Checkout, Order, OrderStatus, PaymentStatus, Terms};
use domain::stock::{Reservation, ReservationStatus};
use domain::words::goods::{Goods, Quantity, Sku, Title};
use domain::words::id::{AttemptId, OrderId, PaymentId, SessionId, UserId};
use domain::words::line::PricedLine;
use domain::words::money::{Currency, Money};
use domain::words::pay_with::PayWith;
use domain::words::payment_method::PaymentMethod;
use domain::words::person::{Address, AddressLine, CountryCode, Name};
use edge::queue::Delivery;
use edge::schedule::Tick;
use edge::{Call, Cause, NoBody, Optional, Reply, SignedIn};
use engines::testing::{TestTable, table};
use jiff::{SignedDuration, Timestamp};
use orders::orders::rows::{OrderRow, standing_key};
use orders::orders::{apply_payment_event, cancel_order, expire_orders, get_order, list_orders};
use orders::store::Orders;
use peers::{Peer, UsersClient};
use store::{Change, Error, Table};

struct Shelf {
    orders: Orders,
    table: TestTable,
}

async fn shelf() -> Shelf {
    let table = table(concat!(env!("CARGO_MANIFEST_DIR"), "/template.yaml")).await;
    Shelf { orders: Orders::new(Table::new(table.client().clone(), table.name())), table }
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn ada() -> SignedIn {
    signed_in(1)
}

fn signed_in(number: u128) -> SignedIn {
    SignedIn {
        user_id: UserId::from_parts(0, number),
        session_id: SessionId::from_parts(0, 1),
        roles: Vec::new(),
        is_guest: false,
        merges: None,
    }
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

impl Shelf {
    /// Places an order for Ada that awaits payment, `after` the fixture's time.
    async fn placed(&self, number: u128, after: SignedDuration) -> Order {
        let now = now() + after;
        let held = Reservation {
            order_id: OrderId::from_parts(0, number),
            lines: vec![PricedLine {
                sku: Sku::try_new("CUP-BLUE").unwrap(),
                title: Title::try_new("Espresso cup, Blue").unwrap(),
                quantity: Quantity::try_new(2).unwrap(),
                unit_price: eur(1450),
                total: eur(2900),
                tax: eur(503),
                discount: None,
                tax_rate: None,
                goods: Goods::default(),
            }],
            status: ReservationStatus::Held,
            held_until: now + SignedDuration::from_mins(15),
            taken_from: Vec::new(),
            returned: Vec::new(),
        };
        let line = |text: &str| AddressLine::try_new(text).unwrap();
        let checkout = Checkout {
            terms: Terms::default(),
            user_id: ada().user_id,
            shipping_address: Address {
                name: Name::try_new("Ada").unwrap(),
                line1: line("Calle Mayor 1"),
                line2: None,
                city: line("Madrid"),
                region: None,
                postal_code: Some(line("28013")),
                country: CountryCode::try_new("ES").unwrap(),
            },
            pay_with: PayWith::once(PaymentMethod::try_new("pm_card_visa").unwrap()),
        };
        let (order, event) = Order::place(checkout, held, now).unwrap();
        let change = Change::<OrderRow>::to(order).emit([event]);
        let tick = Tick::new(now, Cause::new("test"));
        let table = Table::new(self.table.client().clone(), self.table.name());
        table.create(&tick, change, None, || Error::Busy).await.unwrap().value
    }

    /// Removes the status from an order's row.
    async fn breaks(&self, order: &Order) {
        self.strips(order, &["status"]).await;
    }

    /// Removes an order from the index of its customer's orders, which shows it later than the table.
    async fn hides(&self, order: &Order) {
        self.strips(order, &["gsi1pk", "gsi1sk"]).await;
    }

    async fn strips(&self, order: &Order, attributes: &[&str]) {
        let key = |value: String| aws_sdk_dynamodb::types::AttributeValue::S(value);
        let names: HashMap<String, String> =
            attributes.iter().map(|name| (format!("#{name}"), (*name).to_owned())).collect();
        let removed: Vec<&str> = names.keys().map(String::as_str).collect();
        self.table
            .client()
            .update_item()
            .table_name(self.table.name())
            .key("pk", key(format!("ORDER#{}", order.order_id)))
            .key("sk", key("ORDER".to_owned()))
            .update_expression(format!("REMOVE {}", removed.join(", ")))
            .set_expression_attribute_names(Some(names.clone()))
            .send()
            .await
            .unwrap();
    }

    async fn standing(&self, user: &SignedIn) -> Option<Standing> {
        let table = Table::new(self.table.client().clone(), self.table.name());
        table.get(&standing_key(user.user_id)).await.unwrap().map(|found| found.value)
    }

    async fn deliver(&self, event: Event) -> Envelope {
        let envelope = Cause::new("test").envelope(event, now());
        apply_payment_event(self.in_force(), Delivery::new(envelope.clone(), now())).await.unwrap();
        envelope
    }

    /// Returns the events in the outbox.
    async fn events(&self) -> Vec<Envelope> {
        let table = Table::new(self.table.client().clone(), self.table.name());
        let waiting =
            store::outbox::older_than(&table, "2100-01-01T00:00:00Z".parse().unwrap()).await.unwrap();
        waiting.events.into_iter().map(|event| serde_json::from_str(&event.unwrap().json).unwrap()).collect()
    }

    async fn state(&self, order: &Order) -> (OrderStatus, PaymentStatus, u64) {
        let found = self.orders.get(order.order_id).await.unwrap().unwrap();
        (found.value.status, found.value.payment_status, found.version)
    }
}

fn outcome(order: &Order) -> PaymentOutcome {
    PaymentOutcome {
        payment_id: PaymentId::from_parts(0, 1),
        attempt_id: AttemptId::from_parts(0, 1),
        order_id: order.order_id,
        user_id: order.user_id,
        amount: order.total,
        attempt: 1,
    }
}

/// Returns the outcome of the second attempt.
fn second(order: &Order) -> PaymentOutcome {
    PaymentOutcome { attempt_id: AttemptId::from_parts(0, 2), attempt: 2, ..outcome(order) }
}

fn failed(order: &Order) -> Event {
    Event::Payment(PaymentEvent::Failed(PaymentFailed {
        outcome: outcome(order),
        decline_code: "card_declined".to_owned(),
    }))
}

/// Returns a client of a user service that is unreachable.
fn absent_users() -> UsersClient {
    UsersClient::new(absent())
}

/// Returns a service that is unreachable.
fn absent() -> Peer {
    // A port that was free a moment ago, so nothing listens on it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let credentials = SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
    let url = format!("http://127.0.0.1:{port}").parse().unwrap();
    Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap()
}
