//! Many orders of one SKU at the same time, whose row DynamoDB keeps busy.

use std::time::Duration;

use domain::events::{ProductEvent, StockLow};
use engines::faults::{Contention, Throughput};
use futures::future::join_all;

use super::*;

/// A transaction takes DynamoDB about this long.
const BUSY: Contention = Contention { row_busy: Some(Duration::from_millis(8)), partition: None };

impl Shop {
    fn contend(&self, contention: Contention) {
        self.engine.endpoint().faults().contend(contention);
    }

    async fn reserve_one_each(&self, orders: std::ops::Range<u64>) {
        for number in orders {
            self.reserve(order(number), &[("CUP-BLUE", 1)]).await.unwrap();
        }
    }
}

fn confirmed(orders: std::ops::Range<u64>) -> Vec<Envelope> {
    orders.map(|number| news(OrderEvent::Confirmed, order(number))).collect()
}

#[tokio::test]
async fn a_batch_changes_the_counters_of_a_sku_once() {
    let shop = shop_with(100).await;
    shop.reserve_one_each(0..10).await;
    drop(shop.engine.used());
    let mut batch = confirmed(0..7);
    batch.extend((7..10).map(|number| news(OrderEvent::Cancelled, order(number))));
    let outcomes = shop.deliver_all(&batch).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(shop.counters("CUP-BLUE").await, [93, 0, 7, 100]);
    assert!(shop.engine.used().contains(", TransactWriteItems"), "one transaction");
}

#[tokio::test]
async fn each_message_of_a_batch_has_its_own_outcome() {
    let shop = shop_with(100).await;
    shop.reserve_one_each(0..6).await;
    shop.deliver(&news(OrderEvent::Cancelled, order(0))).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    let mut not_for_products = news(OrderEvent::Confirmed, order(2));
    not_for_products.event =
        Event::Product(ProductEvent::StockLow(StockLow { sku: sku("POT"), available: 1 }));
    let twice = news(OrderEvent::Confirmed, order(3));
    let batch = [
        news(OrderEvent::Confirmed, order(0)),
        news(OrderEvent::Confirmed, order(1)),
        not_for_products,
        twice.clone(),
        twice,
        news(OrderEvent::Cancelled, order(4)),
        news(OrderEvent::Confirmed, order(4)),
        news(OrderEvent::Confirmed, order(99)),
        news(OrderEvent::Confirmed, order(5)),
    ];
    let outcomes = shop.deliver_all(&batch).await;
    let failed: Vec<(usize, String)> = outcomes
        .into_iter()
        .enumerate()
        .filter_map(|(index, outcome)| Some((index, outcome.err()?.to_string())))
        .collect();
    assert_eq!(failed.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [2, 7], "{failed:?}");
    assert!(failed[1].1.contains("has no reservation"), "{failed:?}");
    // Released orders take their pieces again; the last one of the two messages about order 4 decides.
    assert_eq!(shop.counters("CUP-BLUE").await, [94, 1, 5, 100]);
}

#[tokio::test]
async fn a_backlog_is_settled_although_its_sku_is_busy() {
    let shop = shop_with(1_000).await;
    shop.reserve_one_each(0..100).await;
    shop.contend(BUSY);
    let events = confirmed(0..100);
    // As many batches at the same time as the template allows.
    for two in events.chunks(20) {
        let outcomes = join_all(two.chunks(10).map(|batch| shop.deliver_all(batch))).await;
        assert!(outcomes.iter().flatten().all(Result::is_ok), "{outcomes:?}");
    }
    assert_eq!(shop.counters("CUP-BLUE").await, [900, 0, 100, 1_000]);
}

#[tokio::test]
async fn messages_of_other_skus_are_settled_while_one_partition_is_throttled() {
    let shop = shop_with(1_000).await;
    shop.reserve(order(0), &[("CUP-RED", 1)]).await.unwrap();
    shop.reserve_one_each(1..3).await;
    shop.contend(Contention { row_busy: None, partition: Some(Throughput { write: 2, read: 1_000 }) });
    // Uses up the units of CUP-BLUE.
    assert!(shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.is_ok());
    assert!(shop.deliver(&news(OrderEvent::Confirmed, order(0))).await.is_ok(), "CUP-RED is not throttled");
    assert!(shop.deliver(&news(OrderEvent::Confirmed, order(2))).await.is_ok(), "it waits for a second");
    assert_eq!(shop.counters("CUP-BLUE").await, [998, 0, 2, 1_000]);
}

#[tokio::test]
async fn a_sku_can_be_restocked_while_it_sells() {
    let shop = shop_with(1_000).await;
    shop.contend(BUSY);
    let selling = join_all((0..20).map(|number| {
        let shop = &shop;
        async move { shop.reserve(order(number), &[("CUP-BLUE", 1)]).await.is_ok() }
    }));
    let restocking = join_all((0..3).map(|number| {
        let shop = &shop;
        async move { shop.adjust("CUP-BLUE", 100, &format!("restocked-{number}")).await }
    }));
    let (sold, restocked) = tokio::join!(selling, restocking);
    assert!(restocked.iter().all(Result::is_ok), "{restocked:?}");
    let sold = u64::try_from(sold.into_iter().filter(|sold| *sold).count()).unwrap();
    assert!(sold > 10, "{sold}");
    assert_eq!(shop.counters("CUP-BLUE").await, [1_300 - sold, sold, 0, 1_300]);
}
