//! Returns: a customer withdraws from a contract or reports a defect, and the staff take the goods back.

use dev::seed;
use domain::payments::ledger::{Account, balance};
use serde_json::{Value, json};
use tests::{Books, Customer, Reply, Shop};

/// Ships the whole of a paid order.
async fn ship(admin: &Customer<'_>, order: &str) {
    let path = format!("/admin/orders/{order}/shipments");
    let shipped = admin.post(&path, &format!("ship-{order}"), &json!({ "carrier": "Correos" })).await;
    assert_eq!(shipped.status, 201, "{shipped:?}");
}

async fn withdraw(customer: &Customer<'_>, order: &str, key: &str, lines: Value) -> Reply {
    let mut body = json!({ "kind": "withdrawal", "confirm": true });
    if !lines.is_null() {
        body["lines"] = lines;
    }
    customer.post(&format!("/orders/{order}/returns"), key, &body).await
}

async fn receive(admin: &Customer<'_>, returned: &Reply, key: &str, lines: Value) -> Reply {
    let id = returned.body["return_id"].as_str().expect("an id");
    admin.post(&format!("/admin/returns/{id}/receipt"), key, &json!({ "lines": lines })).await
}

/// Returns the pieces of a SKU that are available, sold and received.
async fn counts(admin: &Customer<'_>, sku: &str) -> [i64; 3] {
    let found = admin.get(&format!("/admin/catalogue/stock?sku={sku}")).await.body;
    let level = &found["items"][0]["level"];
    ["available", "sold", "received"].map(|count| level[count].as_i64().expect("a count"))
}

fn refunded(order: &Value) -> i64 {
    let refunds = order["refunds"].as_array().into_iter().flatten();
    refunds.map(|refund| refund["amount"]["amount"].as_i64().unwrap_or_default()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn goods_come_back_in_two_returns_and_so_does_the_money() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    ship(&admin, &id).await;
    let too_many = withdraw(&ada, &id, "three", json!([{ "sku": "CUP-BLUE", "quantity": 3 }])).await;
    assert_eq!((too_many.status, &too_many.body["code"]), (422, &json!("quantity_exceeds_shipped")));
    let before = counts(&admin, "CUP-BLUE").await;
    let cup = json!([{ "sku": "CUP-BLUE", "quantity": 1 }]);
    let first = withdraw(&ada, &id, "cup", cup.clone()).await;
    assert_eq!((first.status, &first.body["status"]), (201, &json!("accepted")), "{first:?}");
    assert_eq!(withdraw(&ada, &id, "cup", cup).await.body, first.body, "once");
    let waiting = admin.get("/admin/returns").await.body;
    assert_eq!(waiting["items"][0]["order_id"], id);

    let cup = json!([{ "sku": "CUP-BLUE", "write_off": 1 }]);
    let received = receive(&admin, &first, "cup", cup.clone()).await;
    assert_eq!((received.status, &received.body["status"]), (200, &json!("received")), "{received:?}");
    let twice = receive(&admin, &first, "twice", cup).await;
    assert_eq!((twice.status, &twice.body["code"]), (409, &json!("return_received")));
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{id}")).await.body;
    assert_eq!((refunded(&seen), &seen["return_status"]), (1450, &json!("partially_returned")));
    let [available, sold, all] = before;
    assert_eq!(counts(&admin, "CUP-BLUE").await, [available, sold - 1, all - 1]);

    let rest = withdraw(&ada, &id, "rest", Value::Null).await;
    let lines = json!([{ "sku": "CUP-BLUE", "restock": 1 }, { "sku": "BEANS-250", "restock": 1 }]);
    assert_eq!(receive(&admin, &rest, "rest", lines).await.status, 200);
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{id}")).await.body;
    let all_of_it = (seen["total"]["amount"].as_i64().unwrap_or_default(), &json!("returned"));
    assert_eq!((refunded(&seen), &seen["return_status"]), all_of_it);
    assert_eq!((&seen["status"], &seen["payment_state"]), (&json!("confirmed"), &json!("refunded")));
    assert_eq!(counts(&admin, "CUP-BLUE").await, [available + 1, sold - 2, all - 1]);
    let mails = shop.subjects(&ada.email);
    let count = |subject: &str| mails.iter().filter(|mail| *mail == subject).count();
    let expected = ["We have received your return", "Your goods are back", "Your refund is on its way"];
    assert_eq!(expected.map(count), [2, 2, 2], "{mails:?}");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_defect_is_decided_and_a_withdrawal_before_shipping_cancels() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    ship(&admin, &id).await;
    for (key, accepted) in [("one", false), ("two", true)] {
        let defect = json!({ "kind": "defect", "confirm": true, "note": "It leaks." });
        let asked = ada.post(&format!("/orders/{id}/returns"), key, &defect).await;
        assert_eq!(asked.body["status"], "requested", "{asked:?}");
        let return_id = asked.body["return_id"].as_str().expect("an id");
        let path = format!("/admin/returns/{return_id}/decision");
        let decided = admin.post(&path, key, &json!({ "accepted": accepted })).await;
        assert_eq!(decided.status, 200, "{decided:?}");
    }
    let unshipped = ada.order("unshipped", "pm_card_visa").await.body;
    shop.settle().await;
    let unshipped = unshipped["order_id"].as_str().expect("an id");
    let withdrawn = withdraw(&ada, unshipped, "whole", Value::Null).await;
    assert_eq!(withdrawn.body["status"], "order_cancelled", "{withdrawn:?}");
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{unshipped}")).await.body;
    assert_eq!((&seen["status"], &seen["payment_state"]), (&json!("cancelled"), &json!("refunded")));
    let mails = shop.subjects(&ada.email);
    let count = |subject: &str| mails.iter().filter(|mail| *mail == subject).count();
    let expected = [
        "We have received your return",
        "We cannot take the goods back",
        "Please send the goods back",
        "Your order is cancelled",
    ];
    assert_eq!(expected.map(count), [3, 1, 1, 1], "{mails:?}");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

/// Every place that knows of the money or of the pieces says the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_parcels_a_return_and_a_goodwill_refund_agree_everywhere() {
    let shop = Shop::open().await;
    seed::set_terms(shop.cloud().url()).await.expect("the terms are set");
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let before = [counts(&admin, "CUP-BLUE").await, counts(&admin, "BEANS-250").await];
    let mut order = seed::first_order("pm_card_visa");
    (order["currency"], order["shipping_method"]) = (json!("EUR"), json!("standard"));
    let placed = ada.post("/orders", "the-order", &order).await.body;
    assert_eq!(placed["total"]["amount"], 4180, "{placed}");
    shop.settle().await;
    let id = placed["order_id"].as_str().expect("an id");
    for (sku, quantity) in [("BEANS-250", 1), ("CUP-BLUE", 2)] {
        let parcel = json!({ "carrier": "Correos", "lines": [{ "sku": sku, "quantity": quantity }] });
        let shipped = admin.post(&format!("/admin/orders/{id}/shipments"), sku, &parcel).await;
        assert_eq!(shipped.status, 201, "{shipped:?}");
    }
    let cup = withdraw(&ada, id, "cup", json!([{ "sku": "CUP-BLUE", "quantity": 1 }])).await;
    let restock = json!([{ "sku": "CUP-BLUE", "restock": 1 }]);
    assert_eq!(receive(&admin, &cup, "cup", restock).await.status, 200);
    let goodwill = json!({ "amount": { "amount": 500, "currency": "EUR" }, "reason": "It took long." });
    assert_eq!(admin.post(&format!("/admin/orders/{id}/refunds"), "goodwill", &goodwill).await.status, 202);
    shop.settle().await;

    let seen = ada.get(&format!("/orders/{id}?expand=invoices")).await.body;
    assert_eq!((refunded(&seen), &seen["payment_state"]), (1950, &json!("partially_refunded")));
    let documents = seen["invoices"].as_array().expect("a list").iter();
    let documents = documents.map(|document| (&document["kind"], &document["total"]["amount"]));
    let expected = [("invoice", 1280), ("invoice", 2900), ("credit_note", 1450), ("credit_note", 500)];
    let expected = expected.map(|(kind, total)| (json!(kind), json!(total)));
    assert!(documents.eq(expected.iter().map(|(kind, total)| (kind, total))), "{seen}");
    let books = Books::of(&shop).await;
    let payment = placed["payment_id"].as_str().expect("an id").parse().expect("a payment's id");
    assert_eq!(balance(Account::CustomerOrders, books.postings(payment)), -2230);
    let after = [counts(&admin, "CUP-BLUE").await, counts(&admin, "BEANS-250").await];
    for ([available, sold, received], after) in before.into_iter().zip(after) {
        assert_eq!(after, [available - 1, sold + 1, received]);
    }
    assert_eq!(books.violations(), Vec::<String>::new());
    shop.close().await;
}
