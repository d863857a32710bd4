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
    shop.reconcile_at(later(11)).await.unwrap();
    assert_eq!(published.take(), ["PaymentsOverdue=0", "PaymentsUnknown=0"], "nothing is due");
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    assert!(published.take().is_empty(), "no outcome is known yet");
    shop.bank.cut(1, Moment::Before);
    shop.reconcile_at(later(11)).await.unwrap();
    assert_eq!(published.take(), ["PaymentsOverdue=540", "PaymentsUnknown=1"], "due after two minutes");
    shop.reconcile_at(later(13)).await.unwrap();
    let captured_by_the_earlier_call = ["PaymentsOverdue=660", "PaymentsCaptured=1", "PaymentsUnknown=0"];
    assert_eq!(published.take(), captured_by_the_earlier_call);
}

#[tokio::test]
async fn a_payment_that_no_run_had_time_for_shows_in_the_age() {
    let shop = Shop::open().await;
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    let published = Published::from_now();
    let ended = Tick::new(later(13), Cause::new("schedule")).until(Timestamp::now());
    let adapters = (shop.payments.clone(), Gateway::new(shop.bank.clone()));
    reconcile_payments(adapters, ended).await.unwrap();
    assert_eq!(published.take(), ["PaymentsOverdue=660", "PaymentsUnknown=0"]);
    shop.reconcile_at(later(13)).await.unwrap();
    assert_eq!(
        published.take(),
        ["PaymentsOverdue=660", "PaymentsCaptured=1", "PaymentsUnknown=0"],
        "settled by the next run"
    );
}
