//! `create-product`, `get-product`, `list-products`.

use edge::{Anyone, NoBody, Reply};
use products::catalogue::get_product::ProductView;
use products::catalogue::{get_product, list_products};

use super::*;

impl Shop {
    async fn shown(&self, name: &str) -> Result<Reply<ProductView>, Problem> {
        let call = Call::new(Anyone, NoBody, now()).with_path("product_id", name);
        get_product(self.products.clone(), call).await
    }

    async fn listed(&self, query: &str) -> Result<(Vec<String>, Option<String>), Problem> {
        let call = Call::new(Anyone, NoBody, now()).with_query(query)?;
        let reply = list_products(self.products.clone(), call).await?;
        let list = reply.body().unwrap();
        Ok((list.items.iter().map(|product| product.slug.to_string()).collect(), list.next_cursor.clone()))
    }

    async fn create_at(&self, seconds: i64, new: Value) -> Product {
        let now = now() + SignedDuration::from_secs(seconds);
        let call = Call::new(staff(), parsed::<NewProduct>(new), now);
        create_product(self.products.clone(), call).await.unwrap().body().unwrap().clone()
    }
}

#[tokio::test]
async fn a_product_is_found_by_id_and_by_slug() {
    let shop = shop().await;
    let call = Call::new(staff(), parsed::<NewProduct>(cups()), now());
    let reply = create_product(shop.products.clone(), call).await.unwrap();
    let made = reply.body().unwrap().clone();
    assert_eq!(reply, Reply::created(made.clone(), format!("/products/{}", made.product_id)));
    shop.adjust("CUP-BLUE", 3, "a").await.unwrap();
    shop.adjust("CUP-RED", 500, "b").await.unwrap();

    let by_slug = shop.shown("espresso-cup").await.unwrap();
    assert_eq!(by_slug, shop.shown(&made.product_id.to_string()).await.unwrap());
    assert_eq!(by_slug, Reply::ok(by_slug.body().unwrap().clone()).cached(10));
    insta::assert_json_snapshot!(by_slug.body(), { ".product_id" => "prd" }, @r#"
    {
      "product_id": "prd",
      "title": "Espresso cup",
      "description": "Stoneware, 90 ml.",
      "slug": "espresso-cup",
      "category": "kitchen",
      "variants": [
        {
          "sku": "CUP-BLUE",
          "title": "Blue",
          "price": {
            "amount": 1450,
            "currency": "EUR"
          },
          "tax_rate": 2100,
          "in_stock": true,
          "available": 3
        },
        {
          "sku": "CUP-RED",
          "title": "Red",
          "price": {
            "amount": 1550,
            "currency": "EUR"
          },
          "tax_rate": 2100,
          "in_stock": true,
          "available": 10
        }
      ],
      "created_at": "2026-11-23T10:00:00Z"
    }
    "#);
}

#[tokio::test]
async fn an_inactive_product_returns_404() {
    let shop = shop().await;
    for (slug, sku, status) in [("drafted", "A", "draft"), ("gone", "B", "archived")] {
        let made = shop.create(product(slug, "kitchen", sku, status)).await.unwrap();
        for name in [slug, &made.product_id.to_string()] {
            let refused = shop.shown(name).await.unwrap_err();
            assert_eq!((refused.status().as_u16(), refused.code()), (404, "product_not_found"), "{name}");
        }
    }
    assert_eq!(shop.listed("").await.unwrap(), (vec![], None));
    assert_eq!(shop.listed("category=kitchen").await.unwrap(), (vec![], None));
    let refused = shop.reserve(order(1), &[("A", 1)]).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (422, "unknown_sku"));
    for name in ["nothing", "prd_01KAR8J3YT5QZ8W2N6V4C1D7EP", "Espresso", "-", "a/b"] {
        assert_eq!(shop.shown(name).await.unwrap_err().status().as_u16(), 404, "{name}");
    }
}

#[tokio::test]
async fn a_taken_slug_or_sku_returns_409() {
    let shop = shop().await;
    shop.create(cups()).await.unwrap();
    let slug = shop.create(product("espresso-cup", "kitchen", "NEW", "active")).await.unwrap_err();
    assert_eq!((slug.status().as_u16(), slug.code()), (409, "slug_taken"));
    let mut tray = product("tray", "kitchen", "TRAY", "active");
    tray["variants"] = json!([variant("TRAY", "One", 900), variant("CUP-RED", "Red", 1)]);
    let taken = shop.create(tray).await.unwrap_err();
    assert_eq!((taken.status().as_u16(), taken.code()), (409, "sku_taken"));
    assert!(format!("{taken:?}").contains("CUP-RED"), "{taken:?}");
    assert_eq!(shop.item("CUP-RED").await.price.amount(), 1550, "unchanged");
    assert_eq!(shop.products.stock([&sku("TRAY")].into_iter()).await.unwrap(), [], "nothing is left behind");
    assert!(
        shop.create(product("tray", "kitchen", "TRAY", "active")).await.is_ok(),
        "the slug is still free"
    );
}

#[tokio::test]
async fn fifty_variants_fit_into_one_product() {
    let shop = shop().await;
    let mut shirt = product("shirt", "clothes", "S", "active");
    let variants =
        |count: u32| (0..count).map(|number| variant(&format!("SHIRT-{number}"), "One", 900)).collect();
    shirt["variants"] = Value::Array(variants(51));
    assert_eq!(shop.create(shirt.clone()).await.unwrap_err().code(), "variant_count");
    shirt["variants"] = Value::Array(variants(50));
    shop.create(shirt).await.unwrap();
    assert_eq!(shop.shown("shirt").await.unwrap().body().unwrap().variants.len(), 50);
}

#[tokio::test]
async fn repeated_requests_with_one_key_create_one_product() {
    let shop = shop().await;
    let create = |new: Value, key: &'static str| {
        let call = Call::new(staff(), parsed::<NewProduct>(new), now()).with_header("idempotency-key", key);
        create_product(shop.products.clone(), call)
    };
    let replies = futures::future::join_all((0..5).map(|_| create(cups(), "k"))).await;
    let first = replies[0].as_ref().unwrap();
    assert!(replies.iter().all(|reply| reply.as_ref().unwrap() == first));
    assert_eq!(&create(cups(), "k").await.unwrap(), first);
    let other = create(product("tray", "kitchen", "TRAY", "active"), "k").await.unwrap_err();
    assert_eq!((other.status().as_u16(), other.code()), (422, "idempotency_key_reused"));
    assert_eq!(create(cups(), " ").await.unwrap_err().code(), "idempotency_key_invalid");
    assert_eq!(create(cups(), "another").await.unwrap_err().code(), "slug_taken");
    let created = first.body().unwrap().product_id;
    assert_eq!(shop.acted().await, [format!("create-product {created}")], "once, for the record");
}

/// Clients follow a `Location`. Only active products have a page.
#[tokio::test]
async fn the_reply_to_a_draft_has_no_location() {
    let shop = shop().await;
    let create = |new: Value| {
        create_product(shop.products.clone(), Call::new(staff(), parsed::<NewProduct>(new), now()))
    };
    let draft = create(product("tray", "kitchen", "TRAY", "draft")).await.unwrap();
    assert_eq!(draft, Reply::created_unseen(draft.body().unwrap().clone()));
    let shown = create(product("cup", "kitchen", "CUP", "active")).await.unwrap();
    let location = format!("/products/{}", shown.body().unwrap().product_id);
    assert_eq!(shown, Reply::created(shown.body().unwrap().clone(), location));
}

#[tokio::test]
async fn products_are_listed_newest_first_in_pages() {
    let shop = shop().await;
    for (seconds, slug, category) in [(1, "cup", "kitchen"), (2, "shirt", "clothes"), (3, "pot", "kitchen")] {
        shop.create_at(seconds, product(slug, category, &slug.to_uppercase(), "active")).await;
    }
    assert_eq!(shop.listed("").await.unwrap(), (vec!["pot".into(), "shirt".into(), "cup".into()], None));
    assert_eq!(shop.listed("category=kitchen").await.unwrap().0, ["pot", "cup"]);
    assert_eq!(shop.listed("category=garden").await.unwrap(), (vec![], None));

    let (first, cursor) = shop.listed("limit=2").await.unwrap();
    assert_eq!(first, ["pot", "shirt"]);
    let cursor = cursor.unwrap();
    assert_eq!(shop.listed(&format!("limit=2&cursor={cursor}")).await.unwrap().0, ["cup"]);
    for whole in ["page=2", "category=&limit=&cursor=", "limit=3"] {
        assert_eq!(shop.listed(whole).await.unwrap(), shop.listed("").await.unwrap(), "{whole}");
    }
    for bad in ["limit=0", "limit=101", "limit=x", "category=Kitchen", "cursor=x"] {
        assert_eq!(shop.listed(bad).await.unwrap_err().status().as_u16(), 400, "{bad}");
    }
    // An altered cursor is rejected, or names another position in the same list.
    for at in 0..cursor.len() {
        let mut altered = cursor.clone();
        altered.replace_range(at..=at, if &cursor[at..=at] == "A" { "B" } else { "A" });
        match shop.listed(&format!("category=kitchen&cursor={altered}")).await {
            Ok((slugs, _)) => assert!(slugs.iter().all(|slug| slug == "pot" || slug == "cup"), "{slugs:?}"),
            Err(problem) => assert_eq!(problem.code(), "bad_cursor"),
        }
    }
}
