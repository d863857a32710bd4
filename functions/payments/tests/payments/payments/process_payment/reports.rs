//! Reports of the gateway, which tell where to look and nothing that is believed; and payments that their customers have to
//! confirm.

use domain::payments::PaymentStatus;

use crate::fixture::bank::Asked;
use crate::fixture::{Shop, cancelled, later, now, payment_id, placed, reported};

const ASKS: &str = "pm_card_authenticationRequired";

async fn asking() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed(ASKS)).await.unwrap();
    shop
}

#[tokio::test]
async fn a_payment_that_its_customer_confirms_is_captured_when_it_is_reported() {
    for (succeeds, status) in [(true, PaymentStatus::Captured), (false, PaymentStatus::Failed)] {
        let shop = asking().await;
        shop.bank.customer_acts(succeeds);
        for number in 1..=2 {
            shop.hear(&reported(number, "payment_intent.succeeded")).await.unwrap();
        }
        assert_eq!(shop.assert_settled("reported").await.status, status);
        assert_eq!(shop.events().await.len(), 2, "asked for, and its outcome");
    }
}

/// The type of a report is not believed, so that it does not matter whether one is forged.
#[tokio::test]
async fn a_report_of_what_has_not_happened_changes_nothing() {
    let shop = asking().await;
    let before = shop.payment().await;
    for (number, kind) in (1..).zip(["payment_intent.succeeded", "payment_intent.canceled", "refund.failed"])
    {
        shop.hear(&reported(number, kind)).await.unwrap();
    }
    assert_eq!(shop.payment().await, before);
    let paid = Shop::open().await;
    paid.hear(&placed("pm_card_visa")).await.unwrap();
    let asked = paid.bank.asked();
    paid.hear(&reported(1, "payment_intent.payment_failed")).await.unwrap();
    assert_eq!(paid.payment().await.status, PaymentStatus::Captured);
    assert_eq!(paid.bank.asked(), asked, "nothing is left to ask");
}

#[tokio::test]
async fn a_report_about_an_unknown_payment_changes_nothing() {
    let shop = Shop::open().await;
    shop.hear(&reported(1, "payment_intent.succeeded")).await.unwrap();
    assert_eq!((shop.bank.asked(), shop.events().await.len()), (vec![], 0));
    assert_eq!(shop.payments.get(payment_id()).await.unwrap(), None);
}

/// The gateway has the first attempt, and did not accept the payment method of the second.
#[tokio::test]
async fn a_late_report_of_an_earlier_attempt_changes_nothing() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    shop.retry("pm_card_unheardOf", "again", now()).await.unwrap();
    shop.hear(&shop.retried().await).await.unwrap();
    let before = shop.payment().await;
    assert_eq!((before.status, before.attempt), (PaymentStatus::Failed, 2));
    shop.hear(&reported(1, "payment_intent.payment_failed")).await.unwrap();
    assert_eq!(shop.payment().await, before);
}

#[tokio::test]
async fn without_reports_the_schedule_finds_out() {
    for (succeeds, status) in [(true, PaymentStatus::Captured), (false, PaymentStatus::Failed)] {
        let shop = asking().await;
        shop.reconcile_at(later(1)).await.unwrap();
        assert_eq!(shop.bank.asked(), [Asked::Open, Asked::Confirm], "asked a moment ago");
        shop.bank.customer_acts(succeeds);
        shop.reconcile_at(later(5)).await.unwrap();
        assert_eq!(shop.assert_settled("by the schedule").await.status, status);
        assert_eq!(shop.bank.asked()[2..], [Asked::LookUp]);
    }
}

#[tokio::test]
async fn a_payment_that_its_customer_abandons_is_looked_up_now_and_then_and_cancelled() {
    let shop = asking().await;
    for minutes in 1..=19 {
        shop.reconcile_at(later(minutes)).await.unwrap();
    }
    let looked_up = shop.bank.asked().iter().filter(|asked| **asked == Asked::LookUp).count();
    assert!((4..=8).contains(&looked_up), "{looked_up} times in 20 minutes");
    assert_eq!(shop.events().await.len(), 1);
    shop.reconcile_at(later(25)).await.unwrap();
    let payment = shop.assert_settled_to_nothing("abandoned").await;
    assert_eq!((payment.status, shop.bank.asked().last()), (PaymentStatus::Voided, Some(&Asked::Cancel)));
}

/// All events of a payment that its customer confirms, in every sequence and twice.
#[tokio::test]
async fn reports_in_any_sequence_have_one_outcome() {
    let events = [
        placed(ASKS),
        reported(1, "payment_intent.requires_action"),
        reported(2, "payment_intent.succeeded"),
        cancelled(),
    ];
    for sequence in
        [[0, 1, 2, 3], [1, 0, 2, 3], [2, 1, 0, 3], [0, 2, 1, 3], [1, 2, 0, 3], [0, 3, 1, 2], [3, 0, 2, 1]]
    {
        let shop = Shop::open().await;
        for index in sequence.into_iter().chain(sequence) {
            shop.hear(&events[index]).await.unwrap();
            shop.bank.customer_acts(true);
        }
        shop.assert_settled_to_nothing(&format!("{sequence:?}")).await;
    }
}
