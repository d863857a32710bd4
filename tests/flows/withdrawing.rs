//! Somebody withdraws from a contract without signing in.

use serde_json::{Value, json};
use tests::{Books, Customer, Reply, Shop};

async fn declare(shop: &Shop, number: &Value, email: &str) -> Reply {
    let declaration =
        json!({ "name": "Ada Lovelace", "order_number": number, "email": email, "locale": "de" });
    shop.send(shop.client().post(shop.at("/withdrawals")).json(&declaration)).await
}

async fn shipped(admin: &Customer<'_>, order: &Value) {
    let path = format!("/admin/orders/{}/shipments", order["order_id"].as_str().expect("an id"));
    let shipped = admin.post(&path, "ship", &json!({ "carrier": "Correos" })).await;
    assert_eq!(shipped.status, 201, "{shipped:?}");
}

async fn waiting(admin: &Customer<'_>) -> Vec<Value> {
    let reply = admin.get("/admin/returns").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body["items"].as_array().cloned().unwrap_or_default()
}

fn returns(order: &Value) -> usize {
    order["returns"].as_array().map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_with_the_orders_number_and_address_is_a_return_and_sent_twice_it_is_one() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    shipped(&admin, &order).await;
    let first = declare(&shop, &order["number"], &ada.email).await;
    assert_eq!(first.status, 202, "{first:?}");
    let again = declare(&shop, &order["number"], &ada.email).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body;
    assert_eq!((returns(&seen), &seen["returns"][0]["return_id"]), (1, &first.body["statement_id"]));
    assert_eq!(seen["returns"][0]["status"], "accepted");
    let mails = shop.subjects(&ada.email);
    assert_eq!(mails.iter().filter(|mail| *mail == "We have received your return").count(), 1, "{mails:?}");
    assert_eq!(waiting(&admin).await.len(), 1);
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_before_shipping_cancels_the_guests_order_and_the_money_goes_back() {
    let shop = Shop::open().await;
    let guest = shop.guest().await;
    let order = guest.post("/orders", "first", &tests::guests_order("guest@customers.example")).await.body;
    shop.settle().await;
    let declared = declare(&shop, &order["number"], "Guest@Customers.example").await;
    assert_eq!(declared.status, 202, "{declared:?}");
    shop.settle().await;
    let seen = guest.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body;
    assert_eq!((&seen["status"], &seen["payment_state"]), (&json!("cancelled"), &json!("refunded")));
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_with_a_wrong_number_or_address_is_mailed_and_waits_for_the_staff() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    shipped(&admin, &order).await;
    let matched = declare(&shop, &order["number"], &ada.email).await;
    let eve = "eve@strangers.example";
    for number in [json!("X60W-P2C2N"), json!("12345"), order["number"].clone()] {
        let stated = declare(&shop, &number, eve).await;
        assert_eq!(stated.status, 202, "{stated:?}");
        let members =
            |reply: &Reply| reply.body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>());
        assert_eq!(members(&stated), members(&matched), "the reply tells nobody which orders there are");
    }
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body;
    assert_eq!(returns(&seen), 1, "a stranger withdraws from nothing");
    assert_eq!(shop.subjects(eve), ["Wir haben Ihren Widerruf erhalten"; 3]);
    let is_unassigned = |text: &String| text.contains("keiner Bestellung zugeordnet werden");
    assert!(shop.mails(eve).iter().all(|mail| mail.text.as_ref().is_some_and(is_unassigned)));

    let statements: Vec<Value> =
        waiting(&admin).await.into_iter().filter(|item| !item["statement_id"].is_null()).collect();
    assert_eq!(statements.len(), 3);
    for statement in &statements {
        let id = |name: &str| statement[name].as_str().expect("an id").to_owned();
        let found = admin.get(&format!("/admin/users?user_id={}", id("user_id"))).await.body;
        assert_eq!(
            (&found["items"][0]["email"], &found["items"][0]["name"]),
            (&json!(eve), &json!("Ada Lovelace"))
        );
        let path = format!("/admin/returns/{}/decision", id("statement_id"));
        let closed = admin.post(&path, "close", &json!({ "accepted": false, "reason": "Not ours." })).await;
        assert_eq!(closed.status, 200, "{closed:?}");
    }
    assert_eq!(waiting(&admin).await.len(), 1);
    for kind in ["statement", "order"] {
        let rows = shop.rows("orders", kind).await;
        assert!(rows.iter().all(|row| !row.to_string().contains(eve)), "the orders table has no address");
    }
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_declarations_are_refused_and_five_an_hour_are_taken() {
    let shop = Shop::open().await;
    for (number, email) in [("evil.example/x", "eve@strangers.example"), ("X60W-P2C2M", "no address")] {
        let refused = declare(&shop, &json!(number), email).await;
        assert_eq!(refused.status, 422, "{refused:?}");
    }
    for count in 0..5 {
        let stated = declare(&shop, &json!("X60W-P2C2N"), &format!("{count}@strangers.example")).await;
        assert_eq!(stated.status, 202, "{stated:?}");
    }
    let refused = declare(&shop, &json!("X60W-P2C2N"), "6@strangers.example").await;
    assert_eq!((refused.status, &refused.body["code"]), (429, &json!("too_many_claims")));
    shop.settle().await;
    shop.close().await;
}
