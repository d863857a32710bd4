//! Customers who wait for what is out of stock.

use std::time::Duration;

use domain::events::ProductEvent;
use edge::Account;
use engines::faults::Contention;
use products::watches::rows::{WATCHED, Watched};
use products::watches::watch_stock::WatchStock;
use products::watches::{announce_stock, watch_stock};
use store::{Index, Page, Query, Stored};

use super::*;

/// Creates a shop with two SKUs of which there is no piece.
async fn sold_out() -> Shop {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    shop
}

fn customer(number: u128) -> UserId {
    UserId::from_parts(7, number)
}

impl Shop {
    /// Returns whether the customer waits for the SKU now, or the code of the refusal.
    pub async fn watch(&self, number: u128, sku: &str, on: bool) -> Result<bool, Problem> {
        let caller = Account(SignedIn { user_id: customer(number), roles: Vec::new(), ..staff().0 });
        let call = Call::new(caller, WatchStock { on }, now()).with_path("sku", sku);
        Ok(watch_stock(self.products.clone(), call).await?.body().unwrap().on)
    }

    pub async fn announce(&self) {
        announce_stock(self.products.clone(), Tick::new(now(), Cause::new("schedule"))).await.unwrap();
    }

    /// Returns who has been told of which SKU, sorted.
    pub async fn announced(&self) -> Vec<(UserId, String)> {
        let told = self.outbox().await.into_iter().filter_map(|event| match event {
            Event::Product(ProductEvent::StockAnnounced(told)) => Some((told.user_id, told.sku.to_string())),
            _ => None,
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        told
    }

    async fn watched(&self) -> Vec<String> {
        let page: Page<Stored<Watched>> = self.table.query(&Query::new(Index::Table, WATCHED)).await.unwrap();
        page.items.into_iter().map(|watched| watched.value.sku.to_string()).collect()
    }
}

#[tokio::test]
async fn each_customer_who_waits_is_told_once() {
    let shop = sold_out().await;
    for number in 1..=3 {
        assert!(shop.watch(number, "CUP-BLUE", true).await.unwrap());
    }
    assert!(shop.watch(1, "CUP-BLUE", true).await.unwrap(), "twice is once");
    assert!(!shop.watch(3, "CUP-BLUE", false).await.unwrap());
    assert!(!shop.watch(3, "CUP-BLUE", false).await.unwrap());
    shop.announce().await;
    assert_eq!(shop.announced().await, [], "nothing is there yet");

    shop.adjust("CUP-BLUE", 5, "first").await.unwrap();
    shop.announce().await;
    let told = [(customer(1), "CUP-BLUE".to_owned()), (customer(2), "CUP-BLUE".to_owned())];
    assert_eq!(shop.announced().await, told);
    shop.adjust("CUP-BLUE", -5, "all").await.unwrap();
    shop.adjust("CUP-BLUE", 5, "second").await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, told, "nobody waits any more");
    assert_eq!(shop.watched().await, [""; 0]);
}

#[tokio::test]
async fn a_hold_that_ends_is_announced_as_a_delivery_is() {
    let shop = shop_with(2).await;
    shop.reserve(order(1), &[("CUP-RED", 2)]).await.unwrap();
    shop.watch(1, "CUP-RED", true).await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, []);
    shop.deliver(&news(OrderEvent::Expired, order(1))).await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, [(customer(1), "CUP-RED".to_owned())]);
}

#[tokio::test]
async fn what_is_in_shards_is_announced_as_what_is_in_one_row() {
    let shop = shop_with(8).await;
    shop.set_policy("CUP-BLUE", json!({ "low_at": 5, "shards": 4 })).await.unwrap();
    assert_eq!(shop.watch(1, "CUP-BLUE", true).await.unwrap_err().code(), "in_stock");
    shop.reserve(order(1), &[("CUP-BLUE", 8)]).await.unwrap();
    shop.watch(1, "CUP-BLUE", true).await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, []);
    shop.deliver(&news(OrderEvent::Expired, order(1))).await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, [(customer(1), "CUP-BLUE".to_owned())]);
}

#[tokio::test]
async fn what_is_archived_is_announced_when_it_is_for_sale_again() {
    let shop = shop().await;
    let cups = shop.create(cups()).await.unwrap();
    shop.watch(1, "CUP-BLUE", true).await.unwrap();
    shop.update(cups.product_id, json!({ "status": "archived" }), "*").await.unwrap();
    shop.adjust("CUP-BLUE", 5, "delivery").await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, []);
    shop.update(cups.product_id, json!({ "status": "active" }), "*").await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, [(customer(1), "CUP-BLUE".to_owned())]);
}

#[tokio::test]
async fn only_what_is_out_of_stock_is_watched_and_not_too_much_of_it() {
    let shop = shop_with(1).await;
    let refused = async |sku: &str| shop.watch(1, sku, true).await.unwrap_err().code().to_owned();
    assert_eq!(refused("CUP-BLUE").await, "in_stock");
    assert_eq!(refused("TEAPOT").await, "sku_not_found");
    shop.create(product("tray", "kitchen", "TRAY", "draft")).await.unwrap();
    assert_eq!(refused("TRAY").await, "sku_not_found");
    let mut many = product("many", "kitchen", "N0", "active");
    many["variants"] = (0..50).map(|number| variant(&format!("N{number}"), "One", 500)).collect();
    shop.create(many).await.unwrap();
    for number in 0..50 {
        shop.watch(1, &format!("N{number}"), true).await.unwrap();
    }
    shop.create(product("more", "kitchen", "MORE", "active")).await.unwrap();
    assert_eq!(refused("MORE").await, "too_many_watches");
    assert!(shop.watch(2, "MORE", true).await.unwrap(), "another customer");
    shop.watch(1, "N7", false).await.unwrap();
    assert!(shop.watch(1, "MORE", true).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_hundreds_who_wait_none_is_told_twice_and_none_is_left_out() {
    let shop = sold_out().await;
    for number in 0..130 {
        shop.watch(number, "CUP-BLUE", true).await.unwrap();
    }
    shop.adjust("CUP-BLUE", 1, "one").await.unwrap();
    let busy = Contention { row_busy: Some(Duration::from_millis(2)), partition: None };
    shop.engine.endpoint().faults().contend(busy);
    // Two runs at once.
    futures::join!(shop.announce(), shop.announce());
    let told = shop.announced().await;
    let expected: Vec<_> = (0..130).map(|number| (customer(number), "CUP-BLUE".to_owned())).collect();
    assert_eq!(told, expected);
    assert_eq!(shop.watched().await, [""; 0]);
}

#[tokio::test]
async fn watching_keeps_to_its_budget() {
    let shop = sold_out().await;
    let used = || shop.engine.used();
    used();
    shop.watch(1, "CUP-BLUE", true).await.unwrap();
    assert_eq!(used(), "3.5 read, 5 written: 3 GetItem, Query, TransactWriteItems", "watch-stock: the first");
    shop.watch(2, "CUP-BLUE", true).await.unwrap();
    assert_eq!(used(), "3.5 read, 5 written: 3 GetItem, Query, TransactWriteItems", "watch-stock: another");
    shop.watch(2, "CUP-BLUE", true).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "watch-stock: again");
    shop.watch(2, "CUP-BLUE", false).await.unwrap();
    assert_eq!(used(), "2 read, 3 written: 2 GetItem, TransactWriteItems", "watch-stock: no longer");
    shop.announce().await;
    assert_eq!(used(), "2 read, 0 written: GetItem, Query", "announce-stock: one SKU, sold out");
    shop.adjust("CUP-BLUE", 1, "one").await.unwrap();
    used();
    shop.announce().await;
    assert_eq!(
        used(),
        "8 read, 9 written: 5 GetItem, 3 Query, 2 TransactWriteItems",
        "announce-stock: one customer"
    );
    shop.announce().await;
    assert_eq!(used(), "1 read, 0 written: Query", "announce-stock: nobody waits");
}
