//! Invoices and credit notes: what they say of a whole order, and that their numbers have no gap.

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Books, Customer, Shop};

async fn ship(admin: &Customer<'_>, order: &Value, key: &str, lines: Value) -> Value {
    let path = format!("/admin/orders/{}/shipments", text(order, "order_id"));
    let mut parcel = json!({ "carrier": "Correos" });
    if !lines.is_null() {
        parcel["lines"] = lines;
    }
    // Repeated with its key while others are faster.
    admin.insist(&path, key, &parcel).await.expect("it is shipped").body
}

async fn refund(shop: &Shop, admin: &Customer<'_>, order: &Value, key: &str, mut what: Value) {
    let path = format!("/admin/orders/{}/refunds", text(order, "order_id"));
    what["reason"] = json!("It was chipped.");
    let granted = admin.post(&path, key, &what).await;
    assert_eq!(granted.status, 202, "{granted:?}");
    shop.settle().await;
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().expect("a text").to_owned()
}

async fn documents(customer: &Customer<'_>, order: &Value) -> Vec<Value> {
    let path = format!("/orders/{}?expand=invoices", text(order, "order_id"));
    customer.get(&path).await.body["invoices"].as_array().expect("a list").clone()
}

fn total(document: &Value) -> i64 {
    document["total"]["amount"].as_i64().expect("an amount")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_parcels_and_two_refunds_are_documented_to_the_cent() {
    let shop = Shop::open().await;
    let (ada, admin, mallory) =
        (shop.customer("Ada Lovelace").await, shop.admin().await, shop.customer("Mallory").await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = text(&order, "order_id");
    let beans = ship(&admin, &order, "beans", json!([{ "sku": "BEANS-250", "quantity": 1 }])).await;
    let cups = ship(&admin, &order, "cups", Value::Null).await;
    let invoice = |parcel: &Value| format!("/orders/{id}/invoices/{}", text(parcel, "invoice_number"));
    for (parcel, amount, tax) in [(&beans, 790, 72), (&cups, 2900, 503)] {
        let seen = ada.get(&invoice(parcel)).await.body;
        assert_eq!((total(&seen), &seen["tax"]["amount"]), (amount, &json!(tax)), "{seen}");
    }
    assert_eq!(mallory.get(&invoice(&cups)).await.problem(), "404 order_not_found");
    assert_eq!(
        ada.get(&format!("/orders/{id}/invoices/X-2026-000009")).await.problem(),
        "404 invoice_not_found"
    );

    refund(&shop, &admin, &order, "cup", json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] })).await;
    refund(&shop, &admin, &order, "goodwill", json!({ "amount": { "amount": 500, "currency": "EUR" } }))
        .await;
    let documents = documents(&ada, &order).await;
    let totals: Vec<(String, i64)> =
        documents.iter().map(|document| (text(document, "kind"), total(document))).collect();
    let expected = [("invoice", 790), ("invoice", 2900), ("credit_note", 1450), ("credit_note", 500)];
    assert_eq!(totals, expected.map(|(kind, total)| (kind.to_owned(), total)));
    let note = format!("/orders/{id}/invoices/{}", text(&documents[2], "number"));
    let note = ada.get(&note).await.body;
    assert_eq!(note["corrects"], json!([cups["invoice_number"]]));

    let page = ada.request(reqwest::Method::GET, &format!("{}?locale=de", invoice(&cups)));
    let page = shop.send(page.header("accept", "text/html")).await;
    assert_eq!((page.status, page.content_type.as_str()), (200, "text/html; charset=utf-8"));
    let number = text(&cups, "invoice_number");
    assert!(page.body.as_str().expect("a page").contains(&format!("Rechnung {number}")), "{page:?}");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parcels_at_once_have_the_numbers_one_to_fifty() {
    let shop = Shop::open().await;
    let admin = shop.admin().await;
    let product = json!({
        "title": "Numbered", "description": "", "slug": "numbered", "category": "tools", "status": "active",
        "variants": [{ "sku": "NUMBERED-1", "title": "One", "price": { "amount": 1000, "currency": "EUR" } }],
    });
    assert_eq!(admin.post("/products", "numbered", &product).await.status, 201);
    let delivered = json!({ "delta": 50, "reason": "delivered" });
    assert!(admin.post("/stock/NUMBERED-1/adjustments", "numbered", &delivered).await.status < 300);
    let ada = shop.customer("Ada Lovelace").await;
    let mut placed = Vec::new();
    for number in 0..50 {
        let order = ada.order_of(&format!("order-{number}"), "NUMBERED-1", 1).await;
        assert_eq!(order.status, 201, "{order:?}");
        placed.push(order.body);
        // A customer has three unpaid orders at most.
        shop.settle().await;
    }
    let parcels = placed.iter().map(|order| ship(&admin, order, "the-parcel", Value::Null));
    let mut places: Vec<String> =
        join_all(parcels).await.iter().map(|parcel| text(parcel, "invoice_number")).collect();
    places.sort();
    let series = places[0].rsplit_once('-').expect("a place").0.to_owned();
    let expected: Vec<String> = (1..=50).map(|place| format!("{series}-{place:06}")).collect();
    assert_eq!(places, expected);
    shop.settle().await;
    assert_eq!(Books::of(&shop).await.wrong_documents(), Vec::<String>::new());
    shop.close().await;
}
