//! Seeding a new shop, also after an interruption.

use std::collections::BTreeMap;

use dev::seed::{self, ADMIN};
use reqwest::Method;
use serde_json::{Value, json};

use tests::Shop;

/// Returns the received pieces by SKU, as stored.
async fn received(shop: &Shop) -> BTreeMap<String, i64> {
    let rows = shop.rows("products", "stock").await;
    let number = |row: &Value| row["received"]["N"].as_str().and_then(|number| number.parse().ok());
    rows.iter()
        .map(|row| {
            (row["sku"]["S"].as_str().expect("a SKU").to_owned(), number(row).expect("a number of pieces"))
        })
        .collect()
}

#[tokio::test]
async fn an_interrupted_seed_continues() {
    let whole = Shop::open().await;
    let wanted = received(&whole).await;
    assert!(wanted.values().all(|pieces| *pieces > 0), "{wanted:?}");
    seed::seed(whole.cloud()).await.expect("a seeded shop can be seeded again");
    assert_eq!(received(&whole).await, wanted);
    whole.close().await;

    // As if interrupted after the admin and a product were created, before the product's delivery.
    let half = Shop::unstocked().await;
    let account = json!({ "email": ADMIN.email, "name": ADMIN.name, "password": ADMIN.password });
    assert_eq!(half.send(half.client().post(half.at("/users")).json(&account)).await.status, 202);
    seed::make_admin(half.cloud(), &half.admin().await.user_id).await.expect("the role");
    let catalogue: Vec<Value> =
        serde_json::from_str(include_str!("../../local/dev/src/seed/catalogue.json")).expect("JSON");
    let product = &catalogue.last().expect("a product")["product"];
    let request = half.admin().await.request(Method::POST, "/products").json(product);
    assert_eq!(half.send(request).await.status, 201);

    seed::seed(half.cloud()).await.expect("the shop is seeded");
    assert_eq!(received(&half).await, wanted);
    half.close().await;
}
