//! SKUs that are sold before the shop has them.

use domain::events::OrderEvent;
use domain::stock::ShipsInDays;
use futures::future::join_all;

use super::*;

const BLUE: &str = "CUP-BLUE";

fn policy(limit: u64) -> Value {
    json!({ "low_at": 5, "backorder": { "limit": limit, "ships_in_days": 14 } })
}

/// A shop with so many blue cups, of which so many may be on backorder.
async fn shop_of(pieces: i64, limit: u64) -> Shop {
    let shop = if pieces > 0 { shop_with(pieces).await } else { empty_shop().await };
    shop.set_policy(BLUE, policy(limit)).await.unwrap();
    shop
}

async fn empty_shop() -> Shop {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    shop
}

impl Shop {
    async fn refused_policy(&self, sku: &str, policy: Value) -> String {
        self.set_policy(sku, policy).await.unwrap_err().code().to_owned()
    }

    /// Returns what staff see: how many can be ordered, how many have arrived, and how many are on backorder.
    async fn level(&self) -> [u64; 3] {
        let (listed, _) = self.stock_list("sku=CUP-BLUE").await.unwrap();
        let level = &listed[0].level;
        [level.available, level.received, level.backordered]
    }

    /// Returns what customers see: whether it can be ordered, how many, and in how many days it ships.
    async fn blue_as_shown(&self) -> (bool, u64, Option<u16>) {
        let shown = self.public("espresso-cup").await.unwrap();
        let blue = shown.variants.into_iter().find(|shown| shown.variant.sku == sku(BLUE)).unwrap();
        (blue.in_stock, blue.available, blue.ships_in_days.map(ShipsInDays::into_inner))
    }
}

#[tokio::test]
async fn orders_go_as_far_as_the_limit_and_a_delivery_makes_up_for_them() {
    let shop = shop_of(2, 3).await;
    assert_eq!((shop.level().await, shop.blue_as_shown().await), ([5, 2, 0], (true, 5, None)));
    shop.reserve(order(1), &[(BLUE, 4)]).await.unwrap();
    assert_eq!((shop.level().await, shop.blue_as_shown().await), ([1, 2, 2], (true, 1, Some(14))));
    let refused = shop.reserve(order(2), &[(BLUE, 2)]).await.unwrap_err();
    assert_eq!(refused.code(), "out_of_stock");
    shop.reserve(order(3), &[(BLUE, 1)]).await.unwrap();
    assert_eq!((shop.level().await, shop.blue_as_shown().await), ([0, 2, 3], (false, 0, None)));
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    shop.deliver(&news(OrderEvent::Cancelled, order(3))).await.unwrap();
    assert_eq!(shop.level().await, [1, 2, 2]);
    let level = shop.adjust(BLUE, 6, "delivery").await.unwrap();
    assert_eq!((level.available, level.received, level.sold, level.backordered), (7, 8, 4, 0));
    assert_eq!(shop.blue_as_shown().await, (true, 7, None));
    assert!(shop.item(BLUE).await.balances());
}

#[tokio::test]
async fn a_limit_below_what_is_on_backorder_is_refused_until_it_has_arrived() {
    let shop = shop_of(0, 3).await;
    shop.reserve(order(1), &[(BLUE, 2)]).await.unwrap();
    assert_eq!(shop.refused_policy(BLUE, policy(1)).await, "backorder_in_use");
    assert_eq!(shop.refused_policy(BLUE, json!({ "low_at": 5 })).await, "backorder_in_use");
    shop.adjust(BLUE, 2, "delivery").await.unwrap();
    let set = shop.set_policy(BLUE, json!({ "low_at": 5 })).await.unwrap();
    assert_eq!((set.backorder, set.policy_version, shop.level().await), (None, 2, [0, 2, 0]));
}

#[tokio::test]
async fn a_backorder_can_be_changed_while_it_is_in_shards() {
    let shop = shop_with(4).await;
    let policy = |shards, limit: Option<u64>| {
        let backorder = limit.map(|limit| json!({ "limit": limit, "ships_in_days": 3 }));
        json!({ "low_at": 5, "shards": shards, "backorder": backorder })
    };
    shop.set_policy(BLUE, policy(4, Some(36))).await.unwrap();
    shop.rebalance().await.unwrap();
    assert!(shop.stock(BLUE).await.shards.iter().all(|shard| shard.available == 10));
    let sold = join_all((0..20).map(async |number| shop.reserve(order(number), &[(BLUE, 1)]).await)).await;
    assert!(sold.iter().all(Result::is_ok));
    assert_eq!((shop.level().await, shop.blue_as_shown().await), ([20, 4, 16], (true, 10, Some(3))));
    assert_eq!(shop.refused_policy(BLUE, policy(4, Some(15))).await, "backorder_in_use");
    shop.set_policy(BLUE, policy(2, Some(16))).await.unwrap();
    assert_eq!(shop.level().await, [0, 4, 16]);
    assert_eq!(shop.reserve(order(20), &[(BLUE, 1)]).await.unwrap_err().code(), "out_of_stock");
    shop.adjust(BLUE, 16, "delivery").await.unwrap();
    shop.set_policy(BLUE, policy(1, None)).await.unwrap();
    assert_eq!(shop.level().await, [0, 20, 0]);
    assert!(shop.stock(BLUE).await.balances());
}

/// Of many who order at once, as many get a piece as there are and as may be on backorder.
#[tokio::test]
async fn twenty_customers_race_for_what_may_be_on_backorder() {
    let shop = shop_of(2, 5).await;
    let orders = (0..20).map(async |number| shop.reserve(order(number), &[(BLUE, 1)]).await.is_ok());
    assert_eq!(join_all(orders).await.into_iter().filter(|held| *held).count(), 7);
    assert_eq!(shop.level().await, [0, 2, 5]);
}

#[tokio::test]
async fn low_stock_watches_and_adjustments_are_about_what_the_shop_has() {
    let shop = shop_of(8, 50).await;
    assert_eq!(shop.low().await, []);
    shop.reserve(order(1), &[(BLUE, 8)]).await.unwrap();
    assert_eq!(shop.low().await, [(BLUE.to_owned(), 50)]);
    assert_eq!(shop.adjust(BLUE, -1, "broken").await.unwrap_err().code(), "stock_below_zero");
    shop.watch(1, BLUE, true).await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await, [], "it can be ordered, but is not there");
    shop.adjust(BLUE, 1, "delivery").await.unwrap();
    shop.announce().await;
    assert_eq!(shop.announced().await.len(), 1);
}

#[tokio::test]
async fn carts_are_told_how_many_ship_at_once() {
    let shop = shop_of(2, 3).await;
    let offers = shop.offers(&[BLUE, "CUP-RED"]).await.offers;
    let later = offers[0].backorder.unwrap();
    assert_eq!((offers[0].available, later.in_stock, later.ships_in_days.into_inner()), (5, 2, 14));
    assert_eq!((offers[1].available, offers[1].backorder), (2, None));
}

#[test]
fn invalid_backorders_are_rejected() {
    for backorder in [
        json!({ "limit": 0, "ships_in_days": 14 }),
        json!({ "limit": 10_001, "ships_in_days": 14 }),
        json!({ "limit": 5 }),
        json!({ "limit": 5, "ships_in_days": 0 }),
        json!({ "limit": 5, "ships_in_days": 366 }),
        json!(5),
    ] {
        let policy = json!({ "low_at": 5, "backorder": backorder });
        let parsed = serde_json::from_value::<products::stock::set_stock_policy::StockPolicy>(policy);
        assert!(parsed.is_err(), "{backorder}");
    }
}

#[tokio::test]
async fn a_backorder_keeps_to_its_budget() {
    let shop = shop_with(2).await;
    drop(shop.engine.used());
    let mut used = Vec::new();
    shop.set_policy(BLUE, policy(3)).await.unwrap();
    used.push(format!("another limit: {}", shop.engine.used()));
    shop.reserve(order(1), &[(BLUE, 3)]).await.unwrap();
    used.push(format!("an order beyond what is there: {}", shop.engine.used()));
    insta::assert_debug_snapshot!(used, @r#"
    [
        "another limit: 1 read, 5 written: GetItem, TransactWriteItems",
        "an order beyond what is there: 2 read, 6 written: BatchGetItem, GetItem, TransactWriteItems",
    ]
    "#);
}
