//! `set-stock-policy`, `list-stock`.

use domain::events::{ProductEvent, StockLow};
use edge::{NoBody, Reply};
use futures::future::join_all;
use products::stock::list_stock::StockEntry;
use products::stock::{list_stock, set_stock_policy};

use super::*;

impl Shop {
    pub async fn set_policy(&self, sku: &str, policy: Value) -> Result<StockEntry, Problem> {
        let call = Call::new(staff(), parsed(policy), now());
        let call = call.with_path("sku", sku).with_header("if-match", "*");
        Ok(set_stock_policy(self.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn set_low_at(&self, sku: &str, low_at: u64, if_match: &str) -> Result<Reply<StockEntry>, Problem> {
        let call = Call::new(staff(), parsed(json!({ "low_at": low_at })), now());
        let call = call.with_path("sku", sku).with_header("if-match", if_match);
        set_stock_policy(self.products.clone(), call).await
    }

    pub async fn stock_list(&self, query: &str) -> Result<(Vec<StockEntry>, Option<String>), Problem> {
        let call = Call::new(staff(), NoBody, now()).with_query(query)?;
        let reply = list_stock(self.products.clone(), call).await?;
        let list = reply.body().unwrap();
        Ok((list.items.clone(), list.next_cursor.clone()))
    }

    /// Returns the SKUs that run low, and their available pieces.
    pub async fn low(&self) -> Vec<(String, u64)> {
        let (items, _) = self.stock_list("low=true&limit=100").await.unwrap();
        items.into_iter().map(|entry| (entry.level.sku.to_string(), entry.level.available)).collect()
    }
}

fn listed(of: &[(&str, u64)]) -> Vec<(String, u64)> {
    of.iter().map(|(sku, available)| ((*sku).to_owned(), *available)).collect()
}

#[tokio::test]
async fn what_runs_low_is_listed() {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    assert_eq!(shop.low().await, listed(&[("CUP-BLUE", 0), ("CUP-RED", 0)]), "nothing has arrived yet");
    shop.adjust("CUP-BLUE", 8, "a").await.unwrap();
    shop.adjust("CUP-RED", 5, "b").await.unwrap();
    assert_eq!(shop.low().await, listed(&[("CUP-RED", 5)]));
    shop.reserve(order(1), &[("CUP-BLUE", 3)]).await.unwrap();
    assert_eq!(shop.low().await, listed(&[("CUP-BLUE", 5), ("CUP-RED", 5)]));
    shop.deliver(&news(OrderEvent::Cancelled, order(1))).await.unwrap();
    assert_eq!(shop.low().await, listed(&[("CUP-RED", 5)]), "it has recovered");
    shop.reserve(order(2), &[("CUP-BLUE", 7)]).await.unwrap();
    shop.adjust("CUP-BLUE", 9, "c").await.unwrap();
    assert_eq!(shop.low().await, listed(&[("CUP-RED", 5)]));
    let (one, next) = shop.stock_list("sku=CUP-BLUE").await.unwrap();
    assert_eq!((one.len(), one[0].level.available, next), (1, 10, None));
    assert_eq!(shop.stock_list("sku=TEAPOT").await.unwrap(), (Vec::new(), None));
    for query in [
        "",
        "low=false",
        "low=true&sku=CUP-RED",
        "sku=CUP-RED&cursor=x",
        "low=true&cursor=x",
        "low=true&limit=0",
    ] {
        assert_eq!(shop.stock_list(query).await.unwrap_err().status().as_u16(), 400, "{query}");
    }
}

#[tokio::test]
async fn a_threshold_decides_when_stock_runs_low() {
    let shop = shop_with(18).await;
    let set = shop.set_low_at("CUP-BLUE", 20, "\"0\"").await.unwrap();
    assert_eq!(set, Reply::ok(set.body().unwrap().clone()).etag(1));
    assert_eq!(shop.outbox().await, [], "nothing has crossed it");
    assert_eq!(shop.low().await, listed(&[("CUP-BLUE", 18)]));
    shop.adjust("CUP-BLUE", 7, "a").await.unwrap();
    assert_eq!(shop.low().await, listed(&[]));
    shop.reserve(order(1), &[("CUP-BLUE", 7)]).await.unwrap();
    let low = ProductEvent::StockLow(StockLow { sku: sku("CUP-BLUE"), available: 18 });
    assert_eq!(shop.outbox().await, [Event::Product(low)]);
    assert_eq!(shop.low().await, listed(&[("CUP-BLUE", 18)]));
    shop.set_low_at("CUP-BLUE", 3, "\"1\"").await.unwrap();
    assert_eq!(shop.low().await, listed(&[]));
    let same = shop.set_low_at("CUP-BLUE", 3, "*").await.unwrap();
    assert_eq!(same.body().unwrap().policy_version, 2, "the same again is not a change");
    let acted = shop.acted().await;
    assert_eq!(acted.iter().filter(|act| *act == "set-stock-policy CUP-BLUE").count(), 2, "{acted:?}");
}

#[tokio::test]
async fn each_refusal() {
    let shop = shop_with(18).await;
    let stale = shop.set_low_at("CUP-BLUE", 20, "\"1\"").await.unwrap_err();
    assert_eq!(stale.status().as_u16(), 412);
    let unknown = shop.set_low_at("TEAPOT", 20, "*").await.unwrap_err();
    assert_eq!((unknown.status().as_u16(), unknown.code()), (404, "sku_not_found"));
    let call = Call::new(staff(), parsed(json!({ "low_at": 1 })), now()).with_path("sku", "CUP-BLUE");
    let missing = set_stock_policy(shop.products.clone(), call).await.unwrap_err();
    assert_eq!(missing.status().as_u16(), 428);
    for low_at in [json!(-1), json!(10_001), json!(1.5), json!("5")] {
        assert!(
            serde_json::from_value::<set_stock_policy::StockPolicy>(json!({ "low_at": low_at })).is_err()
        );
    }
}

/// Of two who set a threshold that they have both read, one is told.
#[tokio::test]
async fn a_threshold_is_not_overwritten_unknowingly() {
    let shop = shop_with(18).await;
    let outcomes = join_all([7, 8].map(|low_at| shop.set_low_at("CUP-BLUE", low_at, "\"0\""))).await;
    let statuses = outcomes.iter().filter_map(|outcome| Some(outcome.as_ref().err()?.status().as_u16()));
    assert_eq!(statuses.collect::<Vec<_>>(), [412]);
}

/// Whatever happens at the same time, what runs low is in the list.
#[tokio::test]
async fn what_runs_low_at_the_same_time_is_listed() {
    let shop = shop_with(6).await;
    for round in 0..20_u64 {
        let (low_at, key) = (4 + round % 5, round.to_string());
        let (reserved, adjusted, set) = tokio::join!(
            shop.reserve(order(round), &[("CUP-BLUE", 2)]),
            shop.adjust("CUP-BLUE", 2, &key),
            shop.set_low_at("CUP-BLUE", low_at, "*"),
        );
        adjusted.unwrap();
        set.unwrap();
        reserved.unwrap();
        let item = shop.item("CUP-BLUE").await;
        let is_listed = shop.low().await.iter().any(|(sku, _)| sku == "CUP-BLUE");
        assert_eq!(is_listed, item.is_low(), "{item:?}");
    }
}

#[tokio::test]
async fn low_stock_keeps_to_its_budget() {
    let shop = shop_with(18).await;
    drop(shop.engine.used());
    let mut used = Vec::new();
    shop.set_low_at("CUP-BLUE", 20, "*").await.unwrap();
    used.push(format!("a threshold above the stock: {}", shop.engine.used()));
    shop.set_low_at("CUP-BLUE", 19, "*").await.unwrap();
    used.push(format!("another: {}", shop.engine.used()));
    shop.low().await;
    used.push(format!("what runs low: {}", shop.engine.used()));
    shop.stock_list("sku=CUP-RED").await.unwrap();
    used.push(format!("one SKU: {}", shop.engine.used()));
    shop.reserve(order(1), &[("CUP-BLUE", 1)]).await.unwrap();
    used.push(format!("an order of what runs low: {}", shop.engine.used()));
    shop.reserve(order(2), &[("CUP-RED", 1)]).await.unwrap();
    used.push(format!("an order of another: {}", shop.engine.used()));
    insta::assert_debug_snapshot!(used, @r#"
    [
        "a threshold above the stock: 1 read, 5 written: GetItem, TransactWriteItems",
        "another: 1 read, 5 written: GetItem, TransactWriteItems",
        "what runs low: 0.5 read, 0 written: Query",
        "one SKU: 1 read, 0 written: GetItem",
        "an order of what runs low: 2 read, 6 written: BatchGetItem, GetItem, TransactWriteItems",
        "an order of another: 2 read, 5 written: BatchGetItem, GetItem, TransactWriteItems",
    ]
    "#);
}
