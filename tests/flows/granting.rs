//! Refunds that the staff grant of a paid order.

use serde_json::{Value, json};
use tests::{Books, Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_refunded_in_parts_by_staff_and_its_customer_sees_each() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let order = ada.order_and_settle("pm_card_visa").await;
    let id = order["order_id"].as_str().expect("an id").to_owned();
    let refunds = format!("/admin/orders/{id}/refunds");
    let refund = async |key: &str, mut what: Value| {
        what["reason"] = json!("It was chipped.");
        admin.post(&refunds, key, &what).await
    };
    let cup = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    let first = refund("cup", cup.clone()).await;
    assert_eq!((first.status, &first.body["amount"]["amount"]), (202, &json!(1450)), "{first:?}");
    assert_eq!(refund("cup", cup).await.body, first.body, "once");
    let of = |amount: i64| json!({ "amount": { "amount": amount, "currency": "EUR" } });
    assert_eq!(refund("goodwill", of(500)).await.status, 202);
    let too_much = refund("too-much", of(1741)).await;
    assert_eq!((too_much.status, &too_much.body["code"]), (422, &json!("refund_too_large")));
    shop.settle().await;

    let seen = ada.get(&format!("/orders/{id}")).await.body;
    assert_eq!(
        (&seen["status"], &seen["payment_state"]),
        (&json!("confirmed"), &json!("partially_refunded"))
    );
    let statuses: Vec<&Value> =
        seen["refunds"].as_array().into_iter().flatten().map(|refund| &refund["status"]).collect();
    assert_eq!(statuses, ["succeeded", "succeeded"]);
    let payment = ada.get(&format!("/payments/{}", order["payment_id"].as_str().expect("an id"))).await.body;
    assert_eq!((&payment["status"], &payment["refunded"]["amount"]), (&json!("captured"), &json!(1950)));
    let mails = shop.subjects(&ada.email);
    assert_eq!(
        mails.iter().filter(|subject| *subject == "Your refund is on its way").count(),
        2,
        "{mails:?}"
    );
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());

    // What is left goes back as well when the order is cancelled.
    assert_eq!(ada.post(&format!("/orders/{id}/cancellation"), "cancel", &json!({})).await.status, 200);
    shop.settle().await;
    let seen = ada.get(&format!("/orders/{id}")).await.body;
    assert_eq!((&seen["status"], &seen["payment_state"]), (&json!("cancelled"), &json!("refunded")));
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}
