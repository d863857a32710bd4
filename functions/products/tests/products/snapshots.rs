//! `index-catalogue`, when runs meet, end early, or cannot read everything.

use domain::words::id::SnapshotId;
use futures::future::join_all;
use products::search::rows::{Chunk, ChunkRow, chunk_key, snapshot_key};
use products::search::snapshots::Snapshots;
use store::{Change, Error};
use telemetry::Published;

use super::search::{after, reply, slugs};
use super::*;

#[tokio::test]
async fn of_runs_at_the_same_time_one_takes_effect() {
    let (shop, snapshots) = Shop::stocked().await;
    for round in 0..5 {
        let seconds = 60 + round * 400;
        join_all((0..3).map(|_| shop.index(seconds))).await;
        let current = shop.current().await.unwrap();
        assert_eq!(
            (current.version, current.value.made_at),
            (u64::try_from(round).unwrap() + 1, after(seconds))
        );
        assert_eq!(slugs(&snapshots, seconds, "").await.len(), 4, "whole, whichever run wrote it");
        shop.adjust("MOKA-3", if round % 2 == 0 { 1 } else { -1 }, &format!("r{round}")).await.unwrap();
    }
}

#[tokio::test]
async fn chunks_that_no_snapshot_names_are_ignored_and_expire() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(60).await;
    let before = shop.current().await.unwrap().value;
    shop.create(product("tray", "tableware", "TRAY-01", "active")).await.unwrap();
    // The chunks are there, and the row that names them is not: as after a crash between the two.
    let orphan = Chunk {
        snapshot_id: SnapshotId::from_parts(9, 9),
        number: 0,
        entries: "damaged".to_owned(),
        written_at: after(61),
    };
    let tick = Tick::new(after(61), Cause::new("schedule"));
    let change = Change::<ChunkRow>::to(orphan.clone());
    shop.table.create(&tick, change, None, || Error::Busy).await.unwrap();
    assert_eq!(shop.current().await.unwrap().value, before);
    assert_eq!(slugs(&snapshots, 100, "").await.len(), 4);
    shop.index(120).await;
    assert_eq!(slugs(&snapshots, 120, "").await.len(), 5);
    let current = shop.current().await.unwrap().value;
    let mut expected = [before.snapshot_id, orphan.snapshot_id, current.snapshot_id].map(|id| id.to_string());
    expected.sort();
    assert_eq!(shop.chunks().await, expected, "all of them expire");
}

#[tokio::test]
async fn without_a_current_snapshot_the_one_before_is_searched() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(60).await;
    assert_eq!(slugs(&snapshots, 60, "").await.len(), 4);
    // As the runbook says if a snapshot is damaged.
    shop.table.delete(&snapshot_key()).await.unwrap();
    assert_eq!(slugs(&snapshots, 120, "").await.len(), 4);
    assert_eq!(
        slugs(&Snapshots::new(shop.products.clone()), 120, "").await,
        [""; 0],
        "an instance that starts"
    );
    shop.index(120).await;
    assert_eq!(slugs(&snapshots, 180, "").await.len(), 4);
}

#[tokio::test]
async fn a_snapshot_whose_chunks_are_missing_or_damaged_leaves_the_one_before() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(60).await;
    assert_eq!(slugs(&snapshots, 60, "").await.len(), 4);
    shop.create(product("tray", "tableware", "TRAY-01", "active")).await.unwrap();
    shop.index(120).await;
    let id = shop.current().await.unwrap().value.snapshot_id;
    shop.table.delete(&chunk_key(id, 0)).await.unwrap();
    assert_eq!(slugs(&snapshots, 120, "").await.len(), 4, "the one before");
    let started = Snapshots::new(shop.products.clone());
    assert_eq!(reply(&started, 120, "").await.unwrap_err().status().as_u16(), 500);
    // A change makes it whole again.
    shop.patch("tray", json!({ "title": "Tablet" })).await;
    shop.index(180).await;
    assert_eq!(slugs(&started, 180, "q=tablet").await, ["tray"]);
    assert_eq!(slugs(&snapshots, 180, "q=tablet").await, ["tray"]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_counted_and_hides_no_other() {
    let (shop, snapshots) = Shop::stocked().await;
    let id = shop.products.id_of(&"espresso-cup".parse().unwrap()).await.unwrap().unwrap();
    for (key, attribute) in
        [(format!("PRODUCT#{id}|PRODUCT"), "title"), ("STOCK#MOKA-6|STOCK".to_owned(), "available")]
    {
        let (pk, sk) = key.split_once('|').unwrap();
        let text = |value: &str| aws_sdk_dynamodb::types::AttributeValue::S(value.to_owned());
        let update = shop.engine.client().update_item().table_name(shop.engine.name());
        let update = update.key("pk", text(pk)).key("sk", text(sk)).update_expression("REMOVE #a");
        update.expression_attribute_names("#a", attribute).send().await.unwrap();
    }
    let published = Published::from_now();
    shop.index(60).await;
    assert_eq!(
        published.take(),
        ["SearchIndexAge=86400", "SearchRowsUnread=2", "SkusForSale=4", "SkusSoldOut=4"]
    );
    assert_eq!(slugs(&snapshots, 60, "").await, ["moka-pot", "hand-grinder", "house-espresso"]);
    assert_eq!(slugs(&snapshots, 60, "in_stock=true").await, [""; 0]);
}

#[tokio::test]
async fn more_than_a_chunk_is_read_whole() {
    let shop = shop().await;
    let words: Vec<String> = (0..600).map(|number| format!("word{:x}", number * 7_919)).collect();
    for number in 0..120_usize {
        let text: Vec<&str> = (0..250).map(|place| words[(number * 31 + place * 7) % 600].as_str()).collect();
        let mut new = product(&format!("p-{number}"), "x", &format!("P-{number}"), "active");
        new["description"] = text.join(" ").into();
        shop.create(new).await.unwrap();
    }
    shop.index(60).await;
    assert!(shop.current().await.unwrap().value.chunks > 1);
    let snapshots = Snapshots::new(shop.products.clone());
    let mut all = Vec::new();
    let mut query = "limit=50&sort=newest".to_owned();
    loop {
        let found = reply(&snapshots, 60, &query).await.unwrap();
        let found = found.body().unwrap();
        assert_eq!(found.total, 120);
        all.extend(found.items.iter().map(|card| card.slug.to_string()));
        let Some(cursor) = &found.next_cursor else { break };
        query = format!("limit=50&sort=newest&cursor={cursor}");
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
}
