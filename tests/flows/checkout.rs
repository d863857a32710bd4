//! An order, from checkout to its end: paid, declined, cancelled, expired.

use dev::seed::first_order;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tests::Shop;

/// Returns the counters of a seeded SKU.
async fn stock(shop: &Shop, sku: &str) -> Value {
    let rows = shop.rows("products", "stock").await;
    let row = rows.iter().find(|row| row["sku"]["S"] == sku).expect("the SKU has a stock row");
    let count =
        |name: &str| row[name]["N"].as_str().expect("a number").parse::<i64>().expect("a whole number");
    let counters =
        json!({ "available": count("available"), "reserved": count("reserved"), "sold": count("sold") });
    assert_eq!(count("available") + count("reserved") + count("sold"), count("received"), "{row}");
    counters
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_is_confirmed_and_mailed() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle("pm_card_visa").await;
    assert_eq!((&order["status"], &order["payment_status"]), (&json!("confirmed"), &json!("captured")));
    let payment = ada.get(&format!("/payments/{}", order["payment_id"].as_str().expect("an id"))).await;
    assert_eq!((&payment.body["status"], &payment.body["captured"]), (&json!("captured"), &order["total"]));
    assert_eq!(order["total"], json!({ "amount": 3690, "currency": "EUR" }));
    assert_eq!(stock(&shop, "CUP-BLUE").await, json!({ "available": 78, "reserved": 0, "sold": 2 }));
    ada.assert_mails(&order, &["We have received your order", "Your order is confirmed"]).await;
    assert!(shop.subjects(&ada.email).contains(&"Welcome to Bodega".to_owned()));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_order_holds_its_stock_until_its_hold_ends() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle("pm_card_visa_chargeDeclined").await;
    assert_eq!((&order["status"], &order["payment_status"]), (&json!("payment_failed"), &json!("failed")));
    assert_eq!(stock(&shop, "CUP-BLUE").await, json!({ "available": 78, "reserved": 2, "sold": 0 }));
    let path = format!("/payments/{}", order["payment_id"].as_str().expect("an id"));
    let payment = ada.get(&path).await;
    assert_eq!(
        (&payment.body["status"], &payment.body["decline_code"]),
        (&json!("failed"), &json!("generic_decline"))
    );

    let held_until: Timestamp = order["held_until"].as_str().expect("a time").parse().expect("RFC 3339");
    shop.run_schedule("expire-orders", held_until + SignedDuration::from_mins(1)).await;
    shop.settle().await;
    let expired = ada.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body;
    assert_eq!((&expired["status"], &expired["payment_status"]), (&json!("expired"), &json!("failed")));
    assert_eq!(stock(&shop, "CUP-BLUE").await, json!({ "available": 80, "reserved": 0, "sold": 0 }));
    let another = json!({ "payment_method": "pm_card_visa" });
    let refused = ada.post(&format!("{path}/attempts"), "too-late", &another).await;
    assert_eq!(refused.problem(), "409 order_ended");
    assert_eq!(shop.cloud().payment_gateway().holds("eur"), 0);
    let intents = shop.cloud().payment_gateway().intents();
    assert_eq!(intents[0].status, "canceled", "nobody can pay it any more");
    let mails = ["We have received your order", "Your payment did not go through", "Your order has expired"];
    ada.assert_mails(&order, &mails).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_order_is_paid_with_another_card() {
    let shop = Shop::open().await;
    let (ada, eve) = (shop.customer("Ada Lovelace").await, shop.customer("Eve").await);
    let order = ada.order_and_settle("pm_card_visa_chargeDeclined").await;
    let path = format!("/payments/{}", order["payment_id"].as_str().expect("an id"));
    let another = json!({ "payment_method": "pm_card_visa" });
    let attempts = format!("{path}/attempts");
    assert_eq!(eve.post(&attempts, "hers", &another).await.problem(), "404 payment_not_found");
    for _ in 0..2 {
        let retried = ada.post(&attempts, "another-card", &another).await;
        assert_eq!((retried.status, &retried.body["attempt"]), (202, &json!(2)), "{retried:?}");
        shop.settle().await;
    }
    let paid = ada.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body;
    assert_eq!((&paid["status"], &paid["payment_status"]), (&json!("confirmed"), &json!("captured")));
    assert_eq!(stock(&shop, "CUP-BLUE").await, json!({ "available": 78, "reserved": 0, "sold": 2 }));
    let intents = shop.cloud().payment_gateway().intents();
    assert_eq!((intents.len(), intents[0].successful_charges, intents[0].held()), (1, 1, 3_690));
    assert_eq!(ada.post(&attempts, "once-more", &another).await.problem(), "409 payment_not_retryable");
    let mails = ["We have received your order", "Your payment did not go through", "Your order is confirmed"];
    ada.assert_mails(&order, &mails).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_piece_is_held_for_the_next_card_of_its_customer() {
    let shop = Shop::open().await;
    let (admin, ada, eve) =
        (shop.admin().await, shop.customer("Ada Lovelace").await, shop.customer("Eve").await);
    let product = json!({
        "title": "Last piece", "description": "", "slug": "last-piece", "category": "tableware", "status": "active",
        "variants": [{ "sku": "LAST-1", "title": "One size", "price": { "amount": 500, "currency": "EUR" } }],
    });
    assert_eq!(admin.post("/products", "last", &product).await.status, 201);
    let delivery = json!({ "delta": 1, "reason": "first delivery" });
    assert!(admin.post("/stock/LAST-1/adjustments", "last", &delivery).await.status < 300);
    let mut order = first_order("pm_card_visa_chargeDeclined");
    order["lines"] = json!([{ "sku": "LAST-1", "quantity": 1 }]);
    let placed = ada.post("/orders", "declined", &order).await;
    assert_eq!(placed.status, 201);
    shop.settle().await;
    assert_eq!(eve.post("/orders", "hers", &order).await.problem(), "409 out_of_stock");
    let attempts = format!("/payments/{}/attempts", placed.body["payment_id"].as_str().expect("an id"));
    let another = json!({ "payment_method": "pm_card_visa" });
    assert_eq!(ada.post(&attempts, "another-card", &another).await.status, 202);
    shop.settle().await;
    assert_eq!(stock(&shop, "LAST-1").await, json!({ "available": 0, "reserved": 0, "sold": 1 }));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unpaid_order_can_be_cancelled_and_a_paid_one_cannot_if_the_policy_forbids_it() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let policy = json!({ "customer_may_cancel": false });
    let put = admin.request(Method::PUT, "/admin/settings/policy/main").header("if-match", "*").json(&policy);
    assert_eq!(shop.send(put).await.status, 200);
    let unpaid = ada.order_and_settle("pm_card_authenticationRequired").await;
    let path = format!("/orders/{}/cancellation", unpaid["order_id"].as_str().expect("an id"));
    for _ in 0..2 {
        let cancelled = shop.send(ada.request(Method::POST, &path)).await;
        assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")));
    }
    shop.settle().await;
    assert_eq!(stock(&shop, "CUP-BLUE").await, json!({ "available": 80, "reserved": 0, "sold": 0 }));

    let paid = ada.order("another", "pm_card_visa").await;
    shop.settle().await;
    let path = format!("/orders/{}/cancellation", paid.body["order_id"].as_str().expect("an id"));
    assert_eq!(shop.send(ada.request(Method::POST, &path)).await.problem(), "409 order_already_paid");
    let mails = ["We have received your order", "Please confirm your payment", "Your order is cancelled"];
    ada.assert_mails(&unpaid, &mails).await;
    ada.assert_mails(&paid.body, &["We have received your order", "Your order is confirmed"]).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsettled_reservation_is_released_and_its_order_expires() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = ada.order_and_settle("pm_card_authenticationRequired").await;
    let held_until: Timestamp = order["held_until"].as_str().expect("a time").parse().expect("RFC 3339");
    // Products releases a reservation that is not settled in time, and notifies orders, which ends the order.
    shop.run_schedule("expire-reservations", held_until + SignedDuration::from_mins(31)).await;
    shop.settle().await;
    let path = format!("/orders/{}", order["order_id"].as_str().expect("an id"));
    assert_eq!(ada.get(&path).await.body["status"], "expired");
    assert_eq!(stock(&shop, "CUP-BLUE").await, json!({ "available": 80, "reserved": 0, "sold": 0 }));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_visible_to_its_customer_and_to_an_admin_only() {
    let shop = Shop::open().await;
    let (ada, eve, admin) =
        (shop.customer("Ada Lovelace").await, shop.customer("Eve").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let path = format!("/orders/{}?expand=user", order["order_id"].as_str().expect("an id"));
    let expanded = ada.get(&path).await;
    assert_eq!(
        expanded.body["user"],
        json!({ "status": "available", "name": "Ada Lovelace", "email": ada.email })
    );
    assert_eq!(admin.get(&path).await.status, 200);
    assert_eq!(eve.get(&path).await.problem(), "404 order_not_found");
    assert_eq!(eve.get("/orders").await.body, json!({ "items": [] }));
    let unknown = ada.get("/orders/ord_01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    assert_eq!(unknown.problem(), "404 order_not_found", "the same reply as for another customer's order");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_of_any_country_and_tokens_with_many_digits_are_accepted() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let order = |country: &str, region: Option<&str>, postal_code: Option<&str>| {
        let mut order = first_order("pm_card_visa");
        order["shipping_address"] =
            json!({ "name": "Ada", "line1": "1 Main Street", "city": "Albany", "country": country });
        for (field, value) in [("region", region), ("postal_code", postal_code)] {
            if let Some(value) = value {
                order["shipping_address"][field] = json!(value);
            }
        }
        order
    };
    for (country, region, code) in [("HK", "Kowloon", None), ("QA", "", Some("")), ("AE", "Dubai", Some(""))]
    {
        let placed = ada.post("/orders", country, &order(country, Some(region), code)).await;
        assert_eq!(placed.status, 201, "{country}: {placed:?}");
        shop.settle().await;
    }
    let refused = [
        ("ES", Some("Madrid"), None, "422 postal_code_missing"),
        ("ES", Some("Madrid"), Some(""), "422 postal_code_missing"),
        ("ES", Some("Madrid"), Some("E-28013"), "422 postal_code_invalid"),
        ("ES", None, Some("28013"), "422 region_missing"),
        ("US", Some("Ontario"), Some("12207"), "422 region_unknown"),
        ("XX", None, None, "422 country_unknown"),
    ];
    for (number, (country, region, code, problem)) in refused.into_iter().enumerate() {
        let refused = ada.post("/orders", &format!("refused-{number}"), &order(country, region, code)).await;
        assert_eq!(refused.problem(), problem, "{country}");
    }
    let placed = ada.post("/orders", "US", &order("US", Some("New York"), Some("12207"))).await;
    let shown = ada.get(&format!("/orders/{}", placed.body["order_id"].as_str().expect("an id"))).await;
    assert_eq!(shown.body["shipping_address"]["region"], "NY");

    let token = ada.post("/orders", "token", &first_order("pm_1N4827K3940156x72Qz83T05")).await;
    assert_eq!(token.status, 201, "{token:?}");
    shop.settle().await;
    let payment = ada.get(&format!("/payments/{}", token.body["payment_id"].as_str().expect("an id"))).await;
    assert_eq!(payment.body["decline_code"], "unusable_payment_method");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amounts_that_cannot_be_charged_are_refused_and_leave_nothing_behind() {
    let shop = Shop::open().await;
    let (admin, ada) = (shop.admin().await, shop.customer("Ada Lovelace").await);
    let product = |sku: &str, amount: i64, currency: &str| {
        json!({
            "title": sku, "description": "", "slug": sku.to_lowercase(), "category": "tableware", "status": "active",
            "variants": [{ "sku": sku, "title": "One size", "price": { "amount": amount, "currency": currency } }],
        })
    };
    for (amount, currency, problem) in [
        (1_999, "KWD", "422 price_not_chargeable"),
        (501, "MGA", "422 price_not_chargeable"),
        (1_000, "HRK", "422 currency_not_supported"),
        (1_000, "KPW", "422 currency_not_supported"),
    ] {
        let refused = admin.post("/products", currency, &product("SKU-1", amount, currency)).await;
        assert_eq!(refused.problem(), problem, "{amount} {currency}");
    }
    for (sku, amount, currency) in
        [("PENNY", 10, "EUR"), ("YACHT", 110_000_000, "EUR"), ("LOPI", 5_000, "ISK")]
    {
        assert_eq!(admin.post("/products", sku, &product(sku, amount, currency)).await.status, 201);
        let delivery = json!({ "delta": 9, "reason": "first delivery" });
        assert!(admin.post(&format!("/stock/{sku}/adjustments"), sku, &delivery).await.status < 300);
    }
    for (sku, quantity) in [("PENNY", 4), ("YACHT", 1)] {
        assert_eq!(ada.order_of(sku, sku, quantity).await.problem(), "422 amount_out_of_range", "{sku}");
        assert_eq!(stock(&shop, sku).await, json!({ "available": 9, "reserved": 0, "sold": 0 }));
    }
    assert_eq!(ada.order_of("enough", "PENNY", 5).await.status, 201, "0.50 EUR");
    let mut wool = first_order("pm_card_visa");
    (wool["lines"], wool["currency"]) = (json!([{ "sku": "LOPI", "quantity": 1 }]), json!("ISK"));
    let wool = ada.post("/orders", "wool", &wool).await;
    shop.settle().await;
    let order = ada.get(&format!("/orders/{}", wool.body["order_id"].as_str().expect("an id"))).await;
    assert_eq!(order.body["total"], json!({ "amount": 5_000, "currency": "ISK" }));
    assert_eq!(order.body["status"], "confirmed");
    assert_eq!(shop.cloud().payment_gateway().holds("isk"), 500_000, "with two decimals");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_method_that_was_used_before_is_declined() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let mut seen = Vec::new();
    for key in ["first", "second"] {
        let placed = ada.order(key, "pm_sandbox_once_1").await;
        shop.settle().await;
        let payment =
            ada.get(&format!("/payments/{}", placed.body["payment_id"].as_str().expect("an id"))).await;
        seen.push((payment.body["status"].clone(), payment.body["decline_code"].clone()));
    }
    assert_eq!(seen, [(json!("captured"), Value::Null), (json!("failed"), json!("unusable_payment_method"))]);
    shop.close().await;
}
