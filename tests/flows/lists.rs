//! Lists and their cursors.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::Value;
use tests::{Customer, Shop};

fn ids(list: &Value, name: &str) -> Vec<String> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item[name].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_contain_the_whole_list() {
    let shop = Shop::open().await;
    let mut seen = Vec::new();
    let mut path = "/products?limit=3".to_owned();
    loop {
        let page = shop.send(shop.client().get(shop.at(&path))).await;
        assert_eq!(page.status, 200);
        seen.extend(ids(&page.body, "product_id"));
        match page.body["next_cursor"].as_str() {
            Some(cursor) => path = format!("/products?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    let whole = shop.send(shop.client().get(shop.at("/products?limit=100"))).await;
    assert_eq!(seen, ids(&whole.body, "product_id"));
    assert_eq!(seen.len(), 8);
    let coffee = shop.send(shop.client().get(shop.at("/products?category=coffee"))).await;
    assert_eq!(ids(&coffee.body, "slug"), ["ethiopia-guji", "house-espresso"], "newest first");
    shop.close().await;
}

async fn three_orders<'a>(shop: &'a Shop, name: &str) -> Customer<'a> {
    let customer = shop.customer(name).await;
    for key in ["1", "2", "3"] {
        assert_eq!(customer.order_of(key, "ALMONDS-150", 1).await.status, 201);
    }
    customer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_altered_cursor_returns_own_items_or_400() {
    let shop = Shop::open().await;
    let (ada, eve) = (three_orders(&shop, "Ada Lovelace").await, three_orders(&shop, "Eve").await);
    let own: BTreeSet<String> = ids(&eve.get("/orders").await.body, "order_id").into_iter().collect();
    let page = ada.get("/orders?limit=1").await.body;
    let cursor = page["next_cursor"].as_str().expect("a next page");

    // An unaltered cursor of another customer is a position in the caller's own list.
    let borrowed = eve.get(&format!("/orders?cursor={cursor}")).await;
    assert!(ids(&borrowed.body, "order_id").iter().all(|id| own.contains(id)));
    for at in 0..cursor.len() {
        for with in ["A", "_"] {
            let mut altered = cursor.to_owned();
            altered.replace_range(at..=at, with);
            let reply = eve.get(&format!("/orders?cursor={altered}")).await;
            match reply.status {
                200 => assert!(ids(&reply.body, "order_id").iter().all(|id| own.contains(id)), "{altered}"),
                _ => assert_eq!(reply.problem(), "400 bad_cursor", "{altered}"),
            }
        }
    }
    shop.close().await;
}

/// A list is read from an index, which lags behind the table.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_order_is_shown_before_it_is_listed() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let faults = shop.cloud().faults();
    faults.lag_indexes(Duration::from_secs(3_600));
    let placed = ada.order_of("1", "ALMONDS-150", 1).await.body;
    let path = format!("/orders/{}", placed["order_id"].as_str().expect("an id"));
    assert!(ids(&ada.get("/orders").await.body, "order_id").is_empty());
    assert_eq!(ada.get(&path).await.status, 200);
    faults.lag_indexes(Duration::ZERO);
    assert_eq!(ids(&ada.get("/orders").await.body, "order_id").len(), 1);
    shop.settle().await;
    shop.close().await;
}

/// The index of open orders still contains one that has ended. The schedule reads the order before it acts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_that_has_ended_does_not_expire_from_an_old_index() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    let unpaid = ada.order_and_settle("pm_card_authenticationRequired").await;
    let path = format!("/orders/{}", unpaid["order_id"].as_str().expect("an id"));
    shop.cloud().faults().lag_indexes(Duration::from_secs(3_600));
    let cancelled = shop.send(ada.request(Method::POST, &format!("{path}/cancellation"))).await;
    assert_eq!(cancelled.body["status"], "cancelled");
    shop.settle().await;
    assert_eq!(ada.get("/orders").await.body["items"][0]["status"], "awaiting_payment", "the index is old");

    let held_until: Timestamp = unpaid["held_until"].as_str().expect("a time").parse().expect("RFC 3339");
    let cancelled = ada.get(&path).await.body;
    shop.run_schedule("expire-orders", held_until + SignedDuration::from_mins(1)).await;
    shop.run_schedule("expire-reservations", held_until + SignedDuration::from_mins(31)).await;
    shop.settle().await;
    assert_eq!(ada.get(&path).await.body, cancelled);
    shop.close().await;
}
