//! Bad input: each gets its exact reply, and changes nothing.

use dev::seed::first_order;
use reqwest::Method;
use serde_json::{Value, json};
use tests::Shop;

/// The first order with one thing changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut order = first_order("pm_card_visa");
    *order.pointer_mut(pointer).expect("the order has the field") = value;
    order
}

fn with_field(name: &str, value: Value) -> Value {
    let mut order = first_order("pm_card_visa");
    order[name] = value;
    order
}

fn lines(count: usize) -> Value {
    let lines: Vec<Value> =
        (0..count).map(|number| json!({ "sku": format!("SKU-{number}"), "quantity": 1 })).collect();
    with("/lines", json!(lines))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_order_is_refused_and_stores_nothing() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let invalid = "422 invalid_body";
    let orders = [
        (with("/lines/0/quantity", json!(0)), invalid),
        (with("/lines/0/quantity", json!(-1)), invalid),
        (with("/lines/0/quantity", json!(1.5)), invalid),
        (with("/lines/0/quantity", json!(-2.0)), invalid),
        (with("/lines/0/quantity", json!(1e300)), invalid),
        (with("/lines/0/quantity", json!("2")), invalid),
        (with("/lines/0/quantity", json!(9_223_372_036_854_775_808_u64)), invalid),
        (
            with(
                "/lines/0",
                json!({ "sku": "CUP-BLUE", "quantity": 1, "price": { "amount": 1, "currency": "EUR" } }),
            ),
            invalid,
        ),
        (with("/lines/1/sku", json!("CUP-BLUE")), invalid),
        (with("/lines/0/sku", json!("cup-blue")), invalid),
        (with("/lines/0/sku", json!("NO-SUCH-SKU")), "422 unknown_sku"),
        (lines(0), invalid),
        (lines(200), invalid),
        (with("/currency", json!("USD")), "422 currency_mismatch"),
        (with("/currency", json!("EURO")), invalid),
        (with("/shipping_address/country", json!("Spain")), invalid),
        (with("/shipping_address/name", json!("Ada\r\nBcc: eve@example.com")), invalid),
        (with("/payment_method", json!("4242424242424242")), invalid),
        (with_field("total", json!({ "amount": 1, "currency": "EUR" })), invalid),
        (with_field("number", json!("4242424242424242")), invalid),
        (with_field("shipping_address", json!({})), invalid),
        (with("/lines/0/quantity", json!(999)), "409 out_of_stock"),
        (json!([]), invalid),
        (Value::Null, invalid),
    ];
    for (number, (order, problem)) in orders.into_iter().enumerate() {
        let reply = ada.post("/orders", &format!("key-{number}"), &order).await;
        assert_eq!(reply.problem(), problem, "{order}: {reply:?}");
    }
    shop.settle().await;
    assert_eq!(ada.get("/orders").await.body, json!({ "items": [] }));
    assert!(shop.rows("products", "reservation").await.is_empty());
    assert!(shop.rows("orders", "idempotency").await.is_empty());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_number_may_be_written_as_a_decimal() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = first_order("pm_card_visa").to_string();
    let decimal = order.replace("\"quantity\":1", "\"quantity\":1.0");
    let send = |body: &str| {
        let request = ada.request(Method::POST, "/orders").header("idempotency-key", "k");
        shop.send(request.header("content-type", "application/json").body(body.to_owned()))
    };
    assert_ne!(order, decimal);
    let placed = send(&decimal).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    assert_eq!(send(&order).await.body, placed.body, "the same request");
    let huge = order.replace("\"quantity\":1", "\"quantity\":1e400");
    assert_eq!(send(&huge).await.problem(), "422 invalid_body");
    let repeated = order.replace("\"quantity\":1", "\"quantity\":1,\"quantity\":1");
    assert_eq!(send(&repeated).await.problem(), "422 invalid_body");
    shop.settle().await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_request_is_refused_with_a_4xx() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let post = |body: &'static str| {
        ada.request(Method::POST, "/orders")
            .header("idempotency-key", "k")
            .header("content-type", "application/json")
            .body(body)
    };
    assert_eq!(shop.send(post("{\"lines\":")).await.problem(), "400 malformed_json");
    assert_eq!(shop.send(post("")).await.problem(), "400 malformed_json");
    assert_eq!(shop.send(post("{} {}")).await.problem(), "400 malformed_json");
    let text = ada
        .request(Method::POST, "/orders")
        .header("idempotency-key", "k")
        .header("content-type", "text/plain");
    assert_eq!(shop.send(text.body("{}")).await.problem(), "415 not_json");
    let keyless = ada.request(Method::POST, "/orders").json(&first_order("pm_card_visa"));
    assert_eq!(shop.send(keyless).await.problem(), "400 idempotency_key_missing");
    let long = ada.post("/orders", &"k".repeat(256), &first_order("pm_card_visa")).await;
    assert_eq!(long.problem(), "400 idempotency_key_invalid");

    for (path, problem) in [
        ("/orders/nonsense", "404 not_found"),
        ("/orders/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "404 not_found"),
        ("/orders?limit=0", "400 invalid_query"),
        ("/orders?limit=101", "400 invalid_query"),
        ("/orders?limit=2.0", "400 invalid_query"),
        ("/orders?limit=2&limit=2", "400 invalid_query"),
        ("/orders?offset=3", "400 invalid_query"),
        ("/users/me?utm_source=mail", "400 invalid_query"),
        ("/orders?cursor=nonsense", "400 bad_cursor"),
        ("/orders/ord_01ARZ3NDEKTSV4RRFFQ69G5FAV?expand=everything", "400 invalid_query"),
        ("/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "404 user_not_found"),
        ("/payments/pay_01ARZ3NDEKTSV4RRFFQ69G5FAV", "404 payment_not_found"),
        ("/products/no-such-product", "404 product_not_found"),
    ] {
        assert_eq!(ada.get(path).await.problem(), problem, "{path}");
    }
    for path in
        ["/orders?cursor=&limit=", "/products?category=&cursor=&limit=", "/products?utm_source=mail&fbclid=x"]
    {
        assert_eq!(ada.get(path).await.status, 200, "{path}");
    }
    // The gateway itself refuses these, with API Gateway's own reply.
    for (method, path) in
        [(Method::GET, "/nowhere"), (Method::DELETE, "/orders"), (Method::GET, "/orders/a/b/c")]
    {
        let reply = shop.send(ada.request(method, path)).await;
        assert_eq!((reply.status, &reply.body), (404, &json!({ "message": "Not Found" })), "{path}");
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_limited_by_the_operation_and_by_the_gateway() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let sized = |bytes: usize| {
        let request = ada.request(Method::POST, "/orders").header("idempotency-key", "k");
        request.header("content-type", "application/json").body(vec![b' '; bytes])
    };
    let limit = 256 * 1024;
    assert_eq!(shop.send(sized(limit)).await.problem(), "400 malformed_json", "a body at the limit is read");
    assert_eq!(shop.send(sized(limit + 1)).await.problem(), "413 body_too_large");
    let over = shop.send(sized(10 * 1024 * 1024 + 1)).await;
    assert_eq!((over.status, &over.body), (413, &json!({ "message": "Request Entity Too Large" })));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_cannot_grant_a_role() {
    let shop = Shop::open().await;
    for field in ["roles", "role", "admin", "is_admin"] {
        let mut body = json!({ "email": "eve@customers.example", "name": "Eve", "password": "a password of eight or more" });
        body[field] = json!(["admin"]);
        let reply = shop.send(shop.client().post(shop.at("/users")).json(&body)).await;
        assert_eq!(reply.problem(), "422 invalid_body", "{field}");
    }
    let eve = shop.customer("Eve").await;
    let product = json!({
        "title": "Mine", "description": "", "slug": "mine", "category": "tools", "status": "active",
        "variants": [{ "sku": "MINE", "title": "Mine", "price": { "amount": 1, "currency": "EUR" } }],
    });
    assert_eq!(eve.post("/products", "k", &product).await.problem(), "403 staff_only");
    let grab = json!({ "delta": -1, "reason": "mine" });
    assert_eq!(eve.post("/stock/CUP-BLUE/adjustments", "k", &grab).await.problem(), "403 staff_only");
    shop.close().await;
}
