//! `get-cart`, `put-cart-line`, `update-cart`, with a scripted product service; and what becomes of carts when their owners change.

use domain::carts::CartView;
use futures::future::join_all;
use orders::carts::put_cart_line::PutCartLine;
use orders::carts::update_cart::UpdateCart;
use orders::carts::{get_cart, merge_cart, put_cart_line, update_cart};
use serde_json::{Value, json};

use crate::counter::{Counter, address, guest, offer};
use crate::resource::place_order::code;
use crate::*;

fn total(cart: &CartView) -> (i64, i64) {
    let quote = cart.quote.as_ref().unwrap();
    (quote.total.amount(), quote.tax.amount())
}

fn problems(cart: &CartView) -> Value {
    serde_json::to_value(&cart.problems).unwrap()
}

#[tokio::test]
async fn nobody_has_a_cart_before_something_is_in_it() {
    let counter = Counter::open().await;
    let (cart, reply) = counter.show(&ada()).await;
    assert_eq!((cart.version, cart.lines.len(), cart.quote.is_none()), (0, 0, true));
    assert_eq!(reply, Reply::ok(cart.clone()).etag(0));
    assert_eq!(problems(&cart), json!([{ "code": "cart_empty" }, { "code": "address_needed" }]));
    let removed = counter.put(&ada(), "CUP-BLUE", 0).await.unwrap();
    assert_eq!(removed, cart, "there was nothing to remove");
}

#[tokio::test]
async fn a_quantity_that_is_put_twice_is_that_quantity() {
    let counter = Counter::open().await;
    for _ in 0..2 {
        let cart = counter.put(&ada(), "CUP-BLUE", 2).await.unwrap();
        assert_eq!((cart.version, cart.lines[0].quantity.into_inner()), (1, 2));
    }
    let (cart, reply) = counter.show(&ada()).await;
    assert_eq!(total(&cart), (2900, 503));
    assert_eq!(reply, Reply::ok(cart).etag(1));
    let (eves, _) = counter.show(&signed_in(2)).await;
    assert_eq!(eves.lines.len(), 0, "another user's cart");
    assert_eq!(counter.put(&ada(), "CUP-BLUE", 0).await.unwrap().lines.len(), 0);
}

#[tokio::test]
async fn each_refusal() {
    let counter = Counter::abroad().await;
    assert_eq!(code(counter.put(&ada(), "TEAPOT", 1).await), "422 unknown_sku");
    counter.change("CUP-BLUE", "for_sale", json!(false));
    assert_eq!(code(counter.put(&ada(), "CUP-BLUE", 1).await), "422 unknown_sku");
    counter.change("CUP-BLUE", "for_sale", json!(true));
    counter.fill(&ada()).await;
    let put = async |tag| code(counter.put_if(&ada(), ("CUP-BLUE", 3), Some(tag)).await);
    assert_eq!(put("\"1\"").await, "412 version_mismatch");
    assert!(counter.put_if(&ada(), ("CUP-BLUE", 3), Some("\"2\"")).await.is_ok());
    assert!(counter.put_if(&ada(), ("CUP-BLUE", 3), Some("\"2\"")).await.is_ok(), "a retry");
    let patch = async |body| code(counter.patch(&ada(), body).await);
    assert_eq!(patch(json!({ "shipping_address": address("FR") })).await, "422 destination_not_served");
    let mut incomplete = address("ES");
    incomplete["postal_code"] = Value::Null;
    assert_eq!(patch(json!({ "billing_address": incomplete })).await, "422 postal_code_missing");
    counter.patch(&ada(), json!({ "shipping_address": address("ES") })).await.unwrap();
    assert_eq!(patch(json!({ "shipping_method": "pigeon" })).await, "422 shipping_not_available");
    let many: Vec<Value> =
        (0..41).map(|number| offer(&format!("SKU-{number}"), 100, 0, "standard")).collect();
    counter.script().catalogue = Some(many);
    for number in 0..40 {
        counter.put(&signed_in(2), &format!("SKU-{number}"), 999).await.unwrap();
    }
    assert_eq!(code(counter.put(&signed_in(2), "SKU-40", 1).await), "409 cart_full");
    let (full, _) = counter.show(&signed_in(2)).await;
    assert_eq!((full.lines.len(), total(&full).0), (40, 40 * 999 * 100));
}

#[tokio::test]
async fn an_address_and_a_way_of_shipping_complete_a_cart() {
    let counter = Counter::abroad().await;
    counter.fill(&guest(1)).await;
    let spanish = json!({ "shipping_address": address("ES"), "shipping_method": "standard" });
    let cart = counter.patch(&guest(1), spanish).await.unwrap();
    assert_eq!((total(&cart), problems(&cart)), ((4180, 652), json!([])));
    let german = counter.patch(&guest(1), json!({ "shipping_address": address("DE") })).await.unwrap();
    assert_eq!((total(&german), problems(&german)), ((4680, 653), json!([])));
    let days = german.shipping_options[0].days.unwrap();
    assert_eq!((days.least, days.most), (2, 4));
    let removed = json!({ "shipping_address": null, "note": "Ring twice." });
    let cart = counter.patch(&guest(1), removed).await.unwrap();
    assert_eq!((cart.shipping_address, cart.note.unwrap().to_string()), (None, "Ring twice.".to_owned()));
}

#[tokio::test]
async fn a_changed_price_is_shown_until_it_is_acknowledged() {
    let counter = Counter::open().await;
    counter.fill(&ada()).await;
    counter.change("CUP-BLUE", "unit_price", json!({ "amount": 1290, "currency": "EUR" }));
    let (cart, _) = counter.show(&ada()).await;
    let changes = serde_json::to_value(&cart.changes).unwrap();
    let eur = |amount: i64| json!({ "amount": amount, "currency": "EUR" });
    assert_eq!(
        changes,
        json!([{ "code": "price_changed", "sku": "CUP-BLUE", "was": eur(1450), "now": eur(1290) }])
    );
    assert_eq!(total(&cart).0, 790 + 2 * 1290);
    let acknowledged = counter.patch(&ada(), json!({ "acknowledge": true })).await.unwrap();
    assert_eq!((acknowledged.changes.len(), total(&acknowledged).0), (0, 790 + 2 * 1290));
    let again = counter.patch(&ada(), json!({ "acknowledge": true })).await.unwrap();
    assert_eq!(again.version, acknowledged.version);
}

#[tokio::test]
async fn without_the_product_service_the_cart_is_shown_as_it_was_seen() {
    let counter = Counter::open().await;
    counter.fill(&ada()).await;
    counter.script().catalogue = None;
    let (cart, _) = counter.show(&ada()).await;
    assert!(cart.stale && cart.quote.is_none());
    assert_eq!(
        (cart.lines[1].title.to_string(), cart.lines[1].unit_price.amount()),
        ("The CUP-BLUE".to_owned(), 1450)
    );
    assert_eq!(code(counter.put(&ada(), "CUP-BLUE", 3).await), "503 temporarily_unavailable");
    assert_eq!(
        code(counter.patch(&ada(), json!({ "acknowledge": true })).await),
        "503 temporarily_unavailable"
    );
    assert_eq!(counter.put(&ada(), "CUP-BLUE", 0).await.unwrap().lines.len(), 1, "it can be removed");
    let noted = counter.patch(&ada(), json!({ "note": "Ring twice." })).await.unwrap();
    assert!(noted.stale && noted.note.is_some());
}

/// Two tabs with one cart.
#[tokio::test]
async fn concurrent_changes_of_a_cart_are_all_made() {
    let counter = Counter::open().await;
    let offers = (0..3).map(|number| offer(&format!("SKU-{number}"), 100, 0, "standard")).collect();
    counter.script().catalogue = Some(offers);
    let who = ada();
    let puts = ["SKU-0", "SKU-1", "SKU-2"].map(|sku| counter.put(&who, sku, 2));
    assert!(join_all(puts).await.iter().all(Result::is_ok));
    let (cart, _) = counter.show(&ada()).await;
    assert_eq!((cart.lines.len(), cart.version), (3, 3));
}

#[tokio::test]
async fn a_merged_guests_cart_is_the_accounts() {
    let counter = Counter::open().await;
    let (guest, account) = (guest(1), signed_in(2));
    counter.put(&guest, "CUP-BLUE", 5).await.unwrap();
    counter.put(&account, "CUP-BLUE", 2).await.unwrap();
    counter.put(&account, "BEANS-250", 1).await.unwrap();
    for _ in 0..2 {
        counter.shelf.merge(&guest, now()).await.unwrap();
        let (cart, _) = counter.show(&account).await;
        let lines: Vec<_> =
            cart.lines.iter().map(|line| (line.sku.to_string(), line.quantity.into_inner())).collect();
        assert_eq!(lines, [("CUP-BLUE".to_owned(), 5), ("BEANS-250".to_owned(), 1)]);
        counter.put(&account, "BEANS-250", 1).await.unwrap();
    }
    let (left, _) = counter.show(&guest).await;
    assert_eq!(left.lines.len(), 0);
    assert_eq!(code(counter.put(&guest, "CUP-BLUE", 1).await), "409 guest_merged");
    assert_eq!(code(counter.patch(&guest, json!({ "note": "x" })).await), "409 guest_merged");
}

#[tokio::test]
async fn who_signs_in_has_the_guests_cart_at_once() {
    let counter = Counter::open().await;
    let (visitor, account) = (guest(1), signed_in(2));
    counter.put(&visitor, "CUP-BLUE", 5).await.unwrap();
    counter.put(&account, "CUP-BLUE", 2).await.unwrap();
    counter.put(&account, "BEANS-250", 1).await.unwrap();
    let lines = |cart: &CartView| {
        let line = |line: &domain::carts::LineView| (line.sku.to_string(), line.quantity.into_inner());
        cart.lines.iter().map(line).collect::<Vec<_>>()
    };
    let without = counter.merge(&account, None).await;
    assert_eq!(
        lines(&without),
        [("CUP-BLUE".to_owned(), 2), ("BEANS-250".to_owned(), 1)],
        "without the claim"
    );
    for _ in 0..2 {
        let merged = counter.merge(&account, Some(&visitor)).await;
        assert_eq!(lines(&merged), [("CUP-BLUE".to_owned(), 5), ("BEANS-250".to_owned(), 1)]);
        counter.shelf.merge(&visitor, now()).await.unwrap();
    }
    assert!(counter.show(&visitor).await.0.lines.is_empty());
}

#[tokio::test]
async fn an_account_without_a_cart_gets_the_guests() {
    let counter = Counter::open().await;
    counter.fill(&guest(1)).await;
    counter.shelf.merge(&guest(1), now()).await.unwrap();
    assert_eq!(counter.show(&signed_in(2)).await.0.lines.len(), 2);
}

#[tokio::test]
async fn the_cart_of_an_erased_account_is_empty() {
    let counter = Counter::open().await;
    counter.fill(&ada()).await;
    counter.patch(&ada(), json!({ "shipping_address": address("ES") })).await.unwrap();
    counter.shelf.erase(&ada()).await.unwrap();
    let (cart, _) = counter.show(&ada()).await;
    assert_eq!((cart.lines.len(), cart.shipping_address), (0, None));
    let row =
        counter.shelf.table.client().scan().table_name(counter.shelf.table.name()).send().await.unwrap();
    let text = format!("{:?}", row.items());
    assert!(!text.contains("Calle Mayor"), "{text}");
}

#[tokio::test]
async fn carts_keep_to_their_budgets() {
    let counter = Counter::open().await;
    let used = || counter.shelf.table.used();
    used();
    let carts = counter.carts();
    let show = async || get_cart(carts.clone(), Call::new(ada(), NoBody, now())).await.unwrap();
    show().await;
    assert_eq!(
        used(),
        "2 read, 0 written: GetItem, Query",
        "get-cart: the first of a process, which reads the settings"
    );
    show().await;
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-cart");
    let put = async |quantity: u32| {
        let body: PutCartLine = serde_json::from_value(json!({ "quantity": quantity })).unwrap();
        put_cart_line(carts.clone(), Call::new(ada(), body, now()).with_path("sku", "CUP-BLUE"))
            .await
            .unwrap()
    };
    put(1).await;
    assert_eq!(used(), "1 read, 1 written: GetItem, PutItem", "put-cart-line");
    put(1).await;
    assert_eq!(used(), "1 read, 0 written: GetItem", "put-cart-line: the same again");
    let body: UpdateCart = serde_json::from_value(json!({ "shipping_address": address("ES") })).unwrap();
    update_cart(carts.clone(), Call::new(ada(), body, now())).await.unwrap();
    assert_eq!(used(), "1 read, 1 written: GetItem, PutItem", "update-cart");
    let call = |merges| Call::new(SignedIn { merges, ..signed_in(2) }, NoBody, now());
    merge_cart(carts.clone(), call(Some(ada().user_id))).await.unwrap();
    assert_eq!(used(), "3 read, 4 written: 3 GetItem, TransactWriteItems", "merge-cart");
    merge_cart(carts.clone(), call(None)).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "merge-cart: a token that names no guest");
}
