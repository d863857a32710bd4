//! `quote-lines`.

use domain::stock::{Offer, Offers};
use products::quotes::quote_lines::QuoteLines;
use products::quotes::{CategoryTree, quote_lines};

use super::*;

impl Shop {
    async fn offers_at(&self, tree: &CategoryTree, skus: &[&str], at: Timestamp) -> Offers {
        let caller = Service { arn: "arn:aws:sts::000000000000:assumed-role/get-cart/1".to_owned() };
        let body: QuoteLines = parsed(json!({ "skus": skus }));
        quote_lines(tree.clone(), Call::new(caller, body, at)).await.unwrap().body().unwrap().clone()
    }

    pub async fn offers(&self, skus: &[&str]) -> Offers {
        let mut found = self.offers_at(&CategoryTree::new(self.products.clone()), skus, now()).await;
        found.offers.sort_by(|a, b| a.sku.cmp(&b.sku));
        found
    }
}

#[tokio::test]
async fn a_sku_is_offered_for_its_price_with_what_tax_and_promotions_ask() {
    let shop = shop_with(12).await;
    shop.put_category("home", json!({ "title": "Home" })).await.unwrap();
    shop.put_category("kitchen", json!({ "title": "Kitchen", "parent": "home" })).await.unwrap();
    let found = shop.offers(&["CUP-RED", "CUP-GREEN", "CUP-BLUE"]).await;
    assert_eq!(found.unknown, [sku("CUP-GREEN")]);
    insta::assert_json_snapshot!(found.offers[0], @r#"
    {
      "sku": "CUP-BLUE",
      "title": "Espresso cup, Blue",
      "unit_price": {
        "amount": 1450,
        "currency": "EUR"
      },
      "tax_rate": 2100,
      "categories": [
        "kitchen",
        "home"
      ],
      "available": 10,
      "for_sale": true
    }
    "#);
    assert_eq!(found.offers[1].sku, sku("CUP-RED"));
}

#[tokio::test]
async fn nothing_is_held_and_what_is_held_is_not_available() {
    let shop = shop_with(5).await;
    let available = async || shop.offers(&["CUP-BLUE"]).await.offers[0].available;
    assert_eq!((available().await, available().await), (5, 5));
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    assert_eq!(available().await, 3);
    assert_eq!(shop.counters("CUP-BLUE").await, [3, 2, 0, 5]);
}

#[tokio::test]
async fn a_product_that_is_archived_is_not_for_sale_and_one_that_moves_has_another_category() {
    let shop = shop_with(5).await;
    let product = shop.create(product("gift", "kitchen", "GIFT", "active")).await.unwrap();
    shop.update(product.product_id, json!({ "category": "gifts" }), "*").await.unwrap();
    let gift = async || shop.offers(&["GIFT"]).await.offers.remove(0);
    let Offer { categories, for_sale, .. } = gift().await;
    assert_eq!((categories, for_sale), (vec!["gifts".parse().unwrap()], true));
    shop.update(product.product_id, json!({ "status": "archived" }), "*").await.unwrap();
    assert!(!gift().await.for_sale);
}

#[test]
fn one_to_forty_different_skus_are_offered_at_a_time() {
    let parsed = |skus: Vec<String>| serde_json::from_value::<QuoteLines>(json!({ "skus": skus })).is_ok();
    let many = |count: usize| (0..count).map(|number| format!("SKU-{number}")).collect::<Vec<_>>();
    assert!(parsed(many(1)) && parsed(many(40)));
    assert!(!parsed(many(0)) && !parsed(many(41)));
    assert!(!parsed(vec!["A".to_owned(), "A".to_owned()]));
}

#[tokio::test]
async fn offers_keep_to_their_budgets() {
    let shop = shop_with(5).await;
    let tree = CategoryTree::new(shop.products.clone());
    drop(shop.engine.used());
    shop.offers_at(&tree, &["CUP-BLUE", "CUP-RED", "CUP-GREEN"], now()).await;
    assert_eq!(shop.engine.used(), "4 read, 0 written: BatchGetItem, GetItem");
    shop.offers_at(&tree, &["CUP-BLUE", "CUP-RED"], now()).await;
    assert_eq!(shop.engine.used(), "2 read, 0 written: BatchGetItem", "the tree is held for a minute");
}
