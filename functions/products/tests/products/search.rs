//! `index-catalogue`, `search-products`.

use std::time::Duration;

use ::search::{Changes, Found, Snapshot};
use domain::catalogue::{ProductEdit, ProductStatus};
use edge::{Anyone, NoBody, Reply};
use futures::future::join_all;
use products::catalogue::change_price;
use products::catalogue::update_product::update_product;
use products::search::rows::{changes_key, snapshot_key};
use products::search::snapshots::Snapshots;
use products::search::{index_catalogue, search_products};
use store::Stored;

use super::*;

/// The seed's catalogue, as far as it matters here.
fn seeded() -> Vec<Value> {
    let of = |slug: &str, title: &str, category: &str, variants: Vec<Value>| {
        json!({
            "title": title, "description": "", "slug": slug, "category": category, "status": "active",
            "variants": variants,
        })
    };
    vec![
        of("house-espresso", "House espresso", "coffee", vec![variant("BEANS-250", "250 g", 790)]),
        of("espresso-cup", "Espresso cup", "tableware", vec![variant("CUP-BLUE", "Blue", 1450)]),
        of("hand-grinder", "Hand grinder", "tools", vec![variant("GRINDER-01", "One size", 8900)]),
        of(
            "moka-pot",
            "Moka pot",
            "tools",
            vec![variant("MOKA-3", "3 cups", 2490), variant("MOKA-6", "6 cups", 3290)],
        ),
    ]
}

pub fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

impl Shop {
    pub async fn stocked() -> (Self, Snapshots) {
        let shop = shop().await;
        for (number, new) in (0..).zip(seeded()) {
            let call =
                Call::new(staff(), parsed::<NewProduct>(new), now() + SignedDuration::from_millis(number));
            create_product(shop.products.clone(), call).await.unwrap();
        }
        shop.adjust("MOKA-6", 3, "k").await.unwrap();
        let snapshots = Snapshots::new(shop.products.clone());
        (shop, snapshots)
    }

    pub async fn index(&self, seconds: i64) {
        index_catalogue(self.products.clone(), Tick::new(after(seconds), Cause::new("schedule")))
            .await
            .unwrap();
    }

    pub async fn current(&self) -> Option<Stored<Snapshot>> {
        self.table.get(&snapshot_key()).await.unwrap()
    }

    async fn count_of_changes(&self) -> u64 {
        self.table.get::<Changes>(&changes_key()).await.unwrap().map_or(0, |found| found.value.changes)
    }

    /// Returns the chunks in the table, by the snapshot that they are of.
    pub async fn chunks(&self) -> Vec<String> {
        let scan = self.engine.client().scan().table_name(self.engine.name()).send().await.unwrap();
        let partition = |row: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>| {
            Some(row.get("pk")?.as_s().ok()?.strip_prefix("CATALOGUE#")?.to_owned())
        };
        let mut chunks: Vec<String> = scan.items().iter().filter_map(partition).collect();
        chunks.sort();
        chunks
    }

    pub async fn patch(&self, slug: &str, patch: Value) {
        let id = self.products.id_of(&slug.parse().unwrap()).await.unwrap().unwrap();
        let call = Call::new(staff(), parsed::<ProductEdit>(patch), now()).with_path("product_id", id);
        update_product(self.products.clone(), call.with_header("if-match", "*")).await.unwrap();
    }
}

pub async fn reply(snapshots: &Snapshots, seconds: i64, query: &str) -> Result<Reply<Found>, Problem> {
    let call = Call::new(Anyone, NoBody, after(seconds)).with_query(query)?;
    search_products(snapshots.clone(), call).await
}

pub async fn slugs(snapshots: &Snapshots, seconds: i64, query: &str) -> Vec<String> {
    let found = reply(snapshots, seconds, query).await.unwrap();
    found.body().unwrap().items.iter().map(|card| card.slug.to_string()).collect()
}

#[tokio::test]
async fn products_are_found_by_words_category_price_and_stock() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(60).await;
    let cases: &[(&str, &[&str])] = &[
        ("q=espreso", &["espresso-cup", "house-espresso"]),
        ("q=gri", &["hand-grinder"]),
        ("q=zzzz", &[]),
        ("q=moka-3", &["moka-pot"]),
        ("category=tools&sort=price_asc", &["moka-pot", "hand-grinder"]),
        ("category=tools&sort=price_desc", &["hand-grinder", "moka-pot"]),
        ("in_stock=true", &["moka-pot"]),
        ("in_stock=true&max_price=2490", &[]),
        ("in_stock=false&max_price=790", &["house-espresso"]),
        ("min_price=8900&max_price=8900", &["hand-grinder"]),
        ("", &["moka-pot", "hand-grinder", "espresso-cup", "house-espresso"]),
        ("q=%20%20+", &["moka-pot", "hand-grinder", "espresso-cup", "house-espresso"]),
        ("utm_source=x&fbclid=y&limit=1", &["moka-pot"]),
        ("q=%22espresso%22+-*", &["espresso-cup", "house-espresso"]),
        ("q=%F0%9F%98%80", &[]),
        ("q=%D9%82%D9%87%D9%88%D8%A9", &[]),
        ("q=espresso+AND+cup", &[]),
        ("category=nothing", &[]),
    ];
    for (query, expected) in cases {
        assert_eq!(slugs(&snapshots, 60, query).await, *expected, "{query}");
    }
    let found = reply(&snapshots, 60, "category=tools&sort=price_asc").await.unwrap();
    assert_eq!(found, Reply::ok(found.body().unwrap().clone()).cached(30));
    insta::assert_json_snapshot!(found.body(), { ".items[].product_id" => "prd" }, @r#"
    {
      "items": [
        {
          "product_id": "prd",
          "title": "Moka pot",
          "slug": "moka-pot",
          "category": "tools",
          "price": {
            "amount": 2490,
            "currency": "EUR"
          },
          "highest_price": {
            "amount": 3290,
            "currency": "EUR"
          },
          "in_stock": true
        },
        {
          "product_id": "prd",
          "title": "Hand grinder",
          "slug": "hand-grinder",
          "category": "tools",
          "price": {
            "amount": 8900,
            "currency": "EUR"
          },
          "highest_price": {
            "amount": 8900,
            "currency": "EUR"
          },
          "in_stock": false
        }
      ],
      "facets": {
        "categories": [
          {
            "category": "tools",
            "count": 2
          },
          {
            "category": "coffee",
            "count": 1
          },
          {
            "category": "tableware",
            "count": 1
          }
        ],
        "price": [
          {
            "min": {
              "amount": 2490,
              "currency": "EUR"
            },
            "max": {
              "amount": 8900,
              "currency": "EUR"
            }
          }
        ]
      },
      "total": 2
    }
    "#);
}

#[tokio::test]
async fn bad_input_is_refused() {
    let (_shop, snapshots) = Shop::stocked().await;
    let long = format!("q={}", "x".repeat(10_240));
    let of_another_order = {
        let found = reply(&snapshots, 0, "limit=1&sort=newest").await.unwrap();
        assert_eq!(found.body().unwrap().next_cursor, None, "nothing is indexed yet");
        "sort=price_asc&cursor=eyJzIjoibmV3ZXN0IiwiciI6MCwiaSI6InByZF8wMUtBUjhKM1lUNVFaOFcyTjZWNEMxRDdFRiJ9"
    };
    for query in [
        long.as_str(),
        "min_price=2&max_price=1",
        "min_price=-1",
        "max_price=-1",
        "min_price=1.5",
        "max_price=99999999999999",
        "limit=0",
        "limit=101",
        "sort=cheapest",
        "in_stock=maybe",
        "category=No+Slug",
        "cursor=forged",
        "cursor=e30",
        of_another_order,
    ] {
        let refused = reply(&snapshots, 0, query).await.unwrap_err();
        assert_eq!(refused.status().as_u16(), 400, "{query}: {refused:?}");
    }
}

#[tokio::test]
async fn nothing_is_found_before_the_first_run_and_that_is_no_error() {
    let shop = shop().await;
    let snapshots = Snapshots::new(shop.products.clone());
    let found = reply(&snapshots, 0, "q=espresso").await.unwrap();
    assert_eq!((found.status().as_u16(), found.body().unwrap().total), (200, 0));
    shop.index(0).await;
    assert_eq!(shop.current().await.unwrap().value.chunks, 0, "an empty catalogue");
    assert!(slugs(&snapshots, 60, "").await.is_empty());
}

#[tokio::test]
async fn a_new_product_is_found_within_ninety_seconds() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(0).await;
    assert_eq!(slugs(&snapshots, 0, "q=tray").await, [""; 0]);
    shop.create(product("tray", "tableware", "TRAY-01", "active")).await.unwrap();
    // The schedule runs each minute, and an instance may have looked just before.
    assert_eq!(slugs(&snapshots, 59, "q=tray").await, [""; 0]);
    shop.index(60).await;
    assert_eq!(slugs(&snapshots, 79, "q=tray").await, ["tray"]);
}

#[tokio::test]
async fn each_change_of_the_catalogue_is_counted_and_nothing_else() {
    let (shop, _) = Shop::stocked().await;
    assert_eq!(shop.count_of_changes().await, 4, "products");
    shop.create(seeded().remove(0)).await.unwrap_err();
    shop.adjust("MOKA-3", 1, "l").await.unwrap();
    assert_eq!(shop.count_of_changes().await, 4, "a taken slug, and stock");
    shop.patch("moka-pot", json!({ "title": "Moka" })).await;
    shop.patch("moka-pot", json!({ "title": "Moka" })).await;
    assert_eq!(shop.count_of_changes().await, 5, "one edit, and one of nothing");
}

#[tokio::test]
async fn changes_at_the_same_time_are_all_counted() {
    let shop = shop().await;
    let busy = engines::faults::Contention { row_busy: Some(Duration::from_millis(8)), partition: None };
    shop.engine.endpoint().faults().contend(busy);
    let new = |number: u64| product(&format!("p-{number}"), "x", &format!("P-{number}"), "active");
    let created = join_all((0..8).map(|number| shop.create(new(number)))).await;
    assert!(created.iter().all(Result::is_ok), "{created:?}");
    assert_eq!(shop.count_of_changes().await, 8);
}

#[tokio::test]
async fn what_is_withdrawn_is_not_found_any_more() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(0).await;
    shop.patch("moka-pot", json!({ "status": "archived" })).await;
    shop.patch("hand-grinder", json!({ "title": "Mill", "category": "machines" })).await;
    shop.index(60).await;
    assert_eq!(slugs(&snapshots, 60, "q=moka").await, [""; 0]);
    assert_eq!(slugs(&snapshots, 60, "q=mill&category=machines").await, ["hand-grinder"]);
    assert_eq!(shop.products.of_status(ProductStatus::Archived, 10, None).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn nothing_is_written_without_a_change_until_stock_may_have_moved() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(60).await;
    let first = shop.current().await.unwrap();
    assert_eq!((first.value.of, first.value.chunks, first.value.products), (4, 1, 4));
    // It was made soon after the products, whose index may lag.
    shop.index(120).await;
    drop(shop.engine.used());
    let mut used = Vec::new();
    let mut run = async |what: &str, seconds: i64| {
        shop.index(seconds).await;
        used.push(format!("{what}: {}", shop.engine.used()));
    };
    run("nothing has changed", 180).await;
    run("five minutes later, the same stock", 420).await;
    let same = shop.current().await.unwrap().value;
    assert_eq!(
        (same.snapshot_id, same.written_at, same.made_at),
        (first.value.snapshot_id, after(60), after(420))
    );
    shop.adjust("GRINDER-01", 9, "g").await.unwrap();
    assert_eq!(slugs(&snapshots, 440, "in_stock=true").await, ["moka-pot"]);
    drop(shop.engine.used());
    run("five minutes later, other stock", 720).await;
    assert_eq!(slugs(&snapshots, 740, "in_stock=true").await, ["moka-pot", "hand-grinder"]);
    drop(shop.engine.used());
    slugs(&snapshots, 759, "q=moka").await;
    assert_eq!(shop.engine.used(), "0 read, 0 written: ", "search-products: in memory");
    slugs(&snapshots, 760, "q=moka").await;
    assert_eq!(shop.engine.used(), "2 read, 0 written: 2 GetItem", "search-products: nothing newer");
    let started = Snapshots::new(shop.products.clone());
    slugs(&started, 760, "q=moka").await;
    assert_eq!(
        shop.engine.used(),
        "3 read, 0 written: BatchGetItem, 2 GetItem",
        "search-products: at a start"
    );
    run("a day later, the same stock", 86_400 + 720).await;
    assert_eq!(shop.current().await.unwrap().value.written_at, after(86_400 + 720));
    insta::assert_debug_snapshot!(used, @r#"
    [
        "nothing has changed: 2 read, 0 written: 2 GetItem",
        "five minutes later, the same stock: 8.5 read, 1 written: BatchGetItem, 3 GetItem, PutItem, Query",
        "five minutes later, other stock: 8.5 read, 2 written: BatchGetItem, 3 GetItem, 2 PutItem, Query",
        "a day later, the same stock: 8.5 read, 2 written: BatchGetItem, 3 GetItem, 2 PutItem, Query",
    ]
    "#);
}

#[tokio::test]
async fn a_change_that_the_index_of_products_may_lack_is_indexed_again() {
    let (shop, _) = Shop::stocked().await;
    for (run, made) in [(60, 60), (120, 120), (180, 120)] {
        shop.index(run).await;
        assert_eq!(shop.current().await.unwrap().value.made_at, after(made), "the run after {run} s");
    }
}

#[tokio::test]
async fn a_category_is_found_with_those_below_it() {
    let (shop, snapshots) = Shop::stocked().await;
    shop.index(60).await;
    for (slug, parent) in [("kitchen", None), ("tools", Some("kitchen")), ("tableware", Some("kitchen"))] {
        shop.put_category(slug, json!({ "title": slug, "parent": parent })).await.unwrap();
    }
    assert_eq!(
        slugs(&snapshots, 60, "category=kitchen&sort=price_asc").await,
        ["espresso-cup", "moka-pot", "hand-grinder"]
    );
    assert_eq!(slugs(&snapshots, 60, "category=tools").await, ["moka-pot", "hand-grinder"]);
    let tree = shop.categories().await;
    let names: Vec<&str> = tree.iter().map(|node| node.slug.as_ref()).collect();
    assert_eq!(names, ["kitchen", "coffee"], "a category that only a product names");
}

#[tokio::test]
async fn products_are_found_by_their_reduced_prices() {
    let (shop, snapshots) = Shop::stocked().await;
    let eur = |amount| json!({ "amount": amount, "currency": "EUR" });
    let sale = json!({ "price": eur(8900), "sale": { "price": eur(2000), "until": after(600) } });
    let call = Call::new(staff(), parsed(sale), now()).with_path("sku", "GRINDER-01");
    change_price(shop.products.clone(), call.with_header("idempotency-key", "sale")).await.unwrap();
    shop.index(60).await;
    assert_eq!(slugs(&snapshots, 60, "max_price=2000&min_price=1500").await, ["hand-grinder"]);
    // A reduction ends without a change of the catalogue, between two looks at the stock.
    shop.index(400).await;
    shop.index(600).await;
    assert_eq!(slugs(&snapshots, 600, "max_price=2000&min_price=1500").await, [""; 0]);
    assert_eq!(slugs(&snapshots, 600, "min_price=8900").await, ["hand-grinder"]);
}
