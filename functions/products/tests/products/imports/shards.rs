//! Imports of products whose stock is in shards.

use super::*;

/// Returns a file of a product with 50 variants.
fn file(title: &str, price: &str, stock: &str) -> String {
    let of = |number: usize| row("cup", &format!("CUP-{number}"), price, stock);
    let rows: String = (0..50).map(of).collect();
    HEADER.to_owned() + &rows.replace("cup,cup,", &format!("cup,{title},"))
}

impl Desk {
    /// Asserts that all variants have what a file says, and that every shard repeats the version of it.
    async fn assert_imported(&self, title: &str, price: i64, available: u64) {
        for number in 0..50 {
            let Stock { item, shards } = self.shop.stock(&format!("CUP-{number}")).await;
            let counted: u64 = shards.iter().map(|shard| shard.available).sum();
            assert_eq!(item.available + counted, available, "{item:?}");
            assert_eq!((item.title.as_ref(), item.price.amount()), (title, price), "{item:?}");
            let terms = item.spread.map(|spread| spread.terms);
            assert_eq!(terms.is_some(), number < 2);
            assert!(shards.iter().all(|shard| Some(shard.terms) == terms), "{terms:?}: {shards:?}");
        }
    }
}

#[tokio::test]
async fn a_product_with_all_its_variants_and_shards_is_written_in_steps_that_fit() {
    let desk = desk().await;
    assert_eq!(desk.import(&file("cup", "14.50", "20")).await.counts, counts(50, 0, 0, 0));
    for (sku, shards) in [("CUP-0", 32), ("CUP-1", 8)] {
        desk.shop.set_policy(sku, json!({ "low_at": 5, "shards": shards })).await.unwrap();
    }
    // In one invocation for each step.
    let import = desk.upload(&file("mug", "15.50", "-18")).await;
    desk.deliver(uploaded(&import.to_string()), 0).await.unwrap();
    let mut steps = 0;
    while let Some(message) = desk.messages().await.pop() {
        desk.deliver(ImportMessage::parse(&message).unwrap(), 0).await.unwrap();
        steps += 1;
    }
    let report = desk.report(import).await;
    assert_eq!((report.counts, failed(&report)), (counts(0, 50, 0, 0), Vec::new()));
    assert_eq!(steps, 6, "the first ten rows take two");
    desk.assert_imported("mug, One", 1550, 2).await;
    desk.shop.reserve(order(1), &[("CUP-0", 2), ("CUP-1", 2)]).await.unwrap();
    desk.shop.deliver(&news(OrderEvent::Cancelled, order(1))).await.unwrap();
    // All in one.
    let report = desk.import(&file("jug", "16.50", "5")).await;
    assert_eq!((report.counts, failed(&report)), (counts(0, 50, 0, 0), Vec::new()));
    desk.assert_imported("jug, One", 1650, 7).await;
    desk.shop.reserve(order(2), &[("CUP-0", 7), ("CUP-1", 7)]).await.unwrap();
}
