//! Many concurrent orders while calls are throttled or hang, and messages are misdelivered.

use std::collections::BTreeMap;

use crate::{Books, Customer, Shop};
use dev::seed::first_order;
use domain::orders::OrderStatus;
use domain::orders::standing::MAX_UNPAID;
use engines::faults::{DeliveryFault, Fault};
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};

/// The number of SKUs.
pub(super) const SKUS: usize = 20;

/// The number of concurrent requests.
pub(super) const CONCURRENCY: usize = 16;

/// The processes of each function. On AWS there are as many as requests.
pub(super) const PROCESSES: u32 = 16;

/// The number of orders per customer. All of them may be unpaid at the same time.
const ORDERS_PER_CUSTOMER: usize = MAX_UNPAID;

/// The payment methods of 5 of 20 orders. The other 15 use a good card.
const BAD_CARDS: [&str; 5] = [
    "pm_card_visa_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_authenticationRequired",
    "pm_sandbox_timeoutBeforeCharge",
    "pm_sandbox_timeoutAfterCharge",
];

pub(super) fn sku(number: usize) -> String {
    format!("LOAD-{:02}", number % SKUS)
}

pub(super) async fn stock_up(shop: &Shop, pieces: usize) {
    let admin = shop.admin().await;
    for number in 0..SKUS {
        let product = json!({
            "title": format!("Piece {number}"), "description": "", "slug": format!("piece-{number}"),
            "category": "tableware", "status": "active",
            "variants": [{ "sku": sku(number), "title": "One size", "price": { "amount": 500, "currency": "EUR" } }],
        });
        let created = admin.post("/products", &format!("piece-{number}"), &product).await;
        assert_eq!(created.status, 201, "{created:?}");
        let delivery = json!({ "delta": pieces, "reason": "first delivery" });
        let path = format!("/stock/{}/adjustments", sku(number));
        assert!(admin.post(&path, &path, &delivery).await.status < 300);
        if number % 2 == 1 {
            admin.spread(&sku(number), 3).await;
        }
    }
}

/// Returns the `number`-th order: one to three lines of one to four pieces.
fn order(number: usize) -> Value {
    let card = BAD_CARDS.get(number % 20).copied().unwrap_or("pm_card_visa");
    let lines = (0..=number % 3)
        .map(|line| json!({ "sku": sku(number * 7 + line), "quantity": 1 + (number + line) % 4 }));
    let mut order = first_order(card);
    order["lines"] = lines.collect();
    order
}

/// Throttles calls, lets them hang, and misdelivers messages.
pub(super) fn begin_storm(shop: &Shop) {
    let faults = shop.cloud().faults();
    faults.watch();
    faults.rates(2026, &[(Fault::Throttled, 0.30), (Fault::Late, 0.05)]);
    faults.delivery_rates(2026, &DeliveryFault::ALL.map(|fault| (fault, 0.05)));
}

/// Ends the storm, and says how strong it was.
pub(super) fn end_storm(shop: &Shop) -> String {
    let watched = shop.cloud().faults().stop();
    let (calls, faulty) = (watched.calls.len(), watched.fired.len());
    assert!(
        (30 * calls..40 * calls).contains(&(100 * faulty)),
        "{faulty} of {calls} calls had a fault, not 30 to 40 %"
    );
    assert!(!watched.misdelivered.is_empty());
    format!("{calls} calls, {faulty} of them with a fault")
}

/// Places `count` orders during a storm of throttling, hanging calls and misdelivered messages.
///
/// # Panics
/// Panics if an order is stuck, or if the books do not balance.
pub async fn orders_in_a_storm(count: usize) {
    let shop = Shop::with_processes(PROCESSES).await;
    // An order has five pieces on average. The stock is slightly too small for all.
    stock_up(&shop, count * 6 / 25).await;
    let customers: Vec<Customer<'_>> = shop.customers(count.div_ceil(ORDERS_PER_CUSTOMER)).await;
    shop.settle().await;
    begin_storm(&shop);
    let placed = stream::iter(0..count).map(|number| {
        let customer = &customers[number % customers.len()];
        async move { customer.insist("/orders", &format!("order-{number}"), &order(number)).await }
    });
    let placed: Vec<Result<_, _>> = placed.buffer_unordered(CONCURRENCY).collect().await;
    let (placed, refused): (Vec<_>, Vec<_>) = placed.into_iter().partition(Result::is_ok);
    assert!(!refused.is_empty(), "no request was refused for insufficient stock");
    for refusal in refused.into_iter().filter_map(Result::err) {
        assert!(refusal.contains("out_of_stock"), "{refusal}");
    }
    let rest = shop.rest().await;
    let storm = end_storm(&shop);
    println!("{count} requests, {storm}; at rest during the storm: {rest:?}");
    shop.recover().await.expect("the shop comes to rest");

    let books = Books::of(&shop).await;
    assert_eq!(books.violations(), Vec::<String>::new());
    assert_eq!(books.orders().len(), placed.len(), "every order that was answered, and no other");
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    for order in books.orders() {
        *ends.entry(format!("{:?}", order.status)).or_default() += 1;
    }
    println!("{} orders: {ends:?}", placed.len());
    let confirmed = books.orders().iter().filter(|order| order.status == OrderStatus::Confirmed).count();
    assert!(confirmed * 2 > placed.len(), "most are paid: {ends:?}");
    drop(customers);
    shop.abandon().await;
}
