//! Refunds of parts of what was captured.

use domain::payments::PaymentStatus;
use domain::payments::ledger::{Account, balance};
use telemetry::Published;

use crate::fixture::bank::Moment;
use crate::fixture::{Shop, cancelled, granted, later, placed};

const PARTS: [(u8, i64); 3] = [(1, 1_305), (2, 1_305), (3, 1_080)];

async fn paid() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop
}

/// In any order, twice each, and with any answer lost.
#[tokio::test]
async fn parts_are_refunded_once_each() {
    for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for (nth, moment) in [(1, Moment::Before), (1, Moment::After), (2, Moment::After), (3, Moment::After)]
        {
            for forgets in [false, true] {
                let case = format!("{sequence:?}, answer {nth} lost {moment:?}, keys forgotten: {forgets}");
                let shop = paid().await;
                shop.bank.cut(nth, moment);
                for index in sequence.into_iter().chain(sequence) {
                    let (number, amount) = PARTS[index];
                    let refund = granted(number, amount);
                    if shop.hear(&refund).await.is_err() {
                        if forgets {
                            shop.bank.forget_keys();
                        }
                        shop.hear(&refund).await.unwrap();
                    }
                }
                let payment = shop.payment().await;
                assert_eq!(payment.status, PaymentStatus::Refunded, "{case}");
                assert_eq!((shop.bank.refunds(), shop.bank.holds()), (3, 0), "{case}");
                let postings = shop.postings().await;
                assert_eq!((postings.len(), balance(Account::CustomerOrders, &postings)), (4, 0), "{case}");
                let events = shop.events().await;
                let refunded = events.iter().filter(|event| event["type"] == "bodega.refund.succeeded.v1");
                assert_eq!(refunded.count(), 3, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_part_leaves_the_rest_captured_until_the_order_ends() {
    let shop = paid().await;
    shop.hear(&granted(1, 1_305)).await.unwrap();
    let payment = shop.payment().await;
    assert_eq!(
        (payment.status, payment.refunded.amount(), shop.bank.holds()),
        (PaymentStatus::Captured, 1_305, 2_385)
    );
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!((shop.payment().await.status, shop.bank.holds()), (PaymentStatus::Refunded, 0));
}

#[tokio::test]
async fn a_refund_of_more_than_is_left_fails_once_and_is_reported() {
    let shop = paid().await;
    let published = Published::from_now();
    for _ in 0..2 {
        shop.hear(&granted(1, 3_691)).await.unwrap();
    }
    assert_eq!(published.take(), ["RefundsFailed=1"]);
    assert_eq!((shop.payment().await.status, shop.bank.refunds()), (PaymentStatus::Captured, 0));
    let events = shop.events().await;
    let failed: Vec<_> = events.iter().filter(|event| event["type"] == "bodega.refund.failed.v1").collect();
    assert_eq!((failed.len(), &failed[0]["data"]["reason"]), (1, &"exceeds_captured_amount".into()));
}

#[tokio::test]
async fn a_part_that_the_gateway_could_not_deliver_is_reported_and_blocks_no_other() {
    let shop = paid().await;
    shop.bank.refunds_take_time(true);
    shop.hear(&granted(1, 1_305)).await.unwrap();
    shop.hear(&granted(2, 1_080)).await.unwrap();
    assert_eq!(shop.bank.refunds(), 2, "the second does not wait for the first");
    shop.bank.refunds_take_time(false);
    // One in each run, since each is asked about once in an hour.
    for minutes in [70, 71, 72] {
        shop.reconcile_at(later(minutes)).await.unwrap();
    }
    let payment = shop.payment().await;
    assert_eq!(
        (payment.status, payment.refunded.amount(), payment.due()),
        (PaymentStatus::Captured, 2_385, None)
    );
}

#[tokio::test]
async fn a_refund_of_an_unknown_payment_is_delivered_again() {
    let shop = Shop::open().await;
    let failure = shop.hear(&granted(1, 100)).await.unwrap_err();
    let text = "the payment of the order ord_00000000010000000000000001 does not exist yet";
    assert_eq!(failure.to_string(), text);
}
