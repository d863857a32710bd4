//! Seeding a new shop, also after an interruption; the assortment of `cargo dev`; and products for measurements.

use std::collections::BTreeMap;
use std::path::Path;

use dev::seed::{self, ADMIN, Assortment, Scale};
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

/// Returns the assortment with these products only.
fn assortment(slugs: &[&str]) -> Assortment {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the repository");
    Assortment::read(root).expect("the assortment is valid").only(slugs)
}

#[tokio::test]
async fn an_interrupted_assortment_continues_and_no_picture_is_there_twice() {
    let shop = Shop::open().await;
    let first = assortment(&["espresso-cup", "winter-blend"]);
    let whole = assortment(&["espresso-cup", "winter-blend", "brewing-scale", "cappuccino-cup"]);
    for (assortment, is_new) in [(&first, true), (&whole, true), (&whole, false)] {
        let furnished = seed::furnish(shop.cloud().url(), assortment).await.expect("the shop takes it");
        assert_eq!(furnished, is_new);
    }
    shop.settle().await;
    let admin = shop.admin().await;
    for (slug, status, pictures) in [
        ("espresso-cup", 200, 2),
        ("winter-blend", 404, 1),
        ("brewing-scale", 200, 1),
        ("cappuccino-cup", 200, 1),
    ] {
        let public = shop.send(shop.client().get(shop.at(&format!("/products/{slug}")))).await;
        assert_eq!(public.status, status, "{slug}");
        let kept = admin.get(&format!("/admin/catalogue/products?slug={slug}")).await.body;
        assert_eq!(kept["items"][0]["images"].as_array().map(Vec::len), Some(pictures), "{slug}");
    }
    let received = received(&shop).await;
    let pieces = |sku: &str| received[sku];
    assert_eq!([pieces("CAPPUCCINO-CORAL"), pieces("SCALE-2000"), pieces("CUP-BLUE")], [34, 0, 80]);
    let cup = shop.send(shop.client().get(shop.at("/products/cappuccino-cup"))).await.body;
    assert_eq!(
        (&cup["variants"][0]["sale"], &cup["variants"][1]["sale"]["price"]["amount"]),
        (&Value::Null, &json!(1490))
    );
    let tree = shop.send(shop.client().get(shop.at("/categories"))).await.body;
    assert_eq!(
        (&tree["items"][1]["slug"], &tree["items"][1]["children"][2]["slug"]),
        (&json!("home"), &json!("kitchen"))
    );
    shop.close().await;
}

#[tokio::test]
async fn products_for_measurements_are_added_once_and_more_of_them_later() {
    let shop = Shop::open().await;
    let before = received(&shop).await.len();
    let mut out = tempfile::tempfile().expect("a file");
    let mut fill = async |products| {
        seed::fill(shop.cloud().url(), products, &mut out).await.expect("the shop takes them")
    };
    assert_eq!(fill(12).await, Scale { there: 0, added: 12 });
    let twelve = received(&shop).await;
    assert_eq!(fill(12).await, Scale { there: 12, added: 0 });
    assert_eq!(received(&shop).await, twelve);
    assert_eq!(fill(15).await, Scale { there: 12, added: 3 });
    let fifteen = received(&shop).await;
    assert!(twelve.iter().all(|(sku, pieces)| fifteen[sku] == *pieces));
    let skus = fifteen.len() - before;
    assert!((15..=45).contains(&skus), "{skus}");
    shop.close().await;
}
