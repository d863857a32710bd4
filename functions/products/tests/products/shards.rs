//! SKUs whose pieces are spread over shards; `rebalance-stock`.

use std::collections::BTreeSet;

use domain::events::{OrderEvent, ProductEvent, StockLow};
use domain::stock::{ReservationStatus, Shards};
use domain::words::hold::{GRACE, HOLD};
use futures::future::join_all;
use products::reservations::rows::{self, ReservationRow};
use products::stock::rebalance_stock;
use products::stock::rows::stock_key;
use store::{Change, Error};

use super::*;

const BLUE: &str = "CUP-BLUE";

impl Shop {
    pub async fn rebalance(&self) -> Result<(), Failure> {
        rebalance_stock(self.products.clone(), Tick::new(now(), Cause::new("schedule"))).await
    }

    async fn spread(&self, shards: u8) {
        let entry = self.set_policy(BLUE, json!({ "low_at": 5, "shards": shards })).await.unwrap();
        assert_eq!(entry.shards, Shards::try_new(shards).unwrap());
    }

    /// Returns what is available in the SKU's own row, and in each shard.
    async fn available(&self) -> Vec<u64> {
        let mut stock = self.stock(BLUE).await;
        stock.shards.sort_by_key(|shard| shard.shard);
        let shards = stock.shards.iter().map(|shard| shard.available);
        std::iter::once(stock.item.available).chain(shards).collect()
    }

    async fn own_row(&self) -> StockItem {
        self.table.get::<StockItem>(&stock_key(&sku(BLUE))).await.unwrap().unwrap().value
    }
}

/// Creates a shop with so many blue cups, in so many shards.
async fn shop_of(pieces: i64, shards: u8) -> Shop {
    let shop = shop_with(pieces).await;
    shop.spread(shards).await;
    shop
}

#[tokio::test]
async fn an_order_takes_pieces_from_one_shard_and_does_not_write_the_own_row() {
    let shop = shop_of(400, 4).await;
    assert_eq!(shop.available().await, [0, 100, 100, 100, 100]);
    let before = shop.own_row().await;
    let mut taken = BTreeSet::new();
    for number in 0..20 {
        let held = shop.reserve(order(number), &[(BLUE, 2)]).await.unwrap();
        assert_eq!((held.taken_from.len(), held.taken_from[0].pieces), (1, 2));
        taken.insert(held.taken_from[0].shard);
    }
    assert_eq!(taken, (0..4).collect());
    for number in 0..10 {
        shop.deliver(&news(OrderEvent::Confirmed, order(number))).await.unwrap();
    }
    for number in 10..15 {
        shop.deliver(&news(OrderEvent::Cancelled, order(number))).await.unwrap();
    }
    assert_eq!(shop.counters(BLUE).await, [370, 10, 20, 400]);
    shop.expire(HOLD + GRACE).await.unwrap();
    assert_eq!(shop.counters(BLUE).await, [380, 0, 20, 400]);
    assert_eq!(shop.own_row().await, before);
}

#[tokio::test]
async fn everyone_sees_the_pieces_of_all_shards() {
    let shop = shop_of(32, 16).await;
    let public = shop.public("espresso-cup").await.unwrap();
    assert_eq!((public.variants[0].available, public.variants[0].in_stock), (10, true));
    let kept = shop.kept(&public.product_id.to_string()).await.unwrap().body().unwrap().clone();
    assert_eq!((kept.stock[0].available, kept.product.variants[0].shards), (32, 16));
    let (listed, _) = shop.stock_list("sku=CUP-BLUE").await.unwrap();
    assert_eq!((listed[0].level.received, listed[0].shards.into_inner()), (32, 16));
    shop.adjust(BLUE, -31, "gone").await.unwrap();
    assert_eq!(shop.public("espresso-cup").await.unwrap().variants[0].available, 1);
    shop.index(0).await;
    let listed = shop.adjust(BLUE, -2, "too-many").await.unwrap_err();
    assert_eq!(listed.code(), "stock_below_zero");
    assert_eq!(shop.adjust(BLUE, 8, "back").await.unwrap().available, 9);
}

#[tokio::test]
async fn the_last_pieces_are_found_wherever_they_are() {
    let shop = shop_of(16, 16).await;
    let many = shop.reserve(order(1), &[(BLUE, 13)]).await.unwrap();
    assert_eq!(many.taken_from.len(), 13);
    assert_eq!(shop.reserve(order(2), &[(BLUE, 4)]).await.unwrap_err().code(), "out_of_stock");
    shop.reserve(order(3), &[(BLUE, 3)]).await.unwrap();
    assert_eq!(shop.counters(BLUE).await, [0, 16, 0, 16]);
    shop.deliver(&news(OrderEvent::Cancelled, order(1))).await.unwrap();
    assert_eq!(shop.reserve(order(1), &[(BLUE, 13)]).await.unwrap_err().code(), "reservation_ended");
    // The payment comes late, and takes what is available again.
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    assert_eq!(shop.counters(BLUE).await, [0, 3, 13, 16]);
}

/// An order of as many lines as there may be writes up to 81 rows anyway.
#[tokio::test]
async fn an_order_of_many_lines_finds_scattered_pieces_too() {
    let shop = shop_of(32, 32).await;
    let variants: Vec<Value> = (0..39).map(|number| variant(&format!("V-{number}"), "One", 500)).collect();
    let mut product = product("many", "kitchen", "V", "active");
    product["variants"] = json!(variants);
    shop.create(product).await.unwrap();
    let names: Vec<String> = (0..39).map(|number| format!("V-{number}")).collect();
    for name in &names {
        shop.adjust(name, 6, name).await.unwrap();
    }
    let mut of: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    of.push((BLUE, 30));
    let held = shop.reserve(order(1), &of).await.unwrap();
    assert_eq!(held.taken_from.len(), 1, "they were gathered first");
    assert_eq!(shop.counters(BLUE).await, [2, 30, 0, 32]);
    assert_eq!(shop.counters("V-0").await, [5, 1, 0, 6]);
}

#[tokio::test]
async fn orders_at_the_same_time_sell_every_piece_once() {
    for round in 0..5 {
        let shop = shop_of(30, 8).await;
        let orders =
            join_all(
                (0..50).map(|number| {
                    let shop = &shop;
                    async move {
                        shop.reserve(order(number), &[(BLUE, 1 + u32::try_from(number % 3).unwrap())]).await
                    }
                }),
            );
        let (orders, evened) = tokio::join!(orders, shop.rebalance());
        evened.unwrap();
        let refused = orders.iter().filter_map(|reply| Some(reply.as_ref().err()?.code()));
        assert!(refused.clone().all(|code| ["out_of_stock", "busy"].contains(&code)), "{round}");
        let [available, reserved, ..] = shop.counters(BLUE).await;
        assert_eq!(available + reserved, 30);
        if available > 0 {
            let rest = u32::try_from(available).unwrap();
            shop.reserve(order(100), &[(BLUE, rest)]).await.unwrap();
        }
        assert_eq!(shop.counters(BLUE).await, [0, 30, 0, 30]);
    }
}

#[tokio::test]
async fn no_order_mixes_prices_when_the_price_changes_at_the_same_time() {
    let shop = shop_of(1_000, 4).await;
    let id = shop.public("espresso-cup").await.unwrap().product_id;
    let mut before = (1_450, "Espresso cup".to_owned());
    for round in 0..50_u64 {
        let (price, title) = (2_000 + i64::try_from(round).unwrap(), format!("Cup {round}"));
        let change = async {
            let body = json!({ "price": { "amount": price, "currency": "EUR" } });
            shop.reprice(&round.to_string(), body).await.unwrap();
            shop.change(id, json!({ "title": title })).await.unwrap();
        };
        let of = [(BLUE, 1), ("CUP-RED", 1)];
        let ((), reserved) = tokio::join!(change, shop.reserve(order(round), &of));
        let lines = reserved.unwrap().lines;
        let blue = (lines[0].unit_price.amount(), lines[0].title.to_string());
        let possible = [
            (before.0, format!("{}, Blue", before.1)),
            (price, format!("{}, Blue", before.1)),
            (price, format!("{title}, Blue")),
        ];
        assert!(possible.contains(&blue), "{blue:?}");
        assert_eq!(lines[1].title.to_string(), blue.1.replace("Blue", "Red"));
        before = (price, title);
    }
}

/// A reservation reads the price in the SKU's own row, and writes a shard. What happens in between must fail the write.
#[tokio::test]
async fn a_reservation_decided_before_a_change_is_not_written_after_it() {
    let shop = shop_of(40, 4).await;
    let id = shop.public("espresso-cup").await.unwrap().product_id;
    let changes = [json!({ "title": "Mug" }), json!({ "status": "archived" })];
    for (number, patch) in (1..).zip(changes) {
        let read = [shop.stock(BLUE).await];
        let held =
            Reservation::hold(order(number), &lines(&[(BLUE, 1)]), Currency::EUR, &read, now()).unwrap();
        assert!(held.movements[0].shard.is_some());
        shop.change(id, patch.clone()).await.unwrap();
        let call = Call::new(staff(), edge::NoBody, now());
        let change: Change<ReservationRow> = rows::hold(held, &read);
        let written = shop.table.create(&call, change, None, || Error::NothingToWrite).await;
        assert!(matches!(written, Err(Error::NothingToWrite)), "{patch}: the condition fails");
        shop.change(id, json!({ "status": "active" })).await.unwrap();
    }
    assert_eq!(shop.counters(BLUE).await, [40, 0, 0, 40]);
    shop.reserve(order(3), &[(BLUE, 1)]).await.unwrap();
}

#[tokio::test]
async fn another_number_of_shards_keeps_what_is_held() {
    let shop = shop_with(40).await;
    let reserve = async |number| shop.reserve(order(number), &[(BLUE, 1)]).await.unwrap();
    for number in 0..4 {
        assert_eq!(reserve(number).await.taken_from, [], "there are no shards yet");
    }
    for (round, shards) in [(1, 8), (2, 3), (3, 1), (4, 5)] {
        shop.spread(shards).await;
        for number in 0..4 {
            reserve(10 * round + number).await;
        }
        shop.deliver(&news(OrderEvent::Cancelled, order(10 * (round - 1)))).await.unwrap();
        shop.deliver(&news(OrderEvent::Confirmed, order(10 * (round - 1) + 1))).await.unwrap();
        shop.rebalance().await.unwrap();
        let available = shop.available().await;
        let (own, of_shards) = available.split_first().unwrap();
        let unused = of_shards.iter().skip(if shards == 1 { 0 } else { usize::from(shards) });
        assert!(unused.clone().all(|pieces| *pieces == 0), "{round}: {available:?}");
        assert!(shards == 1 || *own == 0, "{round}: {available:?}");
        assert_eq!(shop.counters(BLUE).await, [40 - 4 - 3 * round, 4 + 2 * round, round, 40], "{round}");
    }
    let overdue = shop.expire(HOLD + GRACE).await;
    overdue.unwrap();
    assert_eq!(shop.counters(BLUE).await, [36, 0, 4, 40]);
    let acted = shop.acted().await;
    assert_eq!(acted.iter().filter(|act| *act == "set-stock-policy CUP-BLUE").count(), 4, "{acted:?}");
}

#[tokio::test]
async fn rebalancing_evens_out_and_then_writes_nothing() {
    let shop = shop_of(80, 4).await;
    for number in 0..8 {
        shop.reserve(order(number), &[(BLUE, 8)]).await.unwrap();
    }
    shop.rebalance().await.unwrap();
    let even = shop.available().await;
    assert_eq!(even.iter().sum::<u64>(), 16);
    let shards = even[1..].iter();
    assert!(shards.clone().max().unwrap() - shards.min().unwrap() <= 2, "{even:?}");
    drop(shop.engine.used());
    shop.rebalance().await.unwrap();
    assert_eq!(shop.engine.used(), "10.5 read, 0 written: 2 BatchGetItem, 2 GetItem, Query");
}

#[tokio::test]
async fn running_low_is_published_once() {
    let shop = shop_of(10, 4).await;
    shop.rebalance().await.unwrap();
    shop.reserve(order(1), &[(BLUE, 6)]).await.unwrap();
    assert_eq!(shop.outbox().await, []);
    shop.rebalance().await.unwrap();
    let low = |available| Event::Product(ProductEvent::StockLow(StockLow { sku: sku(BLUE), available }));
    assert_eq!(shop.outbox().await, [low(4)]);
    shop.reserve(order(2), &[(BLUE, 1)]).await.unwrap();
    let (one, other) = tokio::join!(shop.rebalance(), shop.rebalance());
    one.and(other).unwrap();
    assert_eq!(shop.outbox().await, [low(4)]);
    assert_eq!(shop.low().await, [(BLUE.to_owned(), 3)]);
    shop.deliver(&news(OrderEvent::Cancelled, order(1))).await.unwrap();
    assert_eq!(shop.low().await, [], "it has recovered");
    shop.rebalance().await.unwrap();
    shop.reserve(order(3), &[(BLUE, 7)]).await.unwrap();
    let (one, other) = tokio::join!(shop.rebalance(), shop.rebalance());
    one.and(other).unwrap();
    let published: Vec<Event> = shop.outbox().await;
    assert_eq!((published.len(), published.contains(&low(2))), (2, true), "{published:?}");
}

#[tokio::test]
async fn a_batch_is_settled_by_shard_and_each_message_fails_alone() {
    let shop = shop_of(400, 4).await;
    for number in 0..10 {
        shop.reserve(order(number), &[(BLUE, 1), ("CUP-RED", 1)]).await.unwrap();
    }
    let mut batch: Vec<_> = (0..9).map(|number| news(OrderEvent::Confirmed, order(number))).collect();
    batch.push(news(OrderEvent::Cancelled, order(9)));
    batch.push(news(OrderEvent::Confirmed, order(99)));
    let outcomes = shop.deliver_all(&batch).await;
    assert_eq!(
        outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(),
        [vec![true; 10], vec![false]].concat()
    );
    for sku in [BLUE, "CUP-RED"] {
        assert_eq!(shop.counters(sku).await, [391, 0, 9, 400]);
    }
    assert!(shop.deliver_all(&batch[..10]).await.iter().all(Result::is_ok), "again");
    assert_eq!(shop.counters(BLUE).await, [391, 0, 9, 400]);
    let found = shop.table.get::<Reservation>(&rows::key(order(9))).await.unwrap().unwrap();
    assert_eq!(found.value.status, ReservationStatus::Released);
}

#[tokio::test]
async fn a_product_has_up_to_forty_shards() {
    let shop = shop_of(9, 32).await;
    let policy = |shards: u8| json!({ "low_at": 5, "shards": shards });
    let refused = shop.set_policy("CUP-RED", policy(9)).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "too_many_shards"));
    assert_eq!(shop.stock("CUP-RED").await.shards, []);
    shop.set_policy("CUP-RED", policy(8)).await.unwrap();
    let id = shop.public("espresso-cup").await.unwrap().product_id;
    shop.change(id, json!({ "title": "All at the same time", "slug": "all" })).await.unwrap();
    for shards in [json!(0), json!(33), json!("4"), json!(1.5)] {
        let policy = json!({ "low_at": 5, "shards": shards });
        assert!(serde_json::from_value::<products::stock::set_stock_policy::StockPolicy>(policy).is_err());
    }
    let refused = shop.set_policy("TEAPOT", policy(2)).await.unwrap_err();
    assert_eq!(refused.code(), "sku_not_found");
}

#[tokio::test]
async fn shards_keep_to_their_budget() {
    let shop = shop_with(40).await;
    drop(shop.engine.used());
    let mut used = Vec::new();
    shop.spread(4).await;
    used.push(format!("four shards: {}", shop.engine.used()));
    shop.reserve(order(1), &[(BLUE, 1)]).await.unwrap();
    used.push(format!("an order: {}", shop.engine.used()));
    shop.reserve(order(2), &[(BLUE, 25)]).await.unwrap();
    used.push(format!("an order from three shards: {}", shop.engine.used()));
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    used.push(format!("paid: {}", shop.engine.used()));
    shop.adjust(BLUE, 40, "a").await.unwrap();
    used.push(format!("a delivery: {}", shop.engine.used()));
    shop.reprice("a", json!({ "price": { "amount": 1600, "currency": "EUR" } })).await.unwrap();
    used.push(format!("another price: {}", shop.engine.used()));
    shop.public("espresso-cup").await.unwrap();
    used.push(format!("the product's page: {}", shop.engine.used()));
    insta::assert_debug_snapshot!(used, @r#"
    [
        "four shards: 7 read, 37 written: BatchGetItem, 3 GetItem, 5 TransactWriteItems",
        "an order: 3 read, 5 written: 2 BatchGetItem, GetItem, TransactWriteItems",
        "an order from three shards: 7 read, 9 written: 3 BatchGetItem, GetItem, TransactWriteItems",
        "paid: 1 read, 5 written: GetItem, TransactWriteItems",
        "a delivery: 11 read, 29 written: 2 BatchGetItem, 3 GetItem, 5 TransactWriteItems",
        "another price: 3 read, 25 written: 3 GetItem, TransactWriteItems",
        "the product's page: 8 read, 0 written: BatchGetItem, 2 GetItem",
    ]
    "#);
}
