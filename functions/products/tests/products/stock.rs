//! `adjust-stock`.

use domain::events::{ProductEvent, StockLow};
use edge::{Body, NoBody};
use futures::future::join_all;
use products::stock::list_stock_movements;
use products::stock::rows::Adjustment;
use store::{Index, Query};

use super::*;

#[tokio::test]
async fn an_adjustment_is_counted_and_its_reason_kept() {
    let shop = shop_with(24).await;
    let level = shop.adjust("CUP-BLUE", -4, "broken").await.unwrap();
    insta::assert_json_snapshot!(level, @r#"
    {
      "sku": "CUP-BLUE",
      "available": 20,
      "reserved": 0,
      "sold": 0,
      "received": 20,
      "backordered": 0
    }
    "#);
    assert_eq!(shop.counters("CUP-BLUE").await, [20, 0, 0, 20]);
    let query = Query::new(Index::Table, "STOCK#CUP-BLUE").below("STOCK");
    let kept = shop.table.query::<Adjustment>(&query).await.unwrap().items;
    let kept: Vec<Adjustment> = kept.into_iter().map(|row| row.value).collect();
    let mut deltas: Vec<i64> = kept.iter().map(|adjustment| adjustment.delta.into_inner()).collect();
    deltas.sort_unstable();
    assert_eq!(deltas, [-4, 24]);
    assert!(kept.iter().all(|kept| kept.adjusted_by == staff().0.user_id && kept.adjusted_at == now()));
    assert_eq!(kept[0].reason.as_ref(), "counted");
}

#[tokio::test]
async fn an_adjustment_is_applied_once_per_key() {
    let shop = shop_with(10).await;
    let replies = join_all((0..10).map(|_| shop.adjust("CUP-BLUE", 7, "delivery"))).await;
    for reply in replies {
        assert_eq!(reply.unwrap().available, 17);
    }
    assert_eq!(shop.adjust("CUP-BLUE", 8, "delivery").await.unwrap_err().code(), "idempotency_key_reused");
    assert_eq!(shop.adjust("CUP-RED", 7, "delivery").await.unwrap_err().code(), "idempotency_key_reused");
    assert_eq!(shop.counters("CUP-BLUE").await, [17, 0, 0, 17]);
    let adjusted = shop.acted().await.into_iter().filter(|acted| acted == "adjust-stock CUP-BLUE");
    assert_eq!(adjusted.count(), 2, "the first delivery, and this one once");
}

#[tokio::test]
async fn concurrent_adjustments_all_count() {
    let shop = shop_with(10).await;
    let adjusting = (1..=6).map(|delta| {
        let shop = &shop;
        async move { shop.adjust("CUP-BLUE", delta, &format!("key-{delta}")).await.unwrap() }
    });
    for (level, delta) in join_all(adjusting).await.into_iter().zip(1..) {
        assert!((10 + delta..=31).contains(&level.available), "{level:?}: its own adjustment is included");
    }
    assert_eq!(shop.counters("CUP-BLUE").await, [31, 0, 0, 31]);
}

#[tokio::test]
async fn each_refusal() {
    let shop = shop_with(10).await;
    shop.reserve(order(1), &[("CUP-BLUE", 4)]).await.unwrap();
    let below = shop.adjust("CUP-BLUE", -7, "a").await.unwrap_err();
    assert_eq!((below.status().as_u16(), below.code()), (409, "stock_below_zero"));
    let unknown = shop.adjust("POT", 1, "b").await.unwrap_err();
    assert_eq!((unknown.status().as_u16(), unknown.code()), (404, "sku_not_found"));
    assert_eq!(shop.adjust("cup-blue", 1, "c").await.unwrap_err().status().as_u16(), 404);
    let body: AdjustStock = parsed(json!({ "delta": 1, "reason": "counted" }));
    let keyless = Call::new(staff(), body, now()).with_path("sku", "CUP-BLUE");
    let keyless = adjust_stock(shop.products.clone(), keyless).await.unwrap_err();
    assert_eq!((keyless.status().as_u16(), keyless.code()), (400, "idempotency_key_missing"));
    for bad in [
        json!({ "delta": 0, "reason": "x" }),
        json!({ "delta": 1_000_001, "reason": "x" }),
        json!({ "delta": -1_000_001, "reason": "x" }),
        json!({ "delta": 9_223_372_036_854_775_808_u64, "reason": "x" }),
        json!({ "delta": 1.5, "reason": "x" }),
        json!({ "delta": 1, "reason": " " }),
        json!({ "delta": 1, "reason": "a\nb" }),
        json!({ "delta": 1 }),
        json!({ "delta": 1, "reason": "x", "sku": "CUP-RED" }),
    ] {
        assert!(AdjustStock::read(bad.to_string().as_bytes(), "POST", &Default::default()).is_err(), "{bad}");
    }
    assert_eq!(shop.counters("CUP-BLUE").await, [6, 4, 0, 10]);
}

#[tokio::test]
async fn low_stock_is_published_once_per_crossing_of_the_threshold() {
    let shop = shop_with(7).await;
    let low =
        |available| Event::Product(ProductEvent::StockLow(StockLow { sku: sku("CUP-BLUE"), available }));
    shop.reserve(order(1), &[("CUP-BLUE", 1)]).await.unwrap();
    assert_eq!(shop.outbox().await, [], "6 are left");
    shop.reserve(order(2), &[("CUP-BLUE", 2)]).await.unwrap();
    shop.reserve(order(3), &[("CUP-BLUE", 1)]).await.unwrap();
    assert_eq!(shop.outbox().await, [low(4)], "4 are left, then 3");
    shop.adjust("CUP-BLUE", 10, "up").await.unwrap();
    shop.adjust("CUP-BLUE", -9, "down").await.unwrap();
    shop.adjust("CUP-BLUE", -1, "again").await.unwrap();
    let mut events = shop.outbox().await;
    events.sort_by_key(|event| format!("{event:?}"));
    assert_eq!(events, [low(4), low(4)], "13, 4, 3");
}

#[tokio::test]
async fn concurrent_reservations_publish_low_stock_once() {
    let shop = shop_with(20).await;
    let orders = join_all((0..20).map(|number| {
        let shop = &shop;
        async move { shop.reserve(order(number), &[("CUP-RED", 1)]).await }
    }))
    .await;
    assert!(orders.iter().all(Result::is_ok), "{orders:?}");
    assert_eq!(
        shop.outbox().await,
        [Event::Product(ProductEvent::StockLow(StockLow { sku: sku("CUP-RED"), available: 5 }))]
    );
}

impl Shop {
    async fn movements(&self, sku: &str, query: &str) -> Result<(Vec<i64>, Option<String>), Problem> {
        let call = Call::new(staff(), NoBody, now()).with_path("sku", sku).with_query(query)?;
        let reply = list_stock_movements(self.products.clone(), call).await?;
        let list = reply.body().unwrap();
        let deltas = list.items.iter().map(|movement| movement.delta.into_inner()).collect();
        Ok((deltas, list.next_cursor.clone()))
    }
}

#[tokio::test]
async fn the_movements_of_a_sku_add_up_to_what_was_received() {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    assert_eq!(shop.movements("CUP-BLUE", "").await.unwrap(), (Vec::new(), None), "none yet");
    for (number, delta) in (0..).zip([10, -3, 5, 1]) {
        let body: AdjustStock = parsed(json!({ "delta": delta, "reason": "counted" }));
        let call = Call::new(staff(), body, now() + SignedDuration::from_secs(number));
        let call = call.with_path("sku", "CUP-BLUE").with_header("idempotency-key", &number.to_string());
        adjust_stock(shop.products.clone(), call).await.unwrap();
    }
    shop.adjust("CUP-RED", 7, "red").await.unwrap();
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    assert_eq!(shop.movements("CUP-BLUE", "").await.unwrap(), (vec![1, 5, -3, 10], None));
    assert_eq!(shop.counters("CUP-BLUE").await, [11, 2, 0, 13]);
    let (page, cursor) = shop.movements("CUP-BLUE", "limit=3").await.unwrap();
    assert_eq!(page, [1, 5, -3]);
    let cursor = cursor.unwrap();
    let rest = shop.movements("CUP-BLUE", &format!("limit=3&cursor={cursor}")).await.unwrap();
    assert_eq!(rest, (vec![10], None));
    let of_another = shop.movements("CUP-RED", &format!("cursor={cursor}")).await.unwrap();
    assert_eq!(of_another, (vec![7], None), "a cursor leads to nothing of another SKU");
    assert_eq!(shop.movements("CUP-BLUE", "cursor=x").await.unwrap_err().code(), "bad_cursor");
    let unknown = shop.movements("TEAPOT", "").await.unwrap_err();
    assert_eq!((unknown.status().as_u16(), unknown.code()), (404, "sku_not_found"));
    for limit in ["limit=0", "limit=101"] {
        assert_eq!(shop.movements("CUP-BLUE", limit).await.unwrap_err().status().as_u16(), 400, "{limit}");
    }
}

#[tokio::test]
async fn listing_movements_keeps_to_its_budget() {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    drop(shop.engine.used());
    shop.movements("CUP-BLUE", "").await.unwrap();
    assert_eq!(shop.engine.used(), "2 read, 0 written: GetItem, Query", "none yet");
    shop.movements("TEAPOT", "").await.unwrap_err();
    assert_eq!(shop.engine.used(), "2 read, 0 written: GetItem, Query", "an unknown SKU");
    shop.adjust("CUP-BLUE", 3, "a").await.unwrap();
    drop(shop.engine.used());
    shop.movements("CUP-BLUE", "").await.unwrap();
    assert_eq!(shop.engine.used(), "1 read, 0 written: Query", "one");
}
