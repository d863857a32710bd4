//! Many carts at once, with codes, while prices change, calls are throttled or hang, and messages are misdelivered: every order is
//! what its page showed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use dev::seed::first_order;
use domain::orders::{Order, OrderStatus};
use futures::{StreamExt, future, stream};
use reqwest::Method;
use serde_json::{Value, json};

use super::load::{CONCURRENCY, PROCESSES, SKUS, begin_storm, end_storm, sku, stock_up};
use crate::customer::{Customer, Reply};
use crate::{Books, Shop};

/// How often a guest looks at a changed cart before giving up. A price changes more rarely.
const MAX_LOOKS: usize = 50;

/// What a page showed when its customer clicked.
struct Shown {
    quote: Value,
    lines: Value,
}

/// An order, and what its page showed.
type Bought = (Order, Shown);

/// The codes, and how many orders may use each.
fn codes(count: usize) -> [(&'static str, Value, usize); 3] {
    let rule = |more: Value| {
        let mut rule = json!({ "from": "2026-01-01T00:00:00Z", "combinable": true });
        rule.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        rule
    };
    [
        ("TENTH", rule(json!({ "type": "percent", "rate": 100_000 })), count / 4),
        ("FIVE-OFF", rule(json!({ "type": "fixed", "amount": eur(333) })), count / 8),
        ("SHIPPED", rule(json!({ "type": "free_shipping" })), count / 8),
    ]
}

fn eur(amount: usize) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

async fn put(admin: &Customer<'_>, path: &str, body: &Value) {
    let done = admin.shop().send(admin.request(Method::PUT, path).header("if-match", "*").json(body)).await;
    assert_eq!(done.status, 200, "{path}: {done:?}");
}

/// Sells to Spain, at several tax rates and with shipping, and gives codes out.
async fn set_terms(admin: &Customer<'_>, count: usize) {
    let address = first_order("")["shipping_address"].clone();
    put(admin, "/admin/settings/seller/main", &json!({ "name": "Bodega", "address": address })).await;
    let method = json!({ "id": "standard", "title": "Standard", "price": eur(490), "free_from": eur(6000) });
    let zone = json!({ "countries": ["ES"], "methods": [method] });
    put(admin, "/admin/settings/shipping_zone/spain", &zone).await;
    for (code, rule, limit) in codes(count) {
        put(admin, &format!("/admin/promotions/{code}"), &json!({ "rule": rule, "limit": limit.max(1) }))
            .await;
    }
}

/// Fills and orders `count` carts during a storm, in which prices change.
///
/// # Panics
/// Panics if an order is not what its page showed, if a code is used too often, or if the books do not balance.
pub async fn in_a_storm(count: usize) {
    let shop = Shop::with_processes(PROCESSES).await;
    // A cart has five pieces on average. The stock is slightly too small for all.
    stock_up(&shop, count * 6 / 25).await;
    let admin = shop.admin().await;
    set_terms(&admin, count).await;
    let guests: Vec<Customer<'_>> = stream::iter(0..count).then(|_| shop.guest()).collect().await;
    shop.settle().await;
    begin_storm(&shop);
    let is_over = AtomicBool::new(false);
    let buying = async {
        let numbered = guests.iter().enumerate();
        let bought = stream::iter(numbered.map(|(number, guest)| buy(guest, number)));
        let ends: Vec<Result<Option<Bought>, String>> = bought.buffer_unordered(CONCURRENCY).collect().await;
        is_over.store(true, Ordering::Relaxed);
        ends
    };
    let (ends, prices) = future::join(buying, change_prices(&admin, &is_over)).await;
    let rest = shop.rest().await;
    let storm = end_storm(&shop);
    shop.recover().await.expect("the shop comes to rest");

    let books = Books::of(&shop).await;
    assert_eq!(books.violations(), Vec::<String>::new());
    let bought = ends.into_iter().filter_map(|end| end.expect("every guest gets an answer"));
    let ordered: BTreeMap<_, _> = bought.map(|bought| (bought.0.order_id, bought)).collect();
    assert_eq!(books.orders().len(), ordered.len(), "every order that was answered, and no other");
    for kept in books.orders() {
        let (order, shown) = &ordered[&kept.order_id];
        assert_is_as_shown(order, shown);
        assert_eq!(money_of(kept), money_of(order), "what is kept is what was answered");
    }
    let uses = uses(books.orders());
    println!("{count} carts, {prices} prices changed, {storm}; at rest during the storm: {rest:?}");
    println!("{} orders, as they were shown; uses of codes: {uses:?}", ordered.len());
    assert!(prices > 0 && !uses.is_empty() && ordered.len() * 2 > count, "there was something to see");
    drop((guests, admin));
    shop.abandon().await;
}

/// Changes one price after the other, as long as guests buy. Returns how many were changed.
async fn change_prices(admin: &Customer<'_>, is_over: &AtomicBool) -> usize {
    let mut changed = 0;
    while !is_over.load(Ordering::Relaxed) {
        let path = format!("/admin/catalogue/variants/{}/prices", sku(changed % SKUS));
        let price = json!({ "price": eur(500 + changed * 37 % 101) });
        admin.insist(&path, &format!("price-{changed}"), &price).await.expect("the price changes");
        changed += 1;
    }
    changed
}

/// Buys as a guest does in a browser: fills a cart, gives a code, looks, and clicks; after a refusal, looks again, and clicks again.
/// Returns `None` if there are not enough pieces.
async fn buy(guest: &Customer<'_>, number: usize) -> Result<Option<Bought>, String> {
    for line in 0..=number % 3 {
        let path = format!("/cart/lines/{}", sku(number * 7 + line));
        guest.insist_by(Method::PUT, &path, &json!({ "quantity": 1 + (number + line) % 4 })).await?;
    }
    let address =
        json!({ "shipping_address": first_order("")["shipping_address"], "shipping_method": "standard" });
    guest.insist_by(Method::PATCH, "/cart", &address).await?;
    if let Some((code, ..)) = codes(1).get(number % 5) {
        // It may be used up.
        patch(guest, &json!({ "codes": [code] })).await?;
    }
    let mut cart = patch(guest, &json!({ "acknowledge": true })).await?.body;
    let mut key = format!("cart-{number}");
    for look in 0..MAX_LOOKS {
        if cart["lines"] == json!([]) {
            return Ok(None);
        }
        let shown = Shown { quote: cart["quote"].clone(), lines: cart["lines"].clone() };
        let reply = click(guest, &key, &shown).await?;
        let code = reply.body["code"].as_str().unwrap_or_default().to_owned();
        match (reply.status, &*code) {
            (201, _) => {
                let order = serde_json::from_value(reply.body).map_err(|error| error.to_string())?;
                return Ok(Some((order, shown)));
            }
            (_, "out_of_stock") => return Ok(None),
            (_, "code_used_up") => drop(patch(guest, &json!({ "codes": [] })).await?),
            (_, "total_changed" | "price_changed") => {}
            // An answer was lost, and the pieces are held for what the cart had then.
            (_, "cart_changed") => key = format!("cart-{number}-{look}"),
            _ => return Err(format!("{reply:?}")),
        }
        cart = patch(guest, &json!({ "acknowledge": true })).await?.body;
    }
    Err("the cart changes all the time".to_owned())
}

async fn patch(guest: &Customer<'_>, body: &Value) -> Result<Reply, String> {
    guest.persist("/cart", || guest.request(Method::PATCH, "/cart").json(body)).await
}

/// Clicks on "Order and pay".
async fn click(guest: &Customer<'_>, key: &str, shown: &Shown) -> Result<Reply, String> {
    let contact = json!({ "name": "A Guest", "email": format!("{}@customers.example", guest.user_id) });
    let body = json!({
        "expected_total": shown.quote["total"], "payment_method": "pm_card_visa", "contact": contact,
    });
    let path = "/cart/checkout";
    guest.persist(path, || guest.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
}

/// What an order costs, in each part.
fn money_of(order: &Order) -> Value {
    let order = json!(order);
    let parts = ["total", "tax", "discounts", "shipping", "tax_lines", "lines"];
    parts.iter().map(|part| ((*part).to_owned(), order[*part].clone())).collect()
}

fn assert_is_as_shown(order: &Order, shown: &Shown) {
    let (id, order) = (order.order_id, json!(order));
    let or_none = |value: &Value| if value.is_null() { json!([]) } else { value.clone() };
    for part in ["total", "tax", "shipping", "tax_lines"] {
        assert_eq!(order[part], shown.quote[part], "{id}: {part}");
    }
    assert_eq!(or_none(&order["discounts"]), shown.quote["discounts"], "{id}");
    let lines = |lines: &Value| {
        let lines = lines.as_array().into_iter().flatten();
        lines.map(|line| json!([line["sku"], line["quantity"], line["unit_price"]])).collect::<Vec<_>>()
    };
    assert_eq!(lines(&order["lines"]), lines(&shown.lines), "{id}");
    let amount = |value: &Value| value["amount"].as_i64().unwrap_or_default();
    let sum: i64 = order["lines"].as_array().into_iter().flatten().map(|line| amount(&line["total"])).sum();
    assert_eq!(sum + amount(&order["shipping"]["total"]), amount(&order["total"]), "{id}: its parts");
}

/// Returns how many of the orders use each code.
fn uses(orders: &[Order]) -> BTreeMap<String, usize> {
    let mut uses = BTreeMap::new();
    let used = orders.iter().filter(|order| order.is_open() || order.status == OrderStatus::Confirmed);
    for redemption in used.flat_map(|order| &order.redemptions) {
        *uses.entry(redemption.code.to_string()).or_default() += 1;
    }
    uses
}
