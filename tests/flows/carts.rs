//! Carts: what a guest puts into one, what becomes of its prices, whose it is in the end, and how it is ordered.

use std::collections::BTreeSet;

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Reply, Shop};

const PASSWORD: &str = "a password of eight or more";

async fn put(customer: &Customer<'_>, path: &str, body: &Value) -> Reply {
    let request = customer.request(Method::PUT, path).header("if-match", "*").json(body);
    let reply = customer.shop().send(request).await;
    assert_eq!(reply.status, 200, "{path}: {reply:?}");
    reply
}

async fn patch(customer: &Customer<'_>, body: &Value) -> Reply {
    customer.shop().send(customer.request(Method::PATCH, "/cart").json(body)).await
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// Sells to Spain from Spain, with shipping for 4.90.
async fn sell_to_spain(admin: &Customer<'_>) {
    let address = json!({
        "name": "Bodega S.L.", "line1": "Calle Mayor 1", "city": "Madrid", "region": "M", "postal_code": "28013", "country": "ES",
    });
    let seller = json!({ "name": "Bodega", "address": address, "oss": true });
    put(admin, "/admin/settings/seller/main", &seller).await;
    let market = json!({ "countries": ["ES"], "currency": "EUR", "tax_included": true });
    put(admin, "/admin/settings/market/spain", &market).await;
    let method = json!({ "id": "standard", "title": "Standard", "price": eur(490) });
    let zone = json!({ "countries": ["ES"], "methods": [method] });
    put(admin, "/admin/settings/shipping_zone/spain", &zone).await;
}

fn spanish() -> Value {
    let address = dev::seed::first_order("pm_card_visa")["shipping_address"].clone();
    json!({ "shipping_address": address, "shipping_method": "standard" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_fills_a_cart_and_has_it_after_signing_in() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    sell_to_spain(&admin).await;
    let countries = shop.send(shop.client().get(shop.at("/shop"))).await.body["countries"].clone();
    assert_eq!(countries, json!(["ES"]));

    let guest = shop.guest().await;
    put(&guest, "/cart/lines/BEANS-250", &json!({ "quantity": 1 })).await;
    put(&guest, "/cart/lines/CUP-BLUE", &json!({ "quantity": 2 })).await;
    let cart = patch(&guest, &spanish()).await.body;
    assert_eq!((&cart["quote"]["total"], &cart["quote"]["tax"]), (&eur(4180), &eur(652)));
    assert_eq!((&cart["problems"], &cart["changes"]), (&json!([]), &json!([])));
    let mut french = spanish();
    french["shipping_address"] =
        json!({ "name": "A", "line1": "1 rue", "city": "Paris", "postal_code": "75001", "country": "FR" });
    assert_eq!(patch(&guest, &french).await.problem(), "422 destination_not_served");

    let price = json!({ "price": eur(1290) });
    let changed = admin.post("/admin/catalogue/variants/CUP-BLUE/prices", "cheaper", &price).await;
    assert_eq!(changed.status, 201, "{changed:?}");
    let cart = guest.get("/cart").await.body;
    let expected =
        json!([{ "code": "price_changed", "sku": "CUP-BLUE", "was": eur(1450), "now": eur(1290) }]);
    assert_eq!((&cart["changes"], &cart["quote"]["total"]), (&expected, &eur(790 + 2 * 1290 + 490)));
    assert_eq!(patch(&guest, &json!({ "acknowledge": true })).await.body["changes"], json!([]));

    let ada = shop.customer("Ada Lovelace").await;
    put(&ada, "/cart/lines/CUP-BLUE", &json!({ "quantity": 1 })).await;
    let credentials =
        json!({ "email": ada.email, "password": PASSWORD, "guest_refresh_token": guest.refresh_token });
    let signed_in = shop.send(shop.client().post(shop.at("/sessions")).json(&credentials)).await;
    assert_eq!(signed_in.status, 200);
    let ada = Customer::new(&shop, &ada.email, &signed_in.body);
    let cart = ada.post("/cart/merge", "merge", &json!({})).await.body;
    shop.settle().await;
    assert_eq!(ada.get("/cart").await.body, cart, "the event of the merge adds nothing");
    let lines: Vec<_> = cart["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| (&line["sku"], &line["quantity"]))
        .collect();
    assert_eq!(lines, [(&json!("CUP-BLUE"), &json!(2)), (&json!("BEANS-250"), &json!(1))]);
    assert_eq!(cart["shipping_address"]["city"], "Madrid");
    assert_eq!(guest.get("/cart").await.body["lines"], json!([]));
    let late = guest.request(Method::PUT, "/cart/lines/CUP-BLUE").json(&json!({ "quantity": 1 }));
    assert_eq!(shop.send(late).await.problem(), "409 guest_merged");
    shop.close().await;
}

/// Nothing is held for a cart: another customer buys the pieces that are in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pieces_in_a_cart_can_be_sold_to_others() {
    let shop = Shop::open().await;
    let (ada, eve, admin) = (shop.guest().await, shop.customer("Eve").await, shop.admin().await);
    let stock = admin.get("/admin/catalogue/stock?sku=GRINDER-01").await.body;
    let left = stock["items"][0]["level"]["available"].as_i64().expect("a number") - 2;
    let counted = json!({ "delta": -left, "reason": "counted" });
    assert!(admin.post("/stock/GRINDER-01/adjustments", "two-left", &counted).await.status < 300);
    put(&ada, "/cart/lines/GRINDER-01", &json!({ "quantity": 2 })).await;
    assert_eq!(eve.order_of("the-order", "GRINDER-01", 1).await.status, 201);
    shop.settle().await;
    let cart = ada.get("/cart").await.body;
    assert_eq!(cart["changes"], json!([{ "code": "reduced", "sku": "GRINDER-01", "was": 2, "now": 1 }]));
    assert_eq!(cart["problems"][0], json!({ "code": "out_of_stock", "sku": "GRINDER-01" }));
    shop.close().await;
}

fn paying(total: i64, email: Option<&str>) -> Value {
    let contact = email.map(|email| json!({ "name": "A Guest", "email": email }));
    let mut body = json!({ "expected_total": eur(total), "payment_method": "pm_card_visa" });
    if let Some(contact) = contact {
        body["contact"] = contact;
    }
    body
}

async fn fill(customer: &Customer<'_>) {
    put(customer, "/cart/lines/BEANS-250", &json!({ "quantity": 1 })).await;
    put(customer, "/cart/lines/CUP-BLUE", &json!({ "quantity": 2 })).await;
    let addressed = patch(customer, &spanish()).await;
    assert_eq!(addressed.body["quote"]["total"], eur(4180), "{addressed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_orders_a_cart_at_the_total_that_it_shows() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    sell_to_spain(&admin).await;
    let (guest, email) = (shop.guest().await, "a.guest@customers.example");
    fill(&guest).await;

    let refused = guest.post("/cart/checkout", "k", &paying(3690, Some(email))).await;
    assert_eq!(refused.problem(), "409 total_changed");
    assert_eq!(refused.body["cart"]["quote"]["total"], eur(4180));
    assert_eq!(guest.post("/cart/checkout", "k", &paying(4180, None)).await.problem(), "422 contact_needed");
    for (service, kind) in [("products", "reservation"), ("orders", "standing"), ("orders", "order")] {
        assert_eq!(shop.rows(service, kind).await, Vec::<Value>::new(), "nothing is held");
    }

    let placed = guest.post("/cart/checkout", "k", &paying(4180, Some(email))).await;
    assert_eq!(placed.status, 201, "the same key, with the right total: {placed:?}");
    shop.settle().await;
    let number = placed.body["number"].as_str().expect("a number");
    let by_number = format!("/orders/{number}");
    let order = guest.get(&by_number).await.body;
    assert_eq!((&order["order_id"], &order["status"]), (&placed.body["order_id"], &json!("confirmed")));
    assert_eq!((&order["total"], &order["tax"]), (&eur(4180), &eur(652)));
    assert_eq!(order["shipping"]["total"], eur(490));
    let payment = guest.get(&format!("/payments/{}", order["payment_id"].as_str().expect("an id"))).await;
    assert_eq!(payment.body["captured"], eur(4180));
    assert_eq!(guest.get("/cart").await.body["lines"], json!([]));
    for mail in shop.mails(email) {
        let text = mail.text.expect("a text");
        assert!(text.contains(&format!("Order {number}")) && text.contains("Shipping: €4.90"), "{text}");
    }
    let sent = shop.subjects(email);
    assert_eq!(
        sent.last().map(String::as_str),
        Some("Your order is confirmed"),
        "it may overtake the other: {sent:?}"
    );

    let again = guest.post("/cart/checkout", "k", &paying(4180, Some(email))).await;
    assert_eq!(again, placed, "a retry, though the cart is empty");
    assert_eq!(shop.customer("Eve").await.get(&by_number).await.problem(), "404 order_not_found");
    let check = if number.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("/orders/{}{check}", &number[..number.len() - 1]);
    assert_eq!(guest.get(&mistyped).await.status, 404);
    let typed = format!("/orders/{}", number.to_lowercase().replace('-', ""));
    assert_eq!(guest.get(&typed).await.body["order_id"], order["order_id"]);
    shop.close().await;
}

/// A double click, and a client that is in a hurry: the first request empties the cart that the others order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_identical_concurrent_check_outs_are_one_order_with_one_number() {
    let shop = Shop::open().await;
    sell_to_spain(&shop.admin().await).await;
    let ada = shop.customer("Ada Lovelace").await;
    fill(&ada).await;
    let body = paying(4180, None);
    let replies = join_all((0..100).map(|_| ada.post("/cart/checkout", "once", &body))).await;
    let bodies: BTreeSet<String> =
        replies.iter().map(|reply| format!("{} {}", reply.status, reply.body)).collect();
    assert_eq!(bodies.len(), 1, "the replies differ: {bodies:#?}");
    assert_eq!(replies[0].status, 201);
    shop.settle().await;
    for kind in ["order", "order_number"] {
        assert_eq!(shop.rows("orders", kind).await.len(), 1, "{kind}");
    }
    assert_eq!(shop.rows("products", "reservation").await.len(), 1);
    shop.close().await;
}
