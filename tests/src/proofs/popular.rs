//! Many customers order one SKU, whose row DynamoDB keeps busy for each transaction.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use dev::seed::first_order;
use domain::orders::OrderStatus;
use engines::faults::Contention;
use futures::stream::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use super::rates::{Paced, percentile};
use crate::{Books, Customer, Shop};

const SKU: &str = "POPULAR";

/// The processes of each function. On AWS there are as many as requests.
const PROCESSES: u32 = 24;

/// Orders of one customer at the same time stay below any limit of unpaid orders.
const CUSTOMERS_PER_ORDER_A_SECOND: f64 = 2.0;

/// A load, and what a transaction costs.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// How many orders arrive, and when.
    pub paced: Paced,
    /// How long a transaction keeps its rows busy.
    pub row_busy: Duration,
}

/// Its outcome.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Orders placed per second.
    pub placed_per_second: f64,
    /// Replies by status and code.
    pub replies: BTreeMap<String, usize>,
    /// Half of the placed orders were answered within this time, and 99 of 100 within the other.
    pub latency: [Duration; 2],
    /// From the last reply until nothing was left to do.
    pub rested: Duration,
    /// Confirmed orders.
    pub confirmed: usize,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { placed_per_second, replies, latency: [half, most], rested, confirmed } = self;
        write!(
            f,
            "{placed_per_second:.1} orders/s placed, {confirmed} confirmed; replies {replies:?}; \
             p50 {} ms, p99 {} ms; at rest after {:.0} s",
            half.as_millis(),
            most.as_millis(),
            rested.as_secs_f64()
        )
    }
}

/// Places orders of one SKU at the load's pace, waits for rest, and checks the books.
///
/// # Panics
/// Panics if a message becomes a dead letter, a placed order is not confirmed, or the books do not balance.
pub async fn orders_of_one_sku(load: Load) -> Outcome {
    let shop = Shop::with_processes(PROCESSES).await;
    let customers = prepare(&shop, load.paced).await;
    shop.cloud().faults().contend(Contention { row_busy: Some(load.row_busy), partition: None });
    let began = Instant::now();
    let replies: Vec<(String, Duration)> = load
        .paced
        .arrivals()
        .map(|number| place(&customers[number % customers.len()], number))
        .buffer_unordered(load.paced.count)
        .collect()
        .await;
    let took = began.elapsed();
    let resting = Instant::now();
    shop.rest_within(Duration::from_secs(900)).await.expect("the shop comes to rest");
    let rested = resting.elapsed();

    let mut latencies: Vec<Duration> =
        replies.iter().filter(|(reply, _)| reply == "201").map(|(_, latency)| *latency).collect();
    let placed = latencies.len();
    let mut outcome = Outcome {
        placed_per_second: placed as f64 / took.as_secs_f64(),
        latency: percentile(&mut latencies),
        rested,
        ..Outcome::default()
    };
    for (reply, _) in replies {
        *outcome.replies.entry(reply).or_default() += 1;
    }
    outcome.confirmed = check(&shop, placed).await;
    drop(customers);
    shop.abandon().await;
    outcome
}

async fn prepare(shop: &Shop, paced: Paced) -> Vec<Customer<'_>> {
    let admin = shop.admin().await;
    let product = json!({
        "title": "What everybody wants", "description": "", "slug": "popular", "category": "tableware",
        "status": "active",
        "variants": [{ "sku": SKU, "title": "One", "price": { "amount": 500, "currency": "EUR" } }],
    });
    assert_eq!(admin.post("/products", "popular", &product).await.status, 201);
    let delivery = json!({ "delta": 1_000_000, "reason": "enough for all" });
    let path = format!("/stock/{SKU}/adjustments");
    assert!(admin.post(&path, "popular", &delivery).await.status < 300);
    let mut customers = Vec::new();
    for number in 0..paced.senders(CUSTOMERS_PER_ORDER_A_SECOND) {
        customers.push(shop.customer(&format!("Customer {number}")).await);
    }
    shop.settle().await;
    customers
}

async fn place(customer: &Customer<'_>, number: usize) -> (String, Duration) {
    let mut order = first_order("pm_card_visa");
    order["lines"] = json!([{ "sku": SKU, "quantity": 1 }]);
    let request = customer.request(reqwest::Method::POST, "/orders");
    let request = request.header("idempotency-key", format!("popular-{number}")).json(&order);
    let began = Instant::now();
    let reply = match customer.shop().try_send(request).await {
        Ok(reply) if reply.status == 201 => "201".to_owned(),
        Ok(reply) if reply.content_type == "application/problem+json" => reply.problem(),
        Ok(reply) => format!("{} of the gateway", reply.status),
        Err(error) => format!("no reply: {error}"),
    };
    (reply, began.elapsed())
}

/// Checks that nothing is lost, and returns the number of confirmed orders: those that were answered with 201, and those
/// whose reply was lost or late.
async fn check(shop: &Shop, placed: usize) -> usize {
    let depths = shop.cloud().endpoint().queue_depths().await.expect("the queues are counted");
    let dead: Vec<String> = depths
        .into_iter()
        .filter(|depth| depth.dead_letters && depth.total() > 0)
        .map(|depth| format!("{} in {}", depth.total(), depth.name))
        .collect();
    assert_eq!(dead, Vec::<String>::new(), "dead letters");
    shop.cloud().faults().contend(Contention::default());
    let orders = Books::of(shop).await;
    let open: Vec<_> =
        orders.orders().iter().filter(|order| order.status != OrderStatus::Confirmed).collect();
    assert!(open.is_empty(), "a placed order is not confirmed: {open:?}");
    assert!(
        orders.orders().len() >= placed,
        "{} orders, and {placed} were answered with 201",
        orders.orders().len()
    );
    shop.recover().await.expect("the shop comes to rest");
    let books = Books::of(shop).await;
    assert_eq!(books.violations(), Vec::<String>::new());
    assert_eq!(books.orders().len(), orders.orders().len());
    books.orders().len()
}
