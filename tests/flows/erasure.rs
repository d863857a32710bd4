//! The end of an account, in every service.

use domain::users::erasure::SECOND_THOUGHTS;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Customer, Shop};

const PASSWORD: &str = "a password of eight or more";

/// Returns the full hour after the account is due, at which the schedule runs.
fn due() -> Timestamp {
    let hour = (Timestamp::now() + SECOND_THOUGHTS).as_second() / 3_600 + 1;
    Timestamp::from_second(hour * 3_600).expect("a time")
}

/// Places an order and cancels it before it is paid. Returns its path.
async fn cancelled_order(customer: &Customer<'_>) -> String {
    let placed = customer.order("cancelled", "pm_card_authenticationRequired").await;
    customer.shop().settle().await;
    let path = format!("/orders/{}", placed.body["order_id"].as_str().expect("an id"));
    let cancelled = customer.request(Method::POST, &format!("{path}/cancellation"));
    assert_eq!(customer.shop().send(cancelled).await.status, 200);
    path
}

/// The goods of an erased customer turn out to be broken. They get their money, and no mail: nobody knows an address.
async fn refund_an_erased_customer(admin: &Customer<'_>, order: &str) {
    let shop = admin.shop();
    let mails = || shop.cloud().endpoint().mailbox().all().len();
    let before = mails();
    let refund = json!({ "amount": { "amount": 500, "currency": "EUR" }, "reason": "It is broken." });
    let granted = admin.post(&format!("/admin{order}/refunds"), "broken", &refund).await;
    assert_eq!(granted.status, 202, "{granted:?}");
    shop.settle().await;
    assert_eq!(mails(), before);
    let order = admin.get(order).await.body;
    assert_eq!(order["refunds"][0]["status"], "succeeded", "{order}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_customer_is_known_by_what_was_sold_alone() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    ada.confirm_address().await;
    let paid = ada.order_and_settle("pm_card_visa").await;
    let paid = format!("/orders/{}", paid["order_id"].as_str().expect("an id"));
    let cancelled = cancelled_order(&ada).await;
    let notes = format!("/admin{paid}/notes");
    let note = json!({ "text": "She lives on the third floor." });
    assert_eq!(shop.admin().await.post(&notes, "floor", &note).await.status, 201);
    ada.save_card("pm_card_visa").await;
    assert_eq!(shop.cloud().payment_gateway().customers(), std::slice::from_ref(&ada.user_id));
    let ask = async |body: Value| {
        let asked = shop.send(ada.request(Method::POST, "/users/me/erasure").json(&body)).await;
        shop.settle().await;
        (asked.status, asked.body["erases_at"].clone())
    };
    let (status, erases_at) = ask(json!({ "password": PASSWORD })).await;
    assert_eq!((status, erases_at.is_string()), (202, true));
    assert_eq!(shop.subjects(&ada.email).last().map(String::as_str), Some("Your account will be erased"));
    assert_eq!(ask(json!({ "cancel": true })).await, (202, Value::Null));
    shop.run_schedule("erase-users", due()).await;
    assert_eq!(ada.get("/users/me").await.status, 200, "it was taken back");

    assert_eq!(ask(json!({ "password": PASSWORD })).await.0, 202);
    shop.run_schedule("erase-users", due()).await;
    shop.settle().await;
    assert_eq!(ada.get("/users/me").await.problem(), "404 user_not_found");
    assert!(shop.cloud().payment_gateway().customers().is_empty(), "the payment gateway has no card of hers");
    let credentials = json!({ "email": ada.email, "password": PASSWORD });
    let refused = shop.send(shop.client().post(shop.at("/sessions")).json(&credentials)).await;
    assert_eq!(refused.problem(), "401 invalid_credentials");

    let admin = shop.admin().await;
    let shown = async |path: &str| admin.get(&format!("{path}?expand=user")).await.body;
    let told = json!(shop.rows("orders", "entry").await).to_string();
    assert!(!told.contains("third floor"), "{told}");
    let (sold, paid, cancelled) = (paid.clone(), shown(&paid).await, shown(&cancelled).await);
    assert_eq!(
        (&paid["user"]["status"], &cancelled["user"]["status"]),
        (&json!("unavailable"), &json!("unavailable"))
    );
    assert_eq!(paid["shipping_address"]["city"], "Madrid");
    let expected = json!({ "name": "erased", "line1": "erased", "city": "erased", "country": "ES" });
    assert_eq!(cancelled["shipping_address"], expected);

    for (service, kinds) in [
        ("users", &["user", "credential", "session", "throttle", "erased"][..]),
        ("orders", &["order", "standing"]),
        ("payments", &["payment", "posting", "customer"]),
        ("notifications", &["notification", "suppression"]),
    ] {
        for kind in kinds {
            let rows = json!(shop.rows(service, kind).await).to_string();
            assert!(!rows.contains(&ada.email), "{service}/{kind} has the address: {rows}");
        }
    }
    refund_an_erased_customer(&admin, &sold).await;
    let again = shop.customer_at(&ada.email, "Another Ada").await;
    assert_ne!(again.user_id, ada.user_id);
    assert_eq!(again.get("/orders").await.body["items"], json!([]));
    shop.close().await;
}
