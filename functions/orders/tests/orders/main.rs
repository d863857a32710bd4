//! The operations of orders, called in the process over an embedded table.

#![expect(clippy::unwrap_used, reason = "for tests: what fails here fails the test, at once")]

mod budgets;
mod metrics;
mod placing;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use domain::event::{
    Envelope, Event, PaymentFailed, PaymentOutcome, Queue, ReservationExpired, ReservationLost,
};
use domain::id::{AttemptId, OrderId, PaymentId, SessionId, UserId};
use domain::money::{Currency, Money};
use domain::order::{Checkout, Order, OrderStatus, PaymentMethod, PaymentStatus};
use domain::person::{Address, AddressLine, CountryCode, Name};
use domain::product::{Quantity, Sku, Title};
use domain::stock::{PricedLine, Reservation, ReservationStatus};
use edge::queue::Delivery;
use edge::schedule::Tick;
use edge::{Call, Cause, NoBody, Peer, Reply, SignedIn};
use jiff::{SignedDuration, Timestamp};
use local::testing::{TestTable, table};
use orders::get_order::{Customer, OrderView};
use orders::store::Orders;
use orders::users::Users;
use orders::{apply_payment_event, cancel_order, expire_orders, get_order, list_orders};
use store::idempotency::Claim;
use store::{Outcome, Table};

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
    }
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

impl Shelf {
    /// An order of Ada's that awaits payment, placed `after` the first.
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
            }],
            status: ReservationStatus::Held,
            held_until: now + SignedDuration::from_mins(15),
        };
        let line = |text: &str| AddressLine::try_new(text).unwrap();
        let checkout = Checkout {
            user_id: ada().user_id,
            shipping_address: Address {
                name: Name::try_new("Ada").unwrap(),
                line1: line("Calle Mayor 1"),
                line2: None,
                city: line("Madrid"),
                postal_code: line("28013"),
                country: CountryCode::try_new("ES").unwrap(),
            },
            payment_method: PaymentMethod::try_new("pm_card_visa").unwrap(),
        };
        let (order, event) = Order::place(checkout, held, now).unwrap();
        let claim = Claim::new("place-order", "ada", &number.to_string(), &number).unwrap();
        let event = Cause::new("test").envelope(event, now);
        assert_eq!(self.orders.insert(&order, &event, &claim).await.unwrap(), Outcome::Committed);
        order
    }

    /// Takes the status out of an order's row.
    async fn breaks(&self, order: &Order) {
        let key = |value: String| aws_sdk_dynamodb::types::AttributeValue::S(value);
        self.table
            .client()
            .update_item()
            .table_name(self.table.name())
            .key("pk", key(format!("ORDER#{}", order.order_id)))
            .key("sk", key("ORDER".to_owned()))
            .update_expression("REMOVE #status")
            .expression_attribute_names("#status", "status")
            .send()
            .await
            .unwrap();
    }

    async fn hears(&self, event: Event) -> Envelope {
        let envelope = Cause::new("test").envelope(event, now());
        apply_payment_event(self.orders.clone(), Delivery::new(envelope.clone(), now())).await.unwrap();
        envelope
    }

    /// What waits in the outbox.
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
    }
}

fn failed(order: &Order) -> Event {
    Event::PaymentFailed(PaymentFailed { outcome: outcome(order), decline_code: "card_declined".to_owned() })
}

#[tokio::test]
async fn a_duplicate_changes_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let event = shelf.hears(Event::PaymentCaptured(outcome(&order))).await;
    let confirmed = (OrderStatus::Confirmed, PaymentStatus::Captured, 2);
    assert_eq!(shelf.state(&order).await, confirmed);
    apply_payment_event(shelf.orders.clone(), Delivery::new(event, now())).await.unwrap();
    shelf.hears(Event::PaymentCaptured(outcome(&order))).await;
    assert_eq!(shelf.state(&order).await, confirmed);
}

#[tokio::test]
async fn older_news_changes_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.hears(Event::PaymentCaptured(outcome(&order))).await;
    shelf.hears(failed(&order)).await;
    shelf.hears(Event::PaymentActionRequired(outcome(&order))).await;
    shelf.hears(Event::ReservationExpired(ReservationExpired { order_id: order.order_id })).await;
    assert_eq!(shelf.state(&order).await, (OrderStatus::Confirmed, PaymentStatus::Captured, 2));
}

#[tokio::test]
async fn a_declined_order_can_still_be_paid() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.hears(failed(&order)).await;
    assert_eq!(shelf.state(&order).await, (OrderStatus::PaymentFailed, PaymentStatus::Failed, 2));
    shelf.hears(Event::PaymentCaptured(outcome(&order))).await;
    assert_eq!(shelf.state(&order).await, (OrderStatus::Confirmed, PaymentStatus::Captured, 3));
}

#[tokio::test]
async fn a_paid_order_whose_stock_is_gone_is_called_off() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.hears(Event::PaymentCaptured(outcome(&order))).await;
    for _ in 0..2 {
        shelf.hears(Event::ReservationLost(ReservationLost { order_id: order.order_id })).await;
    }
    assert_eq!(shelf.state(&order).await, (OrderStatus::Cancelled, PaymentStatus::Captured, 3));
}

/// The payment service may never have heard that the order has ended.
#[tokio::test]
async fn money_for_an_order_that_has_ended_is_asked_back_once() {
    let shelf = shelf().await;
    let (expired, given_up) =
        (shelf.placed(1, SignedDuration::ZERO).await, shelf.placed(2, SignedDuration::ZERO).await);
    let call = Call::new(ada(), NoBody, now()).with_path("order_id", given_up.order_id);
    cancel_order(shelf.orders.clone(), call).await.unwrap();
    shelf.hears(Event::ReservationExpired(ReservationExpired { order_id: expired.order_id })).await;
    for order in [&expired, &given_up] {
        let captured = shelf.hears(Event::PaymentCaptured(outcome(order))).await;
        apply_payment_event(shelf.orders.clone(), Delivery::new(captured, now())).await.unwrap();
        shelf.hears(Event::PaymentCaptured(outcome(order))).await;
    }
    assert_eq!(shelf.state(&expired).await, (OrderStatus::Expired, PaymentStatus::Captured, 3));
    assert_eq!(shelf.state(&given_up).await, (OrderStatus::Cancelled, PaymentStatus::Captured, 3));
    let told = shelf.events().await;
    let asked: Vec<_> =
        told.iter().filter(|event| matches!(event.event, Event::RefundRequested(_))).collect();
    let mut orders: Vec<String> = asked.iter().map(|event| event.event.subject()).collect();
    orders.sort();
    assert_eq!(orders, [&expired, &given_up].map(|order| order.order_id.to_string()), "each once");
    assert!(asked.iter().all(|event| event.source == "/bodega/orders"));
    assert!(asked.iter().all(|event| event.event.queues() == [Queue::PaymentCommands]), "and no mail");
}

#[tokio::test]
async fn an_event_of_no_order_fails() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let event =
        Event::PaymentCaptured(PaymentOutcome { order_id: OrderId::from_parts(0, 9), ..outcome(&order) });
    let delivery = Delivery::new(Cause::new("test").envelope(event, now()), now());
    let failure = apply_payment_event(shelf.orders.clone(), delivery).await.unwrap_err();
    assert_eq!(failure.to_string(), "there is no order ord_00000000000000000000000009");
}

#[tokio::test]
async fn stock_that_was_held_for_no_order_is_no_news() {
    let shelf = shelf().await;
    shelf.hears(Event::ReservationExpired(ReservationExpired { order_id: OrderId::from_parts(0, 9) })).await;
    assert_eq!(shelf.orders.get(OrderId::from_parts(0, 9)).await.unwrap(), None);
}

#[tokio::test]
async fn an_order_that_does_not_decode_keeps_no_other_from_expiring() {
    let shelf = shelf().await;
    // Both in one partition of the index, the broken one first.
    let (broken, sound) = (
        shelf.placed(1, SignedDuration::ZERO).await,
        shelf.placed(1 + u128::from(orders::keys::OPEN_SHARDS), SignedDuration::from_secs(1)).await,
    );
    shelf.breaks(&broken).await;
    let tick = Tick::new(sound.held_until, Cause::new("test"));
    let failure = expire_orders(shelf.orders.clone(), tick).await.unwrap_err();
    assert_eq!(failure.to_string(), "1 of 2 that were due failed");
    assert_eq!(shelf.state(&sound).await.0, OrderStatus::Expired);
}

#[tokio::test]
async fn only_what_is_due_expires() {
    let shelf = shelf().await;
    let due = shelf.placed(1, SignedDuration::ZERO).await;
    let later = shelf.placed(2, SignedDuration::from_secs(1)).await;
    let paid = shelf.placed(3, SignedDuration::ZERO).await;
    shelf.hears(Event::PaymentCaptured(outcome(&paid))).await;
    let tick = Tick::new(due.held_until, Cause::new("test"));
    expire_orders(shelf.orders.clone(), tick).await.unwrap();
    assert_eq!(shelf.state(&due).await.0, OrderStatus::Expired);
    assert_eq!(shelf.state(&later).await.0, OrderStatus::AwaitingPayment);
    assert_eq!(shelf.state(&paid).await.0, OrderStatus::Confirmed);
}

#[tokio::test]
async fn cancelling_is_for_the_customer_and_the_unpaid() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let call = |who: SignedIn| Call::new(who, NoBody, now()).with_path("order_id", order.order_id);
    let eve = cancel_order(shelf.orders.clone(), call(signed_in(2))).await.unwrap_err();
    assert_eq!((eve.status().as_u16(), eve.code()), (404, "order_not_found"));
    let stale =
        cancel_order(shelf.orders.clone(), call(ada()).with_header("if-match", "\"7\"")).await.unwrap_err();
    assert_eq!((stale.status().as_u16(), stale.code()), (412, "version_mismatch"));
    let cancelled = cancel_order(shelf.orders.clone(), call(ada())).await.unwrap();
    assert_eq!(cancelled.body().unwrap().status, OrderStatus::Cancelled);
    let again = cancel_order(shelf.orders.clone(), call(ada())).await.unwrap();
    assert_eq!(again, cancelled);
    // Whoever missed the answer asks again, with the version that they had seen (RFC 9110 §13.1.1).
    let repeated =
        cancel_order(shelf.orders.clone(), call(ada()).with_header("if-match", "\"1\"")).await.unwrap();
    assert_eq!(repeated, cancelled);
    let late = shelf.hears(Event::PaymentCaptured(outcome(&order))).await;
    assert_eq!(shelf.state(&order).await.0, OrderStatus::Cancelled, "{late:?} does not bring it back");
}

#[tokio::test]
async fn the_newest_order_comes_first() {
    let shelf = shelf().await;
    for number in 1..=3 {
        shelf.placed(number, SignedDuration::from_millis(i64::try_from(number).unwrap())).await;
    }
    let call = Call::new(ada(), NoBody, now()).with_query("limit=2");
    let page = list_orders(shelf.orders.clone(), call).await.unwrap();
    let ids = |page: &edge::List<Order>| page.items.iter().map(|order| order.order_id).collect::<Vec<_>>();
    let page = page.body().unwrap();
    assert_eq!(ids(page), [OrderId::from_parts(0, 3), OrderId::from_parts(0, 2)]);
    let query = format!("cursor={}", page.next_cursor.as_ref().unwrap());
    let rest =
        list_orders(shelf.orders.clone(), Call::new(ada(), NoBody, now()).with_query(&query)).await.unwrap();
    assert_eq!(ids(rest.body().unwrap()), [OrderId::from_parts(0, 1)]);
    let eve = list_orders(shelf.orders.clone(), Call::new(signed_in(2), NoBody, now())).await.unwrap();
    assert!(eve.body().unwrap().items.is_empty());
}

/// A user service that is not there.
fn absent_users() -> Users {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let credentials = SharedCredentialsProvider::new(Credentials::new("key", "secret", None, None, "test"));
    let url = format!("http://127.0.0.1:{port}").parse().unwrap();
    Users::new(Peer::at(url, "eu-west-1".to_owned(), credentials).unwrap())
}

#[tokio::test]
async fn an_order_comes_without_its_customer_when_the_user_service_is_down() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let call =
        Call::new(ada(), NoBody, now()).with_path("order_id", order.order_id).with_query("expand=user");
    let reply = get_order((shelf.orders.clone(), absent_users()), call).await.unwrap();
    // Without an ETag: the order's version says nothing of whether its customer is shown.
    assert_eq!(reply, Reply::ok(OrderView { order, user: Some(Customer::Unavailable) }));
}
