//! `list-categories`, `put-category`, `remove-category`.

use domain::catalogue::{Categories, Category, CategoryNode};
use edge::{Anyone, NoBody, Reply};
use futures::future::join_all;
use products::categories::rows::{CategoriesRow, categories_key};
use products::categories::{list_categories, put_category, remove_category};

use store::{Change, Error};

use super::*;

impl Shop {
    pub async fn put_category(&self, slug: &str, body: Value) -> Result<Category, Problem> {
        let call = Call::new(staff(), parsed::<Category>(body), now()).with_path("slug", slug);
        Ok(put_category(self.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn remove_category(&self, slug: &str) -> Result<(), Problem> {
        let call = Call::new(staff(), NoBody, now()).with_path("slug", slug);
        assert_eq!(remove_category(self.products.clone(), call).await?, Reply::no_content());
        Ok(())
    }

    pub async fn categories(&self) -> Vec<CategoryNode> {
        let reply = list_categories(self.products.clone(), Call::new(Anyone, NoBody, now())).await.unwrap();
        let tree = reply.body().unwrap().clone();
        assert_eq!(reply, Reply::ok(tree.clone()).cached(60));
        tree.items
    }
}

fn named(title: &str, parent: Option<&str>) -> Value {
    json!({ "title": title, "parent": parent })
}

#[tokio::test]
async fn categories_are_a_tree() {
    let shop = shop().await;
    assert_eq!(shop.categories().await, [], "before there is any");
    shop.put_category("kitchen", named("Kitchen", None)).await.unwrap();
    shop.put_category("cups", named("Cups", Some("kitchen"))).await.unwrap();
    shop.put_category("coffee", json!({ "title": "Coffee", "position": 7 })).await.unwrap();
    insta::assert_json_snapshot!(shop.categories().await, @r#"
    [
      {
        "slug": "kitchen",
        "title": "Kitchen",
        "children": [
          {
            "slug": "cups",
            "title": "Cups",
            "children": []
          }
        ]
      },
      {
        "slug": "coffee",
        "title": "Coffee",
        "children": []
      }
    ]
    "#);
    shop.put_category("cups", named("Cups and mugs", None)).await.unwrap();
    let tree = shop.categories().await;
    assert_eq!(
        tree.iter().map(|node| node.title.as_ref()).collect::<Vec<_>>(),
        ["Cups and mugs", "Kitchen", "Coffee"]
    );
    shop.put_category("cups", named("Cups and mugs", None)).await.unwrap();
    assert_eq!(
        shop.acted().await,
        ["put-category coffee", "put-category cups", "put-category cups", "put-category kitchen"],
        "the same again is not a change"
    );
}

#[tokio::test]
async fn a_category_that_is_not_empty_is_not_removed() {
    let shop = shop().await;
    shop.put_category("kitchen", named("Kitchen", None)).await.unwrap();
    shop.put_category("cups", named("Cups", Some("kitchen"))).await.unwrap();
    let refused = shop.remove_category("kitchen").await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "category_in_use"), "a child");
    shop.remove_category("cups").await.unwrap();
    let made = shop.create(cups()).await.unwrap();
    let refused = shop.remove_category("kitchen").await.unwrap_err();
    assert_eq!(refused.code(), "category_in_use", "a product");
    shop.update(made.product_id, json!({ "status": "archived" }), "*").await.unwrap();
    shop.remove_category("kitchen").await.unwrap();
    let refused = shop.remove_category("kitchen").await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (404, "category_not_found"));
    assert_eq!(shop.categories().await, []);
}

#[tokio::test]
async fn each_refusal() {
    let shop = shop().await;
    let refused = shop.remove_category("kitchen").await.unwrap_err();
    assert_eq!(refused.code(), "category_not_found", "before there is any");
    for (slug, parent) in [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", Some("c"))] {
        shop.put_category(slug, named(slug, parent)).await.unwrap();
    }
    for (slug, parent, code) in [
        ("a", "b", "category_cycle"),
        ("a", "a", "category_cycle"),
        ("e", "d", "category_depth"),
        ("e", "f", "category_parent_unknown"),
    ] {
        let refused = shop.put_category(slug, named("New", Some(parent))).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (422, code), "{slug} below {parent}");
    }
    let refused = shop.put_category("-", named("New", None)).await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 404, "not a slug");
}

/// Of two changes that would make a circle together, one comes first.
#[tokio::test]
async fn concurrent_changes_do_not_make_a_circle() {
    let shop = shop().await;
    for slug in ["a", "b"] {
        shop.put_category(slug, named(slug, None)).await.unwrap();
    }
    for _ in 0..20 {
        let both =
            [("a", "b"), ("b", "a")].map(|(slug, parent)| shop.put_category(slug, named(slug, Some(parent))));
        let outcomes = join_all(both).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        for slug in ["a", "b"] {
            shop.put_category(slug, named(slug, None)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn categories_keep_to_their_budgets() {
    let shop = shop().await;
    shop.put_category("kitchen", named("Kitchen", None)).await.unwrap();
    assert_eq!(shop.engine.used(), "1 read, 4 written: GetItem, TransactWriteItems");
    shop.put_category("kitchen", named("Kitchen", None)).await.unwrap();
    assert_eq!(shop.engine.used(), "1 read, 0 written: GetItem", "the same again");
    shop.categories().await;
    assert_eq!(shop.engine.used(), "2 read, 0 written: 2 GetItem");
    shop.remove_category("kitchen").await.unwrap();
    assert_eq!(shop.engine.used(), "1.5 read, 4 written: GetItem, Query, TransactWriteItems");
    let many = (0..500)
        .map(|number| json!({ "slug": format!("{number}-{}", "x".repeat(70)), "title": "x".repeat(80) }));
    let many: Categories = parsed(json!({ "categories": many.collect::<Vec<_>>() }));
    let call = Call::new(staff(), NoBody, now());
    let put = async |_| Ok::<_, Error>(Some(Change::<CategoriesRow, Error>::to(many.clone())));
    shop.table.at::<CategoriesRow>(categories_key()).change(&call, put).await.unwrap();
    drop(shop.engine.used());
    shop.categories().await;
    assert_eq!(shop.engine.used(), "23 read, 0 written: 2 GetItem", "500 with long titles");
}
