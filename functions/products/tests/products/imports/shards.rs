//! Imports of products whose stock is in shards.

use super::*;

/// Returns a file of a product with 50 variants.
fn file(title: &str, price: &str, stock: &str) -> String {
    let of = |number: usize| row("cup", &format!("CUP-{number}"), price, stock);
    let rows: String = (0..50).map(of).collect();
    HEADER.to_owned() + &rows.replace("cup,cup,", &format!("cup,{title},"))
}

#[tokio::test]
async fn a_product_with_all_its_variants_and_shards_is_written_in_steps_that_fit() {
    let desk = desk().await;
    assert_eq!(desk.import(&file("cup", "14.50", "20")).await.counts, counts(50, 0, 0, 0));
    for (sku, shards) in [("CUP-0", 32), ("CUP-1", 8)] {
        desk.shop.set_policy(sku, json!({ "low_at": 5, "shards": shards })).await.unwrap();
    }
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
    for number in 0..50 {
        assert_eq!(desk.shop.counters(&format!("CUP-{number}")).await, [2, 0, 0, 2], "{number}");
    }
    for sku in ["CUP-0", "CUP-1"] {
        let Stock { item, shards } = desk.shop.stock(sku).await;
        let terms = item.spread.unwrap().terms;
        assert!(terms > 1 && shards.iter().all(|shard| shard.terms == terms), "{terms}: {shards:?}");
        assert_eq!((item.title.as_ref(), item.price.amount()), ("mug, One", 1550));
    }
    desk.shop.reserve(order(1), &[("CUP-0", 2), ("CUP-1", 2)]).await.unwrap();
}
