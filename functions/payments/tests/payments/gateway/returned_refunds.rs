//! Refunds that come back after they were made, at the laptop's payment gateway.

use domain::events::{Envelope, GatewayReported, PaymentEvent};
use domain::payments::{GatewayId, PaymentStatus, RefundStatus};
use edge::Cause;
use edge::schedule::Tick;
use engines::faults::Fault;
use payments::payments::settlement::Settlement;

use super::stripe::Paying;
use crate::fixture::{expired, granted, later, now, payment_id, placed};

/// The card whose refunds fail some time later (<https://docs.stripe.com/testing#refunds>).
const CARD: &str = "pm_card_refundFail";

async fn refunded() -> Paying {
    let paying = Paying::open().await;
    paying.hear(&placed(CARD)).await.unwrap();
    paying.hear(&granted(1, 3_690)).await.unwrap();
    paying.assert_agreed("refunded").await;
    assert_eq!(paying.shop.payment().await.refunds[0].status, RefundStatus::Succeeded);
    paying
}

/// The report of Stripe about a refund.
async fn report(paying: &Paying) -> Envelope {
    let failed = paying.gateway().refunds_failed_since(now()).await.unwrap();
    assert_eq!(failed.len(), 1, "{failed:?}");
    let object_id = paying.server.refunds().remove(0);
    let report = GatewayReported { payment_id: payment_id(), kind: "refund.failed".to_owned(), object_id };
    Cause::new("webhook").envelope(PaymentEvent::GatewayReported(report), now())
}

#[tokio::test]
async fn what_comes_back_is_owed_again_by_report_or_by_schedule() {
    for is_reported in [true, false] {
        let paying = refunded().await;
        assert_eq!(paying.shop.payment().await.status, PaymentStatus::Refunded);
        assert_eq!(paying.server.return_refunds(), 1);
        for _ in 0..2 {
            match is_reported {
                true => paying.hear(&report(&paying).await).await.unwrap(),
                false => paying.shop.reconcile_with(paying.gateway(), later(60)).await.unwrap(),
            }
            assert_eq!(paying.assert_agreed("returned").await, PaymentStatus::Captured);
        }
        let payment = paying.shop.payment().await;
        let failure = payment.refunds[0].failure.as_deref();
        assert_eq!(
            (payment.refunds[0].status, failure),
            (RefundStatus::Failed, Some("expired_or_canceled_card"))
        );
        let told = paying.shop.events().await;
        let failed = told.iter().filter(|event| event["type"] == "bodega.refund.failed.v1");
        assert_eq!(failed.count(), 1);
    }
}

#[tokio::test]
async fn the_money_of_an_ended_order_that_comes_back_has_to_be_paid_otherwise() {
    let paying = Paying::open().await;
    paying.hear(&placed(CARD)).await.unwrap();
    paying.hear(&expired()).await.unwrap();
    assert_eq!(paying.assert_agreed("refunded").await, PaymentStatus::Refunded);
    paying.server.return_refunds();
    paying.hear(&report(&paying).await).await.unwrap();
    assert_eq!(paying.assert_agreed("returned").await, PaymentStatus::RefundFailed);
}

/// The answer was lost, the money came back, and Stripe has forgotten the key: it would refund the whole once more.
#[tokio::test]
async fn a_whole_refund_that_came_back_before_it_was_heard_of_is_not_made_again() {
    let paying = Paying::open().await;
    paying.hear(&placed(CARD)).await.unwrap();
    paying.fail("CreateRefund", Fault::AnswerLost);
    assert!(paying.hear(&expired()).await.is_err());
    assert_eq!(paying.server.return_refunds(), 1);
    paying.server.forget_keys();
    paying.hear(&expired()).await.unwrap();
    assert_eq!(paying.server.refunds().len(), 1);
    assert_eq!(paying.assert_agreed("returned").await, PaymentStatus::RefundFailed);
}

/// Whoever has access to the account at Stripe can name a payment of the shop in any refund.
#[tokio::test]
async fn a_refund_of_another_payment_intent_changes_nothing() {
    let paying = refunded().await;
    paying.server.return_refunds();
    let mut failed = paying.gateway().refunds_failed_since(now()).await.unwrap().remove(0);
    failed.intent = GatewayId::try_new("pi_0").unwrap();
    let found = paying.shop.payments.understood(payment_id()).await.unwrap().unwrap();
    let (gateway, tick) = (paying.gateway(), Tick::new(now(), Cause::new("schedule")));
    let settlement = Settlement { payments: &paying.shop.payments, gateway: &gateway, trigger: &tick };
    settlement.refund_returned(found, &failed).await.unwrap();
    assert_eq!(paying.shop.payment().await.refunds[0].status, RefundStatus::Succeeded);
}
