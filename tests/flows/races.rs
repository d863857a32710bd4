//! Concurrent requests: for the last pieces of a product, and one request many times.

use std::collections::BTreeSet;

use dev::seed::first_order;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::{Books, Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_concurrent_orders_of_the_last_ten_pieces_place_ten() {
    sell_the_last_ten(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_concurrent_orders_of_the_last_ten_pieces_in_four_shards_place_ten() {
    sell_the_last_ten(4).await;
}

async fn sell_the_last_ten(shards: u8) {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let product = json!({
        "title": "Last edition", "description": "", "slug": "last-edition", "category": "tableware", "status": "active",
        "variants": [{ "sku": "LAST-10", "title": "One size", "price": { "amount": 500, "currency": "EUR" } }],
    });
    assert_eq!(admin.post("/products", "last", &product).await.status, 201);
    let delivery = json!({ "delta": 10, "reason": "first delivery" });
    assert!(admin.post("/stock/LAST-10/adjustments", "last", &delivery).await.status < 300);
    if shards > 1 {
        admin.spread("LAST-10", shards).await;
    }
    let names: Vec<String> = (0..50).map(|number| format!("Customer {number}")).collect();
    let customers = join_all(names.iter().map(|name| shop.customer(name))).await;

    let replies = join_all(customers.iter().map(|customer| customer.order_of("mine", "LAST-10", 1))).await;
    let placed = replies.iter().filter(|reply| reply.status == 201).count();
    let refused = replies.iter().filter(|reply| reply.status != 201).map(|reply| reply.problem());
    assert!(
        refused.clone().all(|problem| problem == "409 out_of_stock"),
        "{:?}",
        refused.collect::<BTreeSet<_>>()
    );
    assert_eq!(placed, 10);

    shop.settle().await;
    let rows = [shop.rows("products", "stock").await, shop.rows("products", "stock_shard").await].concat();
    let rows: Vec<_> = rows.into_iter().filter(|row| row["sku"]["S"] == "LAST-10").collect();
    assert_eq!(rows.len(), if shards > 1 { 1 + usize::from(shards) } else { 1 });
    for (counter, pieces) in [("available", 0), ("reserved", 0), ("sold", 10), ("received", 10)] {
        let count = |row: &Value| row[counter]["N"].as_str().and_then(|count| count.parse::<u32>().ok());
        assert_eq!(rows.iter().filter_map(count).sum::<u32>(), pieces, "{counter}");
    }
    assert_eq!(Books::of(&shop).await.wrong_stock(), Vec::<String>::new());
    for (customer, reply) in customers.iter().zip(&replies) {
        if reply.status == 201 {
            let mails = ["We have received your order", "Your order is confirmed"];
            customer.assert_mails(&reply.body, &mails).await;
        } else {
            assert_eq!(shop.subjects(&customer.email), ["Welcome to Bodega"]);
        }
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_identical_concurrent_requests_are_one_order() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let replies = join_all((0..200).map(|_| ada.order("once", "pm_card_visa"))).await;
    let bodies: BTreeSet<String> =
        replies.iter().map(|reply| format!("{} {}", reply.status, reply.body)).collect();
    assert_eq!(bodies.len(), 1, "the replies differ: {bodies:#?}");
    assert_eq!(replies[0].status, 201);
    shop.settle().await;
    assert_eq!(ada.get("/orders").await.body["items"].as_array().map(Vec::len), Some(1));
    ada.assert_mails(&replies[0].body, &["We have received your order", "Your order is confirmed"]).await;

    let mut another = first_order("pm_card_visa");
    another["lines"][0]["quantity"] = json!(1);
    assert_eq!(ada.post("/orders", "once", &another).await.problem(), "422 idempotency_key_reused");
    assert_eq!(
        ada.order("once", "pm_card_visa").await.body,
        replies[0].body,
        "the same reply even after the order is confirmed"
    );
    shop.close().await;
}

/// Places as many orders as it can without paying, and then some more after each of them has ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_customer_holds_the_stock_of_at_most_three_orders_until_their_hold_ends() {
    let shop = Shop::open().await;
    let eve = shop.customer("Eve").await;
    let order = |number: usize| {
        let mut order = first_order("pm_card_authenticationRequired");
        order["lines"] = json!([{ "sku": "CUP-BLUE", "quantity": 2 }]);
        (format!("order-{number}"), order)
    };
    let reserved = async || {
        let rows = shop.rows("products", "stock").await;
        let row = rows.into_iter().find(|row| row["sku"]["S"] == "CUP-BLUE").expect("a stock row");
        row["reserved"]["N"].as_str().expect("a number").parse::<u64>().expect("a whole number")
    };
    let send = async |numbers: std::ops::Range<usize>| {
        let requests = numbers.map(order).map(|(key, order)| {
            let eve = &eve;
            async move { eve.post("/orders", &key, &order).await }
        });
        join_all(requests).await
    };
    let replies = send(0..100).await;
    let placed: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(placed.len(), 3);
    for refused in replies.iter().filter(|reply| reply.status != 201) {
        let problem = refused.problem();
        // Requests that lose too many races for the customer's record are told to try again.
        assert!(problem == "429 too_many_open_orders" || refused.status == 503, "{problem}");
    }
    assert_eq!(reserved().await, 6);
    shop.settle().await;
    assert_eq!(Books::of(&shop).await.wrong_standings(), Vec::<String>::new());

    let held_until = placed.iter().filter_map(|reply| reply.body["held_until"].as_str());
    let ended = held_until.map(|at| at.parse::<Timestamp>().expect("RFC 3339")).max().expect("three orders");
    shop.run_schedule("expire-orders", ended + SignedDuration::from_secs(1)).await;
    shop.settle().await;
    assert_eq!(reserved().await, 0, "the hold has ended");
    let again = send(100..104).await;
    assert_eq!(again.iter().filter(|reply| reply.status == 201).count(), 3);
    shop.run_schedule("expire-orders", ended + SignedDuration::from_mins(15)).await;
    shop.close().await;
}
