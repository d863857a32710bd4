//! Refunds that the staff grant of a paid order.

use serde_json::{Value, json};
use tests::{Books, Shop, until_a_full_hour};

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

/// A bank may give back what it was sent, days later: <https://docs.stripe.com/refunds#failed-refunds>.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_comes_back_is_owed_again_and_can_be_granted_again() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let refund = async |order: &str, key: &str| {
        let amount = json!({ "amount": 3_690, "currency": "EUR" });
        let what = json!({ "amount": amount, "reason": "It was chipped." });
        let granted = admin.post(&format!("/admin/orders/{order}/refunds"), key, &what).await;
        assert_eq!(granted.status, 202, "{granted:?}");
        shop.settle().await;
    };
    let state = async |order: &str| ada.get(&format!("/orders/{order}")).await.body["payment_state"].clone();
    let gateway = shop.cloud().payment_gateway();
    let mut orders = Vec::new();
    for (key, is_reported) in [("reported", true), ("unreported", false)] {
        let order = ada.order(key, "pm_card_refundFail").await.body;
        shop.settle().await;
        let id = order["order_id"].as_str().expect("an id").to_owned();
        let (path, parcel) = (format!("/admin/orders/{id}/shipments"), json!({ "carrier": "Correos" }));
        assert_eq!(admin.post(&path, key, &parcel).await.status, 201);
        refund(&id, key).await;
        assert_eq!(state(&id).await, "refunded");
        assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());

        if is_reported {
            shop.cloud().send_webhooks();
        }
        assert_eq!(gateway.return_refunds(), 1);
        if !is_reported {
            assert!(shop.fire("reconcile-payments", until_a_full_hour(1)).await);
        }
        gateway.send_webhooks(None);
        shop.settle().await;
        assert_eq!(state(&id).await, "captured");
        assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
        orders.push(id);
    }
    for (order, key) in orders.iter().zip(["third", "fourth"]) {
        refund(order, key).await;
        assert_eq!(state(order).await, "refunded");
    }
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    let mails = shop.subjects(&ada.email);
    let failed = mails.iter().filter(|subject| *subject == "Your refund did not reach you").count();
    assert_eq!(failed, 2, "{mails:?}");
    // What left and came back is paid out as nothing, and nobody has to look at it.
    shop.cloud().payment_gateway().pay_out();
    assert!(shop.fire("reconcile-payouts", until_a_full_hour(2)).await);
    assert_eq!(shop.measured("reconcile-payouts", "PayoutMismatch").iter().sum::<u64>(), 0);
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}
