//! `update-product`, `show-product`, `find-products`: staff keep the catalogue.

use domain::catalogue::{ProductEdit, ProductField};
use edge::{Anyone, NoBody, Reply};
use futures::future::join_all;
use products::catalogue::get_product::ProductView;
use products::catalogue::rows::ProductChange;
use products::catalogue::show_product::KeptProduct;
use products::catalogue::{find_products, get_product, show_product, update_product};
use products::reservations::rows::ReservationRow;
use products::stock::rows::counted_at_price;
use store::{Change, Error, Index, Page, Query, Stored};

use super::*;

impl Shop {
    pub async fn update(
        &self,
        id: ProductId,
        patch: Value,
        if_match: &str,
    ) -> Result<Reply<Product>, Problem> {
        let call = Call::new(staff(), parsed::<ProductEdit>(patch), now())
            .with_path("product_id", id.to_string())
            .with_header("if-match", if_match);
        update_product(self.products.clone(), call).await
    }

    /// Changes a product, whatever its version.
    pub async fn change(&self, id: ProductId, patch: Value) -> Result<Product, Problem> {
        Ok(self.update(id, patch, "*").await?.body().unwrap().clone())
    }

    pub async fn kept(&self, id: &str) -> Result<Reply<KeptProduct>, Problem> {
        let call = Call::new(staff(), NoBody, now()).with_path("product_id", id);
        show_product(self.products.clone(), call).await
    }

    /// Returns the slugs of the products that are found.
    pub async fn found(&self, query: &str) -> Result<(Vec<String>, Option<String>), Problem> {
        let call = Call::new(staff(), NoBody, now()).with_query(query)?;
        let reply = find_products(self.products.clone(), call).await?;
        let list = reply.body().unwrap();
        Ok((list.items.iter().map(|product| product.slug.to_string()).collect(), list.next_cursor.clone()))
    }

    pub async fn public(&self, name: &str) -> Result<ProductView, Problem> {
        let call = Call::new(Anyone, NoBody, now()).with_path("product_id", name);
        Ok(get_product(self.products.clone(), call).await?.body().unwrap().clone())
    }

    async fn changes(&self, id: ProductId) -> Vec<ProductChange> {
        let changes = Query::new(Index::Table, format!("PRODUCT#{id}")).prefix("CHANGE#");
        let page: Page<Stored<ProductChange>> = self.table.query(&changes).await.unwrap();
        page.items.into_iter().map(|found| found.value).collect()
    }

    async fn version(&self, id: ProductId) -> u64 {
        self.products.product(id).await.unwrap().unwrap().version
    }
}

#[tokio::test]
async fn a_change_of_words_reaches_the_product_its_stock_and_the_record() {
    let shop = shop().await;
    let made = shop.create(cups()).await.unwrap();
    let patch = json!({ "title": "Mocha cup", "description": "Glass.", "category": "gifts" });
    let reply = shop.update(made.product_id, patch, "\"1\"").await.unwrap();
    let changed = reply.body().unwrap().clone();
    assert_eq!(reply, Reply::ok(changed.clone()).etag(2));
    assert_eq!((changed.title.as_ref(), changed.category.to_string()), ("Mocha cup", "gifts".to_owned()));
    assert_eq!(shop.item("CUP-RED").await.title.to_string(), "Mocha cup, Red");
    assert_eq!(shop.item("CUP-RED").await.price, made.variants[1].price);
    assert_eq!(shop.public("espresso-cup").await.unwrap().description.to_string(), "Glass.");
    assert!(shop.acted().await.contains(&format!("update-product {}", made.product_id)));
    let [change] = &shop.changes(made.product_id).await[..] else { panic!("one change") };
    assert_eq!(change.fields, [ProductField::Title, ProductField::Description, ProductField::Category]);
    assert_eq!((change.changed_by, change.changed_at), (staff().0.user_id, now()));
}

#[tokio::test]
async fn an_archived_product_is_not_for_sale_until_it_is_active_again() {
    let shop = shop_with(10).await;
    let id = shop.public("espresso-cup").await.unwrap().product_id;
    shop.reserve(order(1), &[("CUP-BLUE", 2)]).await.unwrap();
    for status in ["archived", "draft"] {
        shop.change(id, json!({ "status": status })).await.unwrap();
        assert_eq!(shop.public("espresso-cup").await.unwrap_err().code(), "product_not_found");
        let refused = shop.reserve(order(2), &[("CUP-BLUE", 1)]).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (422, "unknown_sku"));
        let kept = shop.kept(&id.to_string()).await.unwrap();
        assert_eq!(kept.body().unwrap().stock[0].reserved, 2, "what was ordered is still held");
    }
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    shop.change(id, json!({ "status": "active" })).await.unwrap();
    shop.reserve(order(2), &[("CUP-BLUE", 1)]).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [7, 1, 2, 10]);
}

#[tokio::test]
async fn an_earlier_slug_leads_to_the_product_and_stays_taken() {
    let shop = shop().await;
    let cup = shop.create(cups()).await.unwrap().product_id;
    let tray = shop.create(product("tray", "kitchen", "TRAY", "active")).await.unwrap().product_id;
    for slug in ["mocha-cup", "ristretto-cup", "espresso-cup", "mocha-cup"] {
        shop.change(cup, json!({ "slug": slug })).await.unwrap();
        for name in ["espresso-cup", slug] {
            let public = shop.public(name).await.unwrap();
            assert_eq!((public.product_id, public.slug.to_string()), (cup, slug.to_owned()), "{name}");
        }
    }
    for taken in ["espresso-cup", "ristretto-cup", "mocha-cup"] {
        let refused = shop.change(tray, json!({ "slug": taken })).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (409, "slug_taken"), "{taken}");
        let refused = shop.create(product(taken, "kitchen", "OTHER", "draft")).await.unwrap_err();
        assert_eq!(refused.code(), "slug_taken", "{taken}");
    }
    assert_eq!(shop.change(cup, json!({ "slug": "tray" })).await.unwrap_err().code(), "slug_taken");
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let shop = shop().await;
    let id = shop.create(cups()).await.unwrap().product_id;
    let read = shop.kept(&id.to_string()).await.unwrap();
    assert_eq!(read, Reply::ok(read.body().unwrap().clone()).etag(1));
    shop.update(id, json!({ "title": "First" }), "\"1\"").await.unwrap();
    let stale = shop.update(id, json!({ "title": "Second" }), "\"1\"").await.unwrap_err();
    assert_eq!((stale.status().as_u16(), stale.code()), (412, "version_mismatch"));
    let call = Call::new(staff(), parsed::<ProductEdit>(json!({ "title": "Third" })), now());
    let call = call.with_path("product_id", id.to_string());
    let unconditional = update_product(shop.products.clone(), call).await.unwrap_err();
    assert_eq!((unconditional.status().as_u16(), unconditional.code()), (428, "precondition_required"));
    assert_eq!(shop.kept(&id.to_string()).await.unwrap().body().unwrap().product.title.as_ref(), "First");
}

#[tokio::test]
async fn of_two_people_who_change_one_version_one_succeeds() {
    let shop = shop().await;
    let id = shop.create(cups()).await.unwrap().product_id;
    for round in 0..10 {
        let version = format!("\"{}\"", shop.version(id).await);
        let titles = [format!("Cup {round} a"), format!("Cup {round} b")];
        let changes = titles.iter().map(|title| shop.update(id, json!({ "title": title }), &version));
        let replies = join_all(changes).await;
        let codes: Vec<&str> =
            replies.iter().filter_map(|reply| Some(reply.as_ref().err()?.code())).collect();
        assert_eq!(codes, ["version_mismatch"], "{round}");
        let title = shop.public(&id.to_string()).await.unwrap().title;
        assert_eq!(shop.item("CUP-BLUE").await.title.to_string(), format!("{title}, Blue"));
    }
}

#[tokio::test]
async fn no_order_mixes_what_was_before_a_change_with_what_is_after() {
    let shop = shop_with(1_000).await;
    let id = shop.public("espresso-cup").await.unwrap().product_id;
    for round in 0..20 {
        let change = async {
            let patch = json!({ "title": format!("Cup {round}") });
            shop.change(id, patch).await.unwrap();
        };
        let reserve = shop.reserve(order(round), &[("CUP-BLUE", 1), ("CUP-RED", 1)]);
        let ((), reserved) = tokio::join!(change, reserve);
        let titles: Vec<String> = reserved.unwrap().lines.iter().map(|line| line.title.to_string()).collect();
        let of = |title: &str| [format!("{title}, Blue"), format!("{title}, Red")];
        let before = if round == 0 { "Espresso cup".to_owned() } else { format!("Cup {}", round - 1) };
        assert!(titles == of(&before) || titles == of(&format!("Cup {round}")), "{titles:?}");
    }
    assert_eq!(shop.counters("CUP-BLUE").await, [980, 20, 0, 1_000]);
}

/// A reservation reads the stock, decides, and writes. What happens to the product in between must fail the write.
#[tokio::test]
async fn a_reservation_decided_before_a_change_is_not_written_after_it() {
    for patch in [json!({ "title": "Mug" }), json!({ "status": "archived" })] {
        let shop = shop_with(10).await;
        let read = shop.item("CUP-BLUE").await;
        let of = lines(&[("CUP-BLUE", 1)]);
        let held = Reservation::hold(order(1), &of, Currency::EUR, &[read.clone().into()], now()).unwrap();
        let write = async || {
            let call = Call::new(staff(), NoBody, now());
            let change = Change::<ReservationRow, Error>::to(held.reservation.clone())
                .update(counted_at_price(&read, &held.movements[0]));
            shop.table.create(&call, change, None, || Error::NothingToWrite).await
        };
        shop.change(read.product_id, patch.clone()).await.unwrap();
        assert!(matches!(write().await, Err(Error::NothingToWrite)), "{patch}: the condition fails");
        assert_eq!(shop.counters("CUP-BLUE").await, [10, 0, 0, 10]);
        let back = json!({ "title": "Espresso cup", "status": "active" });
        shop.change(read.product_id, back).await.unwrap();
        write().await.unwrap();
        assert_eq!(shop.counters("CUP-BLUE").await, [9, 1, 0, 10]);
    }
}

#[tokio::test]
async fn of_two_products_that_take_one_slug_one_gets_it() {
    let shop = shop().await;
    let cup = shop.create(cups()).await.unwrap().product_id;
    let tray = shop.create(product("tray", "kitchen", "TRAY", "active")).await.unwrap().product_id;
    for round in 0..10 {
        let slug = format!("round-{round}");
        let replies = join_all([cup, tray].map(|id| shop.change(id, json!({ "slug": slug })))).await;
        let codes: Vec<&str> =
            replies.iter().filter_map(|reply| Some(reply.as_ref().err()?.code())).collect();
        assert_eq!(codes, ["slug_taken"], "{round}");
        let owner = replies.into_iter().find_map(Result::ok).unwrap().product_id;
        assert_eq!(shop.public(&slug).await.unwrap().product_id, owner);
        // Of one product, both succeed.
        let patch = json!({ "slug": format!("{slug}-twice") });
        for reply in join_all([owner, owner].map(|id| shop.change(id, patch.clone()))).await {
            assert_eq!(reply.unwrap().slug.to_string(), format!("{slug}-twice"));
        }
    }
}

#[tokio::test]
async fn nothing_changes_without_a_change_and_an_unknown_product_is_not_found() {
    let shop = shop().await;
    let id = shop.create(cups()).await.unwrap().product_id;
    for patch in [json!({}), json!({ "title": "Espresso cup", "status": "active" })] {
        shop.change(id, patch).await.unwrap();
        assert_eq!(shop.version(id).await, 1);
    }
    let nobody = ProductId::from_parts(0, 9);
    assert_eq!(shop.change(nobody, json!({})).await.unwrap_err().code(), "product_not_found");
    assert_eq!(shop.kept(&nobody.to_string()).await.unwrap_err().code(), "product_not_found");
    let long = json!({ "title": "x".repeat(196) });
    let refused = shop.change(id, long).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (422, "title_too_long"));
    for bad in [json!({ "title": null }), json!({ "status": null }), json!({ "status": "sold_out" })] {
        assert!(serde_json::from_value::<ProductEdit>(bad.clone()).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn staff_see_drafts_with_their_counters() {
    let shop = shop().await;
    let draft = shop.create(product("tray", "kitchen", "TRAY", "draft")).await.unwrap();
    assert_eq!(shop.public("tray").await.unwrap_err().code(), "product_not_found");
    shop.adjust("TRAY", 7, "a").await.unwrap();
    let kept = shop.kept(&draft.product_id.to_string()).await.unwrap().body().unwrap().clone();
    assert_eq!(kept.product, draft);
    let counters =
        [kept.stock[0].available, kept.stock[0].reserved, kept.stock[0].sold, kept.stock[0].received];
    assert_eq!((kept.stock[0].sku.to_string(), counters), ("TRAY".to_owned(), [7, 0, 0, 7]));
    let cup = shop.create(cups()).await.unwrap().product_id;
    let skus: Vec<String> = shop
        .kept(&cup.to_string())
        .await
        .unwrap()
        .body()
        .unwrap()
        .stock
        .iter()
        .map(|item| item.sku.to_string())
        .collect();
    assert_eq!(skus, ["CUP-BLUE", "CUP-RED"]);
}

#[tokio::test]
async fn products_are_found_by_status_sku_and_slug() {
    let shop = shop().await;
    let found = async |query: &str| shop.found(query).await.map(|(slugs, _)| slugs);
    let mut drafts = Vec::new();
    for number in 0..3 {
        let new = product(&format!("tray-{number}"), "kitchen", &format!("TRAY-{number}"), "draft");
        let call = Call::new(staff(), parsed::<NewProduct>(new), now() + SignedDuration::from_secs(number));
        drafts.push(products::catalogue::create_product(shop.products.clone(), call).await.unwrap());
    }
    shop.create(cups()).await.unwrap();
    assert_eq!(found("status=draft").await.unwrap(), ["tray-2", "tray-1", "tray-0"]);
    let (page, cursor) = shop.found("status=draft&limit=2").await.unwrap();
    assert_eq!(page, ["tray-2", "tray-1"]);
    let rest = shop.found(&format!("status=draft&limit=2&cursor={}", cursor.unwrap())).await.unwrap();
    assert_eq!(rest, (vec!["tray-0".to_owned()], None));

    let first = drafts[0].body().unwrap().product_id;
    shop.change(first, json!({ "status": "archived", "slug": "old-tray" })).await.unwrap();
    assert_eq!(found("status=archived").await.unwrap(), ["old-tray"]);
    assert_eq!(found("status=draft").await.unwrap(), ["tray-2", "tray-1"]);
    assert_eq!(found("status=active").await.unwrap(), ["espresso-cup"]);
    for query in ["sku=TRAY-0", "slug=tray-0", "slug=old-tray"] {
        assert_eq!(found(query).await.unwrap(), ["old-tray"], "{query}");
    }
    for query in ["sku=TEAPOT", "slug=teapot"] {
        assert!(found(query).await.unwrap().is_empty(), "{query}");
    }
    for query in [
        "",
        "limit=5",
        "status=draft&sku=TRAY-0",
        "sku=TRAY-0&slug=tray-0",
        "status=unknown",
        "status=",
        "sku=TRAY-0&limit=0",
        "sku=TRAY-0&cursor=x",
    ] {
        let refused = found(query).await.unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.code()), (400, "invalid_query"), "{query}");
    }
}

#[tokio::test]
async fn keeping_the_catalogue_keeps_to_its_budget() {
    let shop = shop().await;
    let id = shop.create(cups()).await.unwrap().product_id;
    drop(shop.engine.used());
    let mut used = Vec::new();
    for patch in [
        json!({ "description": "Glass." }),
        json!({ "slug": "mocha-cup" }),
        json!({ "title": "Mocha cup" }),
        json!({ "status": "archived" }),
        json!({}),
    ] {
        shop.change(id, patch.clone()).await.unwrap();
        used.push(format!("{patch}: {}", shop.engine.used()));
    }
    shop.kept(&id.to_string()).await.unwrap();
    used.push(format!("show-product: {}", shop.engine.used()));
    for query in ["status=archived", "sku=CUP-RED", "slug=espresso-cup"] {
        shop.found(query).await.unwrap();
        used.push(format!("{query}: {}", shop.engine.used()));
    }
    insta::assert_debug_snapshot!(used, @r#"
    [
        "{\"description\":\"Glass.\"}: 1 read, 10 written: GetItem, TransactWriteItems",
        "{\"slug\":\"mocha-cup\"}: 2 read, 12 written: 2 GetItem, TransactWriteItems",
        "{\"title\":\"Mocha cup\"}: 1 read, 16 written: GetItem, TransactWriteItems",
        "{\"status\":\"archived\"}: 1 read, 17 written: GetItem, TransactWriteItems",
        "{}: 1 read, 0 written: GetItem",
        "show-product: 3.5 read, 0 written: BatchGetItem, GetItem, Query",
        "status=archived: 0.5 read, 0 written: Query",
        "sku=CUP-RED: 2 read, 0 written: 2 GetItem",
        "slug=espresso-cup: 2 read, 0 written: 2 GetItem",
    ]
    "#);
}
