//! `reconcile-payments`.

use domain::payments::PaymentStatus;
use domain::words::id::{OrderId, PaymentId};
use futures::future::join_all;
use payments::payments::reconcile_payments::UNTOUCHED;
use telemetry::Published;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, cancelled, expired, later, now, placed, placed_of};

#[tokio::test]
async fn a_payment_whose_message_is_gone_is_captured() {
    let shop = Shop::open().await;
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    shop.reconcile().await.unwrap();
    assert_eq!(shop.assert_settled("left").await.status, PaymentStatus::Captured);
    assert_eq!(
        shop.bank.asked(),
        [Asked::Open, Asked::Confirm, Asked::LookUp],
        "looked up, not charged again"
    );
    let events = shop.events().await;
    assert_eq!((events.len(), events[0]["correlationid"].as_str()), (1, Some("schedule")));
    shop.reconcile_at(later(20)).await.unwrap();
    assert_eq!(shop.bank.asked().len(), 3, "nothing is due any more");
}

#[tokio::test]
async fn a_payment_changed_recently_is_left_to_its_message() {
    let shop = Shop::open().await;
    shop.bank.cut(1, Moment::Before);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    shop.reconcile_at(now() + UNTOUCHED).await.unwrap();
    assert_eq!(shop.bank.asked(), [Asked::Open], "not due yet");
    shop.reconcile_at(later(3)).await.unwrap();
    assert_eq!(shop.assert_settled("later").await.status, PaymentStatus::Captured);
}

#[tokio::test]
async fn an_unknown_outcome_leaves_the_payment_pending() {
    let shop = Shop::open().await;
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&placed("pm_card_visa")).await.is_err());
    let before = shop.payment().await;
    shop.bank.cut(1, Moment::Before);
    shop.reconcile().await.unwrap();
    assert_eq!(shop.payment().await, before);
    shop.reconcile_at(later(13)).await.unwrap();
    assert_eq!(shop.assert_settled("known").await.status, PaymentStatus::Captured);
}

#[tokio::test]
async fn due_cancellations_and_refunds_are_finished() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_authenticationRequired")).await.unwrap();
    shop.bank.cut(1, Moment::Before);
    assert!(shop.hear(&cancelled()).await.is_err());
    shop.reconcile().await.unwrap();
    assert_eq!(shop.assert_settled_to_nothing("cancelled").await.status, PaymentStatus::Voided);

    for moment in [Moment::Before, Moment::After] {
        let shop = Shop::open().await;
        shop.hear(&placed("pm_card_visa")).await.unwrap();
        shop.bank.cut(1, moment);
        assert!(shop.hear(&expired()).await.is_err());
        shop.reconcile().await.unwrap();
        assert_eq!(shop.assert_settled_to_nothing("refunded").await.status, PaymentStatus::Refunded);
        // The message is redriven from the dead-letter queue.
        shop.hear(&expired()).await.unwrap();
        assert_eq!(shop.bank.refunds(), 1, "{moment:?}");
    }
}

#[tokio::test]
async fn a_pending_refund_is_looked_up_each_hour_until_it_is_done() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop.bank.refunds_take_time(true);
    shop.hear(&cancelled()).await.unwrap();
    let asked = shop.bank.asked().len();
    shop.reconcile_at(later(50)).await.unwrap();
    assert_eq!(shop.bank.asked().len(), asked, "it was accepted less than an hour ago");
    for minutes in [63, 64, 100] {
        shop.reconcile_at(later(minutes)).await.unwrap();
    }
    assert_eq!(shop.bank.asked().len(), asked + 1, "once in an hour");
    let payment = shop.payment().await;
    assert_eq!((payment.status, payment.refunds[0].gateway.is_some()), (PaymentStatus::Captured, true));
    assert_eq!(shop.events().await.len(), 1, "no event before it is done");
    shop.bank.refunds_take_time(false);
    shop.reconcile_at(later(130)).await.unwrap();
    assert_eq!(shop.assert_settled_to_nothing("days later").await.status, PaymentStatus::Refunded);
    assert_eq!(shop.bank.refunds(), 1);
}

#[tokio::test]
async fn a_refund_that_the_gateway_could_not_deliver_is_reported_once_and_not_tried_again() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    shop.bank.refunds_take_time(true);
    shop.hear(&cancelled()).await.unwrap();
    shop.bank.refunds_fail(true);
    let published = Published::from_now();
    shop.reconcile_at(later(65)).await.unwrap();
    assert!(published.take().contains(&"RefundsFailed=1".to_owned()));
    let payment = shop.assert_books_balance("the money is still owed").await;
    assert_eq!((payment.status, payment.refunded.amount()), (PaymentStatus::RefundFailed, 0));
    assert_eq!(payment.refunds[0].failure.as_deref(), Some("expired_or_canceled_card"));
    let asked = shop.bank.asked().len();
    shop.reconcile_at(later(200)).await.unwrap();
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(shop.bank.asked().len(), asked, "it is no longer due");
    let events = shop.events().await;
    let failed = events.iter().filter(|event| event["type"] == "bodega.refund.failed.v1");
    assert_eq!(failed.count(), 1);
}

#[tokio::test]
async fn a_failed_payment_does_not_block_the_others() {
    let shop = Shop::open().await;
    let orders: Vec<OrderId> = (1..=5).map(|number| OrderId::from_parts(1, number)).collect();
    for (number, order) in (1..).zip(&orders) {
        shop.bank.cut(1, Moment::Before);
        assert!(shop.hear(&placed_of(*order, number, "pm_card_visa")).await.is_err());
    }
    shop.bank.cut(3, Moment::Before);
    shop.reconcile().await.unwrap();
    let mut pending = 0;
    for order in &orders {
        let payment = shop.payments.get(PaymentId::of(*order)).await.unwrap().unwrap().value;
        pending += usize::from(payment.status == PaymentStatus::Pending);
    }
    assert_eq!(pending, 1);
    shop.reconcile_at(later(13)).await.unwrap();
    assert_eq!((shop.bank.charges(), shop.bank.holds()), (5, 5 * 3_690));
}

#[tokio::test]
async fn concurrent_runs_and_deliveries_charge_once() {
    for (cut, moment) in [(1, Moment::Before), (1, Moment::After), (2, Moment::Before), (2, Moment::After)] {
        for end in [None, Some(cancelled())] {
            let case = format!("call {cut} cut {moment:?}, ended: {}", end.is_some());
            let shop = Shop::open().await;
            let start = placed("pm_card_visa");
            shop.bank.cut(cut, moment);
            assert!(shop.hear(&start).await.is_err());
            let runs = join_all([later(10), later(11)].map(|at| shop.reconcile_at(at)));
            let deliveries = join_all(
                [Some(&start), end.as_ref(), Some(&start)]
                    .into_iter()
                    .flatten()
                    .map(|event| shop.hear(event)),
            );
            let (runs, deliveries) = futures::future::join(runs, deliveries).await;
            assert!(runs.iter().chain(&deliveries).all(Result::is_ok), "{case}: {runs:?} {deliveries:?}");
            let payment = shop.assert_settled(&case).await;
            assert_eq!(payment.status == PaymentStatus::Captured, end.is_none(), "{case}: {payment:?}");
        }
    }
}
