//! Lists and their cursors.

use std::collections::BTreeSet;

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
