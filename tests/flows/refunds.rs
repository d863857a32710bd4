//! Refunds: of a paid order that is cancelled, and those that the payment gateway accepts and cannot deliver.

use domain::orders::Order;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tests::{Books, Shop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_cannot_be_delivered_is_reported_to_the_customer_and_to_an_alarm() {
    let shop = Shop::open().await;
    let ada = shop.customer("Ada Lovelace").await;
    // The customer cancels after the money was taken, and before the order is notified of it.
    let paused = shop.pause_consumer("apply-payment-event");
    let placed = ada.order("the-order", "pm_sandbox_refundFailed").await;
    let order: Order = serde_json::from_value(placed.body).expect("an order");
    shop.until_charged(order.order_id).await.expect("the money is taken");
    let path = format!("/orders/{}/cancellation", order.order_id);
    assert_eq!(ada.post(&path, "cancel", &json!({})).await.status, 200);
    shop.resume_consumer(&paused);
    shop.settle().await;

    for hours in [2, 4] {
        shop.run_schedule("reconcile-payments", Timestamp::now() + SignedDuration::from_hours(hours)).await;
        shop.settle().await;
    }
    // Whichever is first to hear of it: the cancellation's message, or the schedule.
    let failures = ["process-payment", "reconcile-payments"].map(|name| shop.measured(name, "RefundsFailed"));
    assert_eq!(failures.concat(), [1], "once");
    let seen = ada.get(&format!("/orders/{}", order.order_id)).await.body;
    assert_eq!((&seen["status"], &seen["payment_status"]), (&json!("cancelled"), &json!("refund_failed")));
    let payment = ada.get(&format!("/payments/{}", order.payment_id)).await.body;
    assert_eq!((&payment["status"], &payment["refunded"]["amount"]), (&json!("refund_failed"), &json!(0)));
    // A refund's mail has no stage, so it may come before that about the cancellation.
    assert!(shop.subjects(&ada.email).contains(&"Your refund did not reach you".to_owned()));
    assert!(!shop.subjects(&ada.email).contains(&"Your refund is on its way".to_owned()));
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paid_order_that_is_cancelled_gives_its_money_and_its_pieces_back() {
    let shop = Shop::open().await;
    let (ada, admin) = (shop.customer("Ada Lovelace").await, shop.admin().await);
    let level =
        async || admin.get("/admin/catalogue/stock?sku=CUP-BLUE").await.body["items"][0]["level"].clone();
    let before = level().await;
    let order = ada.order_and_settle("pm_card_visa").await;
    assert_eq!(order["status"], "confirmed");
    assert_eq!(level().await["sold"], 2);
    let path = format!("/orders/{}/cancellation", order["order_id"].as_str().expect("an id"));
    assert_eq!(ada.post(&path, "cancel", &json!({})).await.status, 200);
    assert_eq!(ada.post(&path, "again", &json!({})).await.status, 200, "once");
    shop.settle().await;

    let seen = ada.get(&format!("/orders/{}", order["order_id"].as_str().expect("an id"))).await.body;
    assert_eq!((&seen["status"], &seen["payment_status"]), (&json!("cancelled"), &json!("refunded")));
    let payment = ada.get(&format!("/payments/{}", order["payment_id"].as_str().expect("an id"))).await.body;
    assert_eq!((&payment["status"], &payment["refunded"]["amount"]), (&json!("refunded"), &json!(3690)));
    assert_eq!(level().await, before, "nothing is sold");
    let sent = shop.subjects(&ada.email);
    let count = |subject: &str| sent.iter().filter(|sent| *sent == subject).count();
    let once = ["Your order is cancelled", "Your refund is on its way"].map(count);
    assert_eq!(once, [1, 1], "{sent:?}");
    assert_eq!(Books::of(&shop).await.violations(), Vec::<String>::new());
    shop.close().await;
}
