//! What the row of one SKU can take: the operations themselves over an embedded table, without processes and queues,
//! so that the row is the limit and not the laptop.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::events::{Envelope, OrderEvent, OrderSummary};
use domain::words::id::{OrderId, SessionId, UserId};
use domain::words::money::{Currency, Money};
use domain::words::person::Role;
use edge::queue::Delivery;
use edge::{Admin, Call, Cause, Service, SignedIn};
use engines::faults::{Contention, Throughput};
use engines::testing::table;
use futures::stream::StreamExt;
use jiff::Timestamp;
use products::reservations::reserve_stock::ReserveStock;
use products::reservations::{reserve_stock, settle_reservation};
use products::store::Products;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use store::Table;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;

use super::rates::{Paced, percentile};

const SKU: &str = "POPULAR";

/// The batches of `stock-commands` at a time, and their size, as in the template.
const CONSUMERS: usize = 2;
const BATCH: usize = 10;

/// The outcome of a load.
#[derive(Debug)]
pub struct Outcome {
    /// Reservations per second, and the share of requests that were refused as busy.
    reserved_per_second: f64,
    busy: f64,
    latency: [Duration; 2],
    /// How many batches were settled, for how many reservations, and how many messages failed.
    batches: usize,
    settled: usize,
    failed: usize,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reserved_per_second, busy, latency: [half, most], batches, settled, failed } = self;
        write!(
            f,
            "| {reserved_per_second:.0} | {:.1} % | {} ms | {} ms | {settled} in {batches} | {failed} |",
            busy * 100.0,
            half.as_millis(),
            most.as_millis()
        )
    }
}

/// Reserves one piece per arrival and settles each reservation, and returns how much of it succeeds.
///
/// # Panics
/// Panics if the stock does not balance.
pub async fn reservations_of_one_sku(paced: Paced, row_busy: Duration) -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let engine = table(root.join("functions/products/template.yaml").to_str().expect("a path")).await;
    let products = Products::new(Table::new(engine.client().clone(), engine.name()));
    stock_up(&products).await;
    let contention = Contention { row_busy: Some(row_busy), partition: Some(Throughput::DYNAMODB) };
    engine.endpoint().faults().contend(contention);

    let (sender, messages) = mpsc::unbounded_channel();
    let messages = Arc::new(Mutex::new(messages));
    let consumers: Vec<_> =
        (0..CONSUMERS).map(|_| tokio::spawn(consume(products.clone(), Arc::clone(&messages)))).collect();
    let began = Instant::now();
    let replies: Vec<(bool, Duration)> = paced
        .arrivals()
        .map(|number| {
            let (products, sender) = (products.clone(), sender.clone());
            async move {
                let began = Instant::now();
                let order = OrderId::derived_from(&[&number.to_string()]);
                let reserved = reserve(products, order).await;
                let sent = reserved && sender.send(confirmed(order)).is_ok();
                (sent, began.elapsed())
            }
        })
        .buffer_unordered(paced.count)
        .collect()
        .await;
    let took = began.elapsed();
    drop(sender);
    let (mut batches, mut settled, mut failed) = (0, 0, 0);
    for consumer in consumers {
        let done = consumer.await.expect("a consumer ends");
        (batches, settled, failed) = (batches + done.0, settled + done.1, failed + done.2);
    }
    engine.endpoint().faults().contend(Contention::default());
    let mut latencies: Vec<Duration> = replies.iter().filter(|(ok, _)| *ok).map(|(_, time)| *time).collect();
    let sku = parsed(json!(SKU));
    let stock = products.stock([&sku].into_iter()).await.expect("the stock").remove(0);
    assert!(stock.balances(), "{stock:?}");
    assert_eq!(stock.sold, settled as u64, "{stock:?}");
    Outcome {
        reserved_per_second: latencies.len() as f64 / took.as_secs_f64(),
        busy: 1.0 - latencies.len() as f64 / replies.len() as f64,
        latency: percentile(&mut latencies),
        batches,
        settled,
        failed,
    }
}

type Messages = Arc<Mutex<mpsc::UnboundedReceiver<Envelope>>>;

/// Settles batches until no message comes any more. Returns the batches, the settled messages and the failed ones.
async fn consume(products: Products, messages: Messages) -> (usize, usize, usize) {
    let (mut batches, mut settled, mut failed) = (0, 0, 0);
    loop {
        let mut batch = Vec::new();
        if messages.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            return (batches, settled, failed);
        }
        let now = Timestamp::now();
        let deliveries = batch.into_iter().map(|event| Delivery::new(event, now)).collect();
        let outcomes = settle_reservation(products.clone(), deliveries).await;
        batches += 1;
        settled += outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        failed += outcomes.iter().filter(|outcome| outcome.is_err()).count();
    }
}

async fn reserve(products: Products, order_id: OrderId) -> bool {
    let lines = parsed(json!([{ "sku": SKU, "quantity": 1 }]));
    let caller = Service { arn: "arn:aws:sts::000000000000:assumed-role/place-order/1".to_owned() };
    let request = ReserveStock { order_id, currency: Currency::EUR, lines, expected: Vec::new() };
    reserve_stock(products, Call::new(caller, request, Timestamp::now())).await.is_ok()
}

fn confirmed(order_id: OrderId) -> Envelope {
    let nothing = Money::new(0, Currency::EUR).expect("an amount");
    let user_id = UserId::from_parts(0, 1);
    let summary =
        OrderSummary { order_id, user_id, lines: Vec::new(), total: nothing, tax: nothing, cause: None };
    Cause::new("row").envelope(OrderEvent::Confirmed(summary), Timestamp::now())
}

async fn stock_up(products: &Products) {
    let admin = || {
        let (user_id, session_id) = (UserId::from_parts(0, 1), SessionId::from_parts(0, 1));
        Admin(SignedIn { user_id, session_id, roles: vec![Role::Admin], is_guest: false })
    };
    let new = json!({
        "title": "What everybody wants", "description": "", "slug": "popular", "category": "tableware",
        "status": "active",
        "variants": [{ "sku": SKU, "title": "One", "price": { "amount": 500, "currency": "EUR" }, "tax_rate": 0 }],
    });
    let call = Call::new(admin(), parsed(new), Timestamp::now()).with_header("idempotency-key", "popular");
    products::catalogue::create_product(products.clone(), call).await.expect("the product is created");
    let delivery = parsed(json!({ "delta": 1_000_000, "reason": "enough for all" }));
    let call = Call::new(admin(), delivery, Timestamp::now()).with_path("sku", SKU);
    let call = call.with_header("idempotency-key", "popular");
    products::stock::adjust_stock(products.clone(), call).await.expect("the stock is adjusted");
}

fn parsed<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a value")
}
