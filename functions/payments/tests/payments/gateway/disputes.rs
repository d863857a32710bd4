//! Disputes at the laptop's payment gateway, which has them as Stripe does.

use domain::payments::ledger::{Account, balance};
use domain::payments::{DisputeStatus, GatewayId, Payment};
use engines::faults::Fault;
use jiff::{SignedDuration, Timestamp};

use super::stripe::Paying;
use crate::fixture::{Shop, dispute_reported, granted, order_id, payment_id, placed};

/// A shop whose one payment is disputed, and Stripe's id of the dispute.
async fn disputed() -> (Paying, String) {
    let paying = Paying::open().await;
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    let dispute = paying.server.open_dispute(&order_id().to_string()).unwrap();
    (paying, dispute)
}

async fn assert_agreed(paying: &Paying) -> Payment {
    let receivable = balance(Account::GatewayReceivable, &paying.shop.postings().await);
    assert_eq!(receivable, i128::from(paying.server.holds("eur")));
    paying.shop.payment().await
}

#[tokio::test]
async fn a_dispute_is_found_by_its_id_by_its_payment_and_by_its_time() {
    let (paying, dispute) = disputed().await;
    let (gateway, intent) = (paying.gateway(), paying.shop.payment().await.intent.unwrap());
    let name = GatewayId::try_new(dispute).unwrap();
    let found = gateway.dispute(&name).await.unwrap().unwrap();
    assert_eq!((&found.intent, found.payment_id), (&intent, Some(payment_id())));
    assert_eq!((found.report.withdrawn.amount(), found.report.fee.amount()), (3_690, 2_000));
    assert_eq!(gateway.disputes_of(&intent).await.unwrap(), std::slice::from_ref(&found));
    let (before, after) =
        (Timestamp::now() - SignedDuration::from_mins(1), Timestamp::now() + SignedDuration::from_mins(1));
    assert_eq!(gateway.disputes_since(before).await.unwrap(), [found]);
    assert!(gateway.disputes_since(after).await.unwrap().is_empty());
    let unknown = GatewayId::try_new("dp_unknown").unwrap();
    assert_eq!(gateway.dispute(&unknown).await.unwrap(), None);
}

#[tokio::test]
async fn a_refund_that_stripe_refuses_for_a_dispute_waits_for_its_end() {
    for wins in [true, false] {
        let (paying, dispute) = disputed().await;
        paying.hear(&granted(1, 1_305)).await.unwrap();
        assert!(assert_agreed(&paying).await.is_disputed(), "it has asked for the dispute");
        assert!(paying.server.decide_dispute(&order_id().to_string(), wins));
        paying.hear(&dispute_reported(1, &dispute)).await.unwrap();
        let payment = assert_agreed(&paying).await;
        let (status, refunded) = if wins { (DisputeStatus::Won, 1_305) } else { (DisputeStatus::Lost, 0) };
        assert_eq!((payment.disputes[0].status, payment.refunded.amount()), (status, refunded));
        assert_eq!(payment.due(), None);
    }
}

#[tokio::test]
async fn a_dispute_is_recorded_although_the_first_look_fails() {
    let (paying, dispute) = disputed().await;
    for fault in [Fault::Failed, Fault::AnswerLost] {
        paying.fail("RetrieveDispute", fault);
        assert!(paying.hear(&dispute_reported(1, &dispute)).await.is_err());
    }
    paying.hear(&dispute_reported(1, &dispute)).await.unwrap();
    assert!(assert_agreed(&paying).await.is_disputed());
}

/// Somebody with access to Stripe's account has given another PaymentIntent the name of the shop's payment.
#[tokio::test]
async fn a_dispute_of_another_payment_at_stripe_is_not_the_shops() {
    let (paying, dispute) = disputed().await;
    // Another shop with the same order makes a PaymentIntent of its own, since Stripe has forgotten the first one's key.
    paying.server.forget_keys();
    let other = Paying { shop: Shop::open().await, ..paying };
    other.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(other.server.intents().len(), 2);
    other.hear(&dispute_reported(1, &dispute)).await.unwrap();
    assert!(other.shop.payment().await.disputes.is_empty());
}
