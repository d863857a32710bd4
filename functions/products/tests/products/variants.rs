//! `put-variant`: staff add, change and retire variants.

use edge::{Anyone, NoBody, Reply};
use futures::future::join_all;
use products::catalogue::put_variant::PutVariant;
use products::catalogue::{get_product, list_products, put_variant};

use super::*;

impl Shop {
    async fn put(
        &self,
        product: &Product,
        sku: &str,
        variant: Value,
        if_match: &str,
    ) -> Result<Reply<Product>, Problem> {
        let call = Call::new(staff(), parsed::<PutVariant>(variant), now())
            .with_path("product_id", product.product_id.to_string())
            .with_path("sku", sku)
            .with_header("if-match", if_match);
        put_variant(self.products.clone(), call).await
    }

    /// Puts a variant whatever the product's version; the code of the refusal.
    async fn refused(&self, product: &Product, sku: &str, variant: Value) -> (u16, String) {
        let refused = self.put(product, sku, variant, "*").await.unwrap_err();
        (refused.status().as_u16(), refused.code().to_owned())
    }

    /// Returns the SKUs that customers see of the only product, in the product and in the list.
    async fn shown_skus(&self, product: &Product) -> Vec<String> {
        let call = Call::new(Anyone, NoBody, now()).with_path("product_id", product.product_id.to_string());
        let reply = get_product(self.products.clone(), call).await.unwrap();
        let shown =
            reply.body().unwrap().variants.iter().map(|variant| variant.variant.sku.to_string()).collect();
        let call = Call::new(Anyone, NoBody, now()).with_query("").unwrap();
        let list = list_products(self.products.clone(), call).await.unwrap();
        let listed: Vec<String> =
            list.body().unwrap().items[0].variants.iter().map(|variant| variant.sku.to_string()).collect();
        assert_eq!(listed, shown);
        shown
    }
}

fn green(amount: i64) -> Value {
    json!({ "title": "Green", "price": { "amount": amount, "currency": "EUR" }, "tax_rate": 2100 })
}

#[tokio::test]
async fn a_new_variant_can_be_ordered_once_it_has_stock() {
    let shop = shop().await;
    let cup = shop.create(cups()).await.unwrap();
    let reply = shop.put(&cup, "CUP-GREEN", green(1650), "\"1\"").await.unwrap();
    let product = reply.body().unwrap().clone();
    assert_eq!(reply, Reply::created_unseen(product.clone()).etag(2));
    assert_eq!(product.variants.len(), 3);
    assert_eq!(shop.counters("CUP-GREEN").await, [0, 0, 0, 0]);
    assert_eq!(shop.reserve(order(1), &[("CUP-GREEN", 1)]).await.unwrap_err().code(), "out_of_stock");
    shop.adjust("CUP-GREEN", 2, "a").await.unwrap();
    let reserved = shop.reserve(order(1), &[("CUP-GREEN", 1)]).await.unwrap();
    assert_eq!(
        (reserved.lines[0].title.as_ref(), reserved.lines[0].unit_price.amount()),
        ("Espresso cup, Green", 1650)
    );

    let again = shop.put(&cup, "CUP-GREEN", green(1650), "*").await.unwrap();
    assert_eq!(again, Reply::ok(product).etag(2), "the same again changes nothing");
    let acted = format!("put-variant {}", cup.product_id);
    assert_eq!(shop.acted().await.iter().filter(|act| **act == acted).count(), 1);
    let stale = shop.put(&cup, "CUP-BLUE", json!({ "title": "Sky" }), "\"1\"").await.unwrap_err();
    assert_eq!((stale.status().as_u16(), stale.code()), (412, "version_mismatch"));
}

#[tokio::test]
async fn a_retired_variant_is_neither_shown_nor_sold_and_keeps_its_stock() {
    let shop = shop_with(10).await;
    let cup = shop
        .products
        .of_status(domain::catalogue::ProductStatus::Active, 1, None)
        .await
        .unwrap()
        .items
        .remove(0)
        .value;
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    let retired = json!({ "title": "Blue", "tax_rate": 2100, "retired": true });
    shop.put(&cup, "CUP-BLUE", retired, "*").await.unwrap();
    assert_eq!(shop.shown_skus(&cup).await, ["CUP-RED"]);
    assert_eq!(shop.reserve(order(2), &[("CUP-BLUE", 1)]).await.unwrap_err().code(), "unknown_sku");
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 2, 10]);
    shop.put(&cup, "CUP-BLUE", json!({ "title": "Sky", "tax_rate": 1000 }), "*").await.unwrap();
    assert_eq!(shop.shown_skus(&cup).await, ["CUP-BLUE", "CUP-RED"]);
    let reserved = shop.reserve(order(2), &[("CUP-BLUE", 1)]).await.unwrap();
    assert_eq!(reserved.lines[0].title.as_ref(), "Espresso cup, Sky");
    assert_eq!(reserved.lines[0].tax.amount(), 132, "10 % within 14.50");
}

#[tokio::test]
async fn each_refusal_leaves_everything_as_it_was() {
    let shop = shop().await;
    let cup = shop.create(cups()).await.unwrap();
    let tray = shop.create(product("tray", "kitchen", "TRAY", "active")).await.unwrap();
    assert_eq!(shop.refused(&cup, "TRAY", green(1650)).await, (409, "sku_taken".to_owned()));
    assert_eq!(shop.refused(&cup, "CUP-BLUE", green(1451)).await, (409, "price_differs".to_owned()));
    assert_eq!(
        shop.refused(&cup, "CUP-GREEN", json!({ "title": "Green" })).await,
        (422, "price_missing".to_owned())
    );
    assert_eq!(shop.refused(&cup, "CUP-GREEN", green(0)).await, (422, "free_of_charge".to_owned()));
    let dollars = json!({ "title": "Green", "price": { "amount": 1, "currency": "USD" } });
    assert_eq!(shop.refused(&cup, "CUP-GREEN", dollars).await, (422, "mixed_currencies".to_owned()));
    assert_eq!(
        shop.refused(&cup, "CUP-RED", json!({ "title": "x".repeat(195) })).await,
        (422, "title_too_long".to_owned())
    );
    let unknown = Product { product_id: ProductId::from_parts(0, 9), ..tray.clone() };
    assert_eq!(shop.refused(&unknown, "TRAY", green(1650)).await, (404, "product_not_found".to_owned()));
    for known in [cup, tray] {
        let row = shop.products.product(known.product_id).await.unwrap().unwrap();
        assert_eq!((row.version, row.value), (1, known));
    }
}

#[tokio::test]
async fn of_two_products_that_add_one_sku_one_gets_it() {
    let shop = shop().await;
    let cup = shop.create(cups()).await.unwrap();
    let tray = shop.create(product("tray", "kitchen", "TRAY", "active")).await.unwrap();
    for round in 0..10 {
        let sku = format!("SHARED-{round}");
        let replies = join_all([&cup, &tray].map(|product| shop.put(product, &sku, green(1650), "*"))).await;
        let codes: Vec<&str> =
            replies.iter().filter_map(|reply| Some(reply.as_ref().err()?.code())).collect();
        assert_eq!(codes, ["sku_taken"], "{round}");
        let owner = shop.item(&sku).await.product_id;
        let product = shop.products.product(owner).await.unwrap().unwrap().value;
        assert!(product.variants.iter().any(|variant| variant.sku.to_string() == sku));
    }
}

#[tokio::test]
async fn putting_variants_keeps_to_its_budget() {
    let shop = shop().await;
    let cup = shop.create(cups()).await.unwrap();
    drop(shop.engine.used());
    shop.put(&cup, "CUP-GREEN", green(1650), "*").await.unwrap();
    assert_eq!(shop.engine.used(), "1 read, 13 written: GetItem, TransactWriteItems", "a new one");
    shop.put(&cup, "CUP-GREEN", green(1650), "*").await.unwrap();
    assert_eq!(shop.engine.used(), "1 read, 0 written: GetItem", "the same again");
    shop.put(&cup, "CUP-GREEN", json!({ "title": "Lime" }), "*").await.unwrap();
    assert_eq!(shop.engine.used(), "1 read, 13 written: GetItem, TransactWriteItems", "another title");
}
