//! Tests of the products operations, in process, with an embedded table.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic fails the test")]

mod backorders;
mod books;
mod budgets;
mod catalogue;
mod categories;
mod contention;
mod events;
mod images;
mod imports;
mod keeping;
mod leftovers;
mod low_stock;
mod prices;
mod quotes;
mod reservations;
mod returns;
mod search;
mod shards;
mod snapshots;
mod stock;
mod uploads;
mod variants;
mod watches;

use domain::catalogue::{NewProduct, Product};
use domain::events::{Envelope, Event, OrderEvent, OrderSummary, StaffActed, StaffEvent};
use domain::stock::{Reservation, Stock, StockItem};
use domain::words::goods::Sku;
use domain::words::id::{OrderId, ProductId, SessionId, UserId};
use domain::words::line::{Line, Lines};
use domain::words::money::{Currency, Money};
use domain::words::person::Role;
use edge::queue::{Delivery, Failure};
use edge::schedule::Tick;
use edge::{Call, Cause, Problem, Service, SignedIn, Staff};
use engines::testing::{TestTable, table};
use jiff::{SignedDuration, Timestamp};
use products::catalogue::create_product;
use products::reservations::reserve_stock::ReserveStock;
use products::reservations::{expire_reservations, reserve_stock, settle_reservation};
use products::stock::adjust_stock;
use products::stock::adjust_stock::{AdjustStock, StockLevel};
use products::store::Products;
use serde_json::{Value, json};
use store::Table;

/// The product service with its own table.
struct Shop {
    products: Products,
    table: Table,
    engine: TestTable,
}

async fn shop() -> Shop {
    let engine = table(concat!(env!("CARGO_MANIFEST_DIR"), "/template.yaml")).await;
    let table = Table::new(engine.client().clone(), engine.name());
    Shop { products: Products::new(table.clone()), table, engine }
}

/// Creates a shop with two SKUs, `CUP-BLUE` at 14.50 and `CUP-RED` at 15.50, and `pieces` of each.
async fn shop_with(pieces: i64) -> Shop {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    for sku in ["CUP-BLUE", "CUP-RED"] {
        shop.adjust(sku, pieces, sku).await.unwrap();
    }
    shop
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn staff() -> Staff {
    let user_id = UserId::from_parts(0, 1);
    Staff(SignedIn {
        user_id,
        session_id: SessionId::from_parts(0, 1),
        roles: vec![Role::Staff],
        is_guest: false,
        merges: None,
    })
}

fn sku(text: &str) -> Sku {
    text.parse().unwrap()
}

fn order(number: u64) -> OrderId {
    OrderId::derived_from(&[&number.to_string()])
}

fn parsed<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn variant(sku: &str, title: &str, amount: i64) -> Value {
    json!({ "sku": sku, "title": title, "price": { "amount": amount, "currency": "EUR" }, "tax_rate": 2100 })
}

fn cups() -> Value {
    json!({
        "title": "Espresso cup",
        "description": "Stoneware, 90 ml.",
        "slug": "espresso-cup",
        "category": "kitchen",
        "variants": [variant("CUP-BLUE", "Blue", 1450), variant("CUP-RED", "Red", 1550)],
        "status": "active",
    })
}

fn product(slug: &str, category: &str, sku: &str, status: &str) -> Value {
    json!({
        "title": slug, "description": "", "slug": slug, "category": category, "status": status,
        "variants": [variant(sku, "One", 500)],
    })
}

fn lines(of: &[(&str, u32)]) -> Lines {
    let line = |(sku, quantity): &(&str, u32)| parsed::<Line>(json!({ "sku": sku, "quantity": quantity }));
    Lines::try_from(of.iter().map(line).collect::<Vec<_>>()).unwrap()
}

impl Shop {
    async fn create(&self, new: Value) -> Result<Product, Problem> {
        let call = Call::new(staff(), parsed::<NewProduct>(new), now());
        Ok(create_product(self.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn adjust(&self, sku: &str, delta: i64, key: &str) -> Result<StockLevel, Problem> {
        let body: AdjustStock = parsed(json!({ "delta": delta, "reason": "counted" }));
        let call = Call::new(staff(), body, now()).with_path("sku", sku).with_header("idempotency-key", key);
        Ok(adjust_stock(self.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn reserve(&self, order: OrderId, of: &[(&str, u32)]) -> Result<Reservation, Problem> {
        self.reserve_in(order, Currency::EUR, lines(of)).await
    }

    async fn reserve_in(
        &self,
        order_id: OrderId,
        currency: Currency,
        lines: Lines,
    ) -> Result<Reservation, Problem> {
        let caller = Service { arn: "arn:aws:sts::000000000000:assumed-role/place-order/1".to_owned() };
        let call = Call::new(caller, ReserveStock { order_id, currency, lines, expected: Vec::new() }, now());
        Ok(reserve_stock(self.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn deliver(&self, event: &Envelope) -> Result<(), Failure> {
        self.deliver_all(std::slice::from_ref(event)).await.remove(0)
    }

    /// Delivers events in one batch.
    async fn deliver_all(&self, events: &[Envelope]) -> Vec<Result<(), Failure>> {
        let in_ten_seconds = Timestamp::now() + SignedDuration::from_secs(10);
        let delivery = |event: &Envelope| Delivery::new(event.clone(), now()).until(in_ten_seconds);
        settle_reservation(self.products.clone(), events.iter().map(delivery).collect()).await
    }

    async fn expire(&self, after: SignedDuration) -> Result<(), Failure> {
        let tick = Tick::new(now() + after, Cause::new("schedule"));
        expire_reservations(self.products.clone(), tick).await
    }

    async fn stock(&self, sku: &str) -> Stock {
        self.products.stock([&sku.parse().unwrap()].into_iter()).await.unwrap().remove(0)
    }

    async fn item(&self, sku: &str) -> StockItem {
        self.stock(sku).await.total()
    }

    /// Returns the counters: available, reserved, sold, received.
    async fn counters(&self, sku: &str) -> [u64; 4] {
        let stock = self.stock(sku).await;
        assert!(stock.balances(), "{stock:?}");
        let item = stock.total();
        [item.available, item.reserved, item.sold, item.received]
    }

    /// Returns the events in the outbox but those for the record.
    async fn outbox(&self) -> Vec<Event> {
        let events = self.events().await.into_iter();
        events.filter(|event| !matches!(event, Event::Staff(_))).collect()
    }

    /// Returns what the staff have done, for the record: the operation and its subject, sorted.
    async fn acted(&self) -> Vec<String> {
        let acted = self.events().await.into_iter().filter_map(|event| match event {
            Event::Staff(StaffEvent::Acted(acted)) => Some(acted),
            _ => None,
        });
        let act = |acted: StaffActed| {
            assert_eq!(acted.actor, staff().0.user_id);
            format!("{} {}", acted.action.as_ref(), acted.subject)
        };
        let mut acted: Vec<String> = acted.map(act).collect();
        acted.sort();
        acted
    }

    async fn events(&self) -> Vec<Event> {
        let waiting =
            store::outbox::older_than(&self.table, now() + SignedDuration::from_hours(24)).await.unwrap();
        waiting.events.into_iter().map(|waiting| waiting.unwrap().envelope.event).collect()
    }
}

/// What S3 reports about an upload.
fn uploaded_to(bucket: &str, key: &str) -> Value {
    json!({ "Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-west-1",
        "eventTime": "2026-11-29T12:00:00.000Z", "eventName": "ObjectCreated:Put",
        "userIdentity": { "principalId": "AWS:x" }, "requestParameters": { "sourceIPAddress": "203.0.113.7" },
        "responseElements": { "x-amz-request-id": "C3D13FE58DE4C810" },
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "files",
            "bucket": { "name": bucket, "ownerIdentity": { "principalId": "x" }, "arn": format!("arn:aws:s3:::{bucket}") },
            "object": { "key": key, "size": 1, "eTag": "x", "sequencer": "1" },
        },
    }] })
}

/// Wraps an event of an order in its envelope.
fn news(event: fn(OrderSummary) -> OrderEvent, order_id: OrderId) -> Envelope {
    let nothing = Money::new(0, Currency::EUR).unwrap();
    let user_id = UserId::from_parts(0, 2);
    let summary = OrderSummary {
        order_id,
        user_id,
        lines: Vec::new(),
        total: nothing,
        tax: nothing,
        cause: None,
        number: None,
        shipping: None,
        reduction: None,
    };
    Cause::new("checkout").envelope(event(summary), now())
}
