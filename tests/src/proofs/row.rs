//! What the row of one SKU can take, or its shards: the operations themselves over an embedded table, without processes
//! and queues, so that the rows are the limit and not the laptop.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::events::{Envelope, OrderEvent, OrderSummary};
use domain::stock::StockItem;
use domain::words::id::{OrderId, SessionId, UserId};
use domain::words::money::{Currency, Money};
use domain::words::person::Role;
use edge::queue::Delivery;
use edge::schedule::Tick;
use edge::{Call, Cause, Problem, Service, SignedIn, Staff};
use engines::faults::{Contention, Throughput};
use engines::testing::{TestTable, table};
use futures::future::join_all;
use futures::stream::StreamExt;
use jiff::Timestamp;
use products::reservations::reserve_stock::ReserveStock;
use products::reservations::{reserve_stock, settle_reservation};
use products::stock::{rebalance_stock, set_stock_policy};
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

/// The rows of a SKU.
#[derive(Debug, Clone, Copy)]
pub struct Rows {
    /// How many there are.
    pub shards: u8,
    /// How long a transaction keeps its rows busy.
    pub busy: Duration,
}

/// The outcome of a load.
#[derive(Debug)]
pub struct Outcome {
    /// Reservations.
    pub reserved: usize,
    /// Reservations per second.
    pub reserved_per_second: f64,
    /// The share of requests that were refused as busy.
    pub busy: f64,
    latency: [Duration; 2],
    /// How many batches were settled, for how many reservations, and how many messages failed.
    batches: usize,
    settled: usize,
    failed: usize,
    /// From the last reply until the last batch was settled.
    drained: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            reserved_per_second, busy, latency: [half, most], settled, batches, failed, drained, ..
        } = self;
        write!(
            f,
            "| {reserved_per_second:.1} | {:.1} % | {} ms | {} ms | {settled} in {batches} | {failed} | {:.1} s |",
            busy * 100.0,
            half.as_millis(),
            most.as_millis(),
            drained.as_secs_f64()
        )
    }
}

/// Reserves one piece per arrival and settles each reservation, and returns how much of it succeeds.
///
/// # Panics
/// Panics if the stock does not balance.
pub async fn reservations_of_one_sku(paced: Paced, rows: Rows) -> Outcome {
    let (engine, products) = opened(rows.shards, 1_000_000).await;
    contend(&engine, rows.busy);

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
                let reserved = reserve(products, order, 1).await;
                let sent = reserved.is_ok() && sender.send(confirmed(order)).is_ok();
                (sent, began.elapsed())
            }
        })
        .buffer_unordered(paced.count)
        .collect()
        .await;
    let took = began.elapsed();
    drop(sender);
    let draining = Instant::now();
    let (mut batches, mut settled, mut failed) = (0, 0, 0);
    for consumer in consumers {
        let done = consumer.await.expect("a consumer ends");
        (batches, settled, failed) = (batches + done.0, settled + done.1, failed + done.2);
    }
    let drained = draining.elapsed();
    engine.endpoint().faults().contend(Contention::default());
    let mut latencies: Vec<Duration> = replies.iter().filter(|(ok, _)| *ok).map(|(_, time)| *time).collect();
    let stock = stock(&products).await;
    assert_eq!(stock.sold, settled as u64, "{stock:?}");
    Outcome {
        reserved: latencies.len(),
        reserved_per_second: latencies.len() as f64 / took.as_secs_f64(),
        busy: 1.0 - latencies.len() as f64 / replies.len() as f64,
        latency: percentile(&mut latencies),
        batches,
        settled,
        failed,
        drained,
    }
}

/// Orders of up to three pieces at the same time ask for three times as many as there are, while the shards are evened out. Then orders
/// one after another ask for all that is left, however it is scattered. Returns how many pieces were sold at the same time.
///
/// # Panics
/// Panics if more is sold than there is, an order is refused although there is enough at rest, or the stock does not balance.
pub async fn last_pieces(pieces: u32, rows: Rows) -> u64 {
    let (engine, products) = opened(rows.shards, i64::from(pieces)).await;
    contend(&engine, rows.busy);
    let wanted = (0..pieces).flat_map(|number| [(3 * number, 1), (3 * number + 1, 2)]);
    let orders =
        join_all(
            wanted.map(|(number, quantity)| {
                let order = OrderId::derived_from(&[&number.to_string()]);
                let products = products.clone();
                async move {
                    reserve(products, order, quantity).await.err().map(|problem| problem.code().to_owned())
                }
            }),
        );
    let evened = async {
        for _ in 0..10 {
            let tick = Tick::new(Timestamp::now(), Cause::new("row"));
            rebalance_stock(products.clone(), tick).await.expect("the shards are evened out");
        }
    };
    let (refused, ()) = tokio::join!(orders, evened);
    let unknown = |code: &&String| !["out_of_stock", "busy"].contains(&code.as_str());
    assert_eq!(refused.iter().flatten().find(unknown), None);
    engine.endpoint().faults().contend(Contention::default());
    let left = stock(&products).await;
    let at_once = left.reserved;
    if let Ok(quantity @ 1..) = u32::try_from(left.available) {
        let order = OrderId::derived_from(&["the rest"]);
        assert!(reserve(products.clone(), order, quantity).await.is_ok(), "{quantity} are left");
    }
    let none = reserve(products.clone(), OrderId::derived_from(&["one more"]), 1).await;
    assert_eq!(none.err().map(|problem| problem.code().to_owned()).as_deref(), Some("out_of_stock"));
    let sold_out = stock(&products).await;
    assert_eq!((sold_out.available, sold_out.reserved), (0, u64::from(pieces)), "{sold_out:?}");
    at_once
}

async fn opened(shards: u8, pieces: i64) -> (TestTable, Products) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
    let engine = table(root.join("functions/products/template.yaml").to_str().expect("a path")).await;
    let products = Products::new(Table::new(engine.client().clone(), engine.name()));
    stock_up(&products, shards, pieces).await;
    (engine, products)
}

fn contend(engine: &TestTable, row_busy: Duration) {
    let contention = Contention { row_busy: Some(row_busy), partition: Some(Throughput::DYNAMODB) };
    engine.endpoint().faults().contend(contention);
}

/// Returns the counters of all rows together, each of which must balance.
async fn stock(products: &Products) -> StockItem {
    let sku = parsed(json!(SKU));
    let stock = products.stock([&sku].into_iter()).await.expect("the stock").remove(0);
    assert!(stock.balances(), "{stock:?}");
    stock.total()
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

async fn reserve(products: Products, order_id: OrderId, quantity: u32) -> Result<(), Problem> {
    let lines = parsed(json!([{ "sku": SKU, "quantity": quantity }]));
    let caller = Service { arn: "arn:aws:sts::000000000000:assumed-role/place-order/1".to_owned() };
    let request = ReserveStock { order_id, currency: Currency::EUR, lines, expected: Vec::new() };
    reserve_stock(products, Call::new(caller, request, Timestamp::now())).await.map(|_| ())
}

fn confirmed(order_id: OrderId) -> Envelope {
    let nothing = Money::new(0, Currency::EUR).expect("an amount");
    let user_id = UserId::from_parts(0, 1);
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
    Cause::new("row").envelope(OrderEvent::Confirmed(summary), Timestamp::now())
}

async fn stock_up(products: &Products, shards: u8, pieces: i64) {
    let staff = || {
        let (user_id, session_id) = (UserId::from_parts(0, 1), SessionId::from_parts(0, 1));
        Staff(SignedIn { user_id, session_id, roles: vec![Role::Staff], is_guest: false, merges: None })
    };
    let new = json!({
        "title": "What everybody wants", "description": "", "slug": "popular", "category": "tableware",
        "status": "active",
        "variants": [{ "sku": SKU, "title": "One", "price": { "amount": 500, "currency": "EUR" }, "tax_rate": 0 }],
    });
    let call = Call::new(staff(), parsed(new), Timestamp::now()).with_header("idempotency-key", "popular");
    products::catalogue::create_product(products.clone(), call).await.expect("the product is created");
    let policy = Call::new(staff(), parsed(json!({ "low_at": 0, "shards": shards })), Timestamp::now());
    let policy = policy.with_path("sku", SKU).with_header("if-match", "*");
    set_stock_policy(products.clone(), policy).await.expect("the policy is set");
    let delivery = parsed(json!({ "delta": pieces, "reason": "enough for all" }));
    let call = Call::new(staff(), delivery, Timestamp::now()).with_path("sku", SKU);
    let call = call.with_header("idempotency-key", "popular");
    products::stock::adjust_stock(products.clone(), call).await.expect("the stock is adjusted");
}

fn parsed<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("a value")
}
