//! The metrics of each operation.

use edge::Cause;
use edge::schedule::Tick;
use jiff::Timestamp;
use payments::gateway::Gateway;
use payments::payments::reconcile_payments;
use telemetry::Published;

use crate::fixture::bank::Moment;
use crate::fixture::{Shop, cancelled, later, placed};

#[tokio::test]
async fn a_payment_counts_once() {
    for (token, expected) in [
        ("pm_card_visa", &["PaymentsCaptured=1"][..]),
        ("pm_card_visa_chargeDeclined", &["PaymentsDeclined=1"]),
        ("pm_card_unheardOf", &["PaymentsDeclined=1"]),
        ("pm_card_authenticationRequired", &[]),
    ] {
        let shop = Shop::open().await;
        let published = Published::from_now();
        let start = placed(token);
        shop.hear(&start).await.unwrap();
        assert_eq!(published.take(), expected, "{token}");
        shop.hear(&start).await.unwrap();
        shop.hear(&cancelled()).await.unwrap();
        assert!(published.take().is_empty(), "{token}: the same again, and its end");
    }
}

#[tokio::test]
async fn an_unknown_outcome_counts_in_every_run() {
    let shop = Shop::open().await;
    let published = Published::from_now();
    shop.reconcile().await.unwrap();
    assert_eq!(published.take(), ["PaymentsUnknown=0"], "nothing is due");
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    assert!(published.take().is_empty(), "no outcome is known yet");
    shop.bank.cut(1, Moment::Before);
    assert!(shop.reconcile().await.is_err());
    assert_eq!(published.take(), ["PaymentsUnknown=1"]);
    shop.reconcile_at(later(13)).await.unwrap();
    assert_eq!(published.take(), ["PaymentsCaptured=1", "PaymentsUnknown=0"], "captured by the earlier call");
}

#[tokio::test]
async fn a_payment_left_at_the_deadline_counts_as_unknown() {
    let shop = Shop::open().await;
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    let published = Published::from_now();
    let ended = Tick::new(later(13), Cause::new("schedule")).until(Timestamp::now());
    let adapters = (shop.payments.clone(), Gateway::new(shop.bank.clone()));
    assert!(reconcile_payments(adapters, ended).await.is_err());
    assert_eq!(published.take(), ["PaymentsUnknown=1"]);
    shop.reconcile_at(later(13)).await.unwrap();
    assert_eq!(published.take(), ["PaymentsCaptured=1", "PaymentsUnknown=0"], "settled by the next run");
}
