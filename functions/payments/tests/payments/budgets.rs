//! The budget of each operation: DynamoDB's read and write units, and requests. A change here changes the bill.

use edge::{Call, NoBody};
use payments::payments::get_payment;

use crate::fixture::bank::Moment;
use crate::fixture::{Shop, cancelled, granted, later, now, payment_id, placed, reowned, reported, user};

#[tokio::test]
async fn process_payment_keeps_to_its_budget() {
    let shop = Shop::open().await;
    let used = || shop.engine.used();
    used();
    let start = placed("pm_card_visa");
    shop.hear(&start).await.unwrap();
    assert_eq!(used(), "1 read, 13 written: GetItem, 2 PutItem, TransactWriteItems", "captured");
    shop.hear(&start).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "the same event again");
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(), "1 read, 12 written: GetItem, PutItem, TransactWriteItems", "refunded");
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "the same event again");
}

#[tokio::test]
async fn process_payment_of_a_reowned_order_keeps_to_its_budget() {
    let shop = Shop::open().await;
    let used = || shop.engine.used();
    used();
    shop.hear(&reowned()).await.unwrap_err();
    assert_eq!(used(), "1 read, 0 written: GetItem", "before its placement");
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    used();
    shop.hear(&reowned()).await.unwrap();
    assert_eq!(used(), "1 read, 4 written: GetItem, TransactWriteItems", "captured");
    shop.hear(&reowned()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "the same event again");
}

#[tokio::test]
async fn process_payment_without_a_capture_keeps_to_its_budget() {
    let shop = Shop::open().await;
    let used = || shop.engine.used();
    used();
    shop.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    assert_eq!(used(), "2 read, 12 written: 2 GetItem, 2 PutItem, TransactWriteItems", "declined");
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(), "1 read, 7 written: GetItem, PutItem, TransactWriteItems", "cancelled at the gateway");

    let shop = Shop::open().await;
    let used = || shop.engine.used();
    shop.hear(&placed("pm_card_authenticationRequired")).await.unwrap();
    used();
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(), "1 read, 8 written: GetItem, PutItem, TransactWriteItems", "cancelled at the gateway");

    let shop = Shop::open().await;
    let used = || shop.engine.used();
    used();
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(used(), "1 read, 4 written: GetItem, TransactWriteItems", "voided before it was charged");
}

#[tokio::test]
async fn another_attempt_keeps_to_its_budget() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    let used = || shop.engine.used();
    used();
    shop.retry("pm_card_visa", "again", now()).await.unwrap();
    assert_eq!(used(), "3 read, 7 written: 3 GetItem, TransactWriteItems", "retry-payment");
    shop.retry("pm_card_visa", "again", now()).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "the same request again");
    let retried = shop.retried().await;
    used();
    shop.hear(&retried).await.unwrap();
    assert_eq!(used(), "1 read, 11 written: GetItem, PutItem, TransactWriteItems", "captured");
}

#[tokio::test]
async fn reports_and_refunds_of_parts_keep_to_their_budget() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_authenticationRequired")).await.unwrap();
    let used = || shop.engine.used();
    used();
    shop.hear(&reported(1, "payment_intent.requires_action")).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "nothing has happened");
    shop.bank.customer_acts(true);
    shop.hear(&reported(2, "payment_intent.succeeded")).await.unwrap();
    assert_eq!(used(), "1 read, 10 written: GetItem, TransactWriteItems", "captured");
    shop.hear(&granted(1, 1_305)).await.unwrap();
    assert_eq!(used(), "1 read, 12 written: GetItem, PutItem, TransactWriteItems", "a part is refunded");
}

#[tokio::test]
async fn reconcile_payments_keeps_to_its_budget() {
    let shop = Shop::open().await;
    let used = || shop.engine.used();
    used();
    shop.reconcile_at(later(11)).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 4 Query", "nothing due: one query per shard");

    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    used();
    shop.reconcile_at(later(11)).await.unwrap();
    assert_eq!(used(), "3 read, 8 written: GetItem, 4 Query, TransactWriteItems", "one that was captured");

    let shop = Shop::open().await;
    let used = || shop.engine.used();
    shop.bank.cut(2, Moment::Before);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    used();
    shop.reconcile_at(later(11)).await.unwrap();
    assert_eq!(
        used(),
        "3 read, 11 written: GetItem, PutItem, 4 Query, TransactWriteItems",
        "one that was not captured: the try is counted before it is confirmed"
    );
}

#[tokio::test]
async fn get_payment_keeps_to_its_budget() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    let used = || shop.engine.used();
    used();
    let call = Call::new(user(1, false), NoBody, now()).with_path("payment_id", payment_id());
    get_payment(shop.payments.clone(), call).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem");
}
