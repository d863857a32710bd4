//! Further attempts, customers who confirm with their bank, and refunds of parts, at the laptop's payment gateway.

use domain::payments::PaymentStatus;
use edge::Outside;
use engines::faults::Fault;
use payments::gateway::Gateway;
use payments::gateway::stripe::Stripe;
use payments::pages::Pages;
use secrecy::ExposeSecret;

use super::stripe::Paying;
use crate::fixture::{cancelled, granted, later, now, order_id, placed, reported};

const ASKS: &str = "pm_card_authenticationRequired";

impl Paying {
    async fn retry(&self, token: &str, key: &str) {
        self.shop.retry(token, key, now()).await.unwrap();
        let retried = self.shop.retried().await;
        for _ in 0..2 {
            // A delivery that fails comes again.
            if self.hear(&retried).await.is_ok() {
                return;
            }
        }
        self.hear(&retried).await.unwrap();
    }
}

#[tokio::test]
async fn all_attempts_are_of_one_intent() {
    let paying = Paying::open().await;
    paying.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    for (token, status) in [
        ("pm_card_unheardOf", PaymentStatus::Failed),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", PaymentStatus::Failed),
        ("pm_card_visa", PaymentStatus::Captured),
    ] {
        paying.retry(token, token).await;
        assert_eq!(paying.assert_agreed(token).await, status, "{token}");
    }
    let (payment, intents) = (paying.shop.payment().await, paying.server.intents());
    assert_eq!((intents.len(), intents[0].successful_charges, intents[0].held()), (1, 1, 3_690));
    assert_eq!(intents[0].attempt_id(), Some(payment.attempt_id.to_string().as_str()));
}

#[tokio::test]
async fn any_failed_call_of_a_further_attempt_is_recovered() {
    for action in ["UpdatePaymentIntent", "ConfirmPaymentIntent", "RetrievePaymentIntent"] {
        for fault in [Fault::Throttled, Fault::Failed, Fault::AnswerLost] {
            let case = format!("{action} {fault}");
            let paying = Paying::open().await;
            paying.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
            paying.fail(action, fault);
            paying.retry("pm_card_visa", "again").await;
            assert_eq!(paying.assert_agreed(&case).await, PaymentStatus::Captured, "{case}");
        }
    }
}

#[tokio::test]
async fn an_attempt_that_is_prepared_again_under_its_key_is_not_taken_back() {
    let paying = Paying::open().await;
    paying.hear(&placed("pm_card_visa_chargeDeclined")).await.unwrap();
    paying.retry(ASKS, "again").await;
    assert_eq!(paying.server.intents()[0].status, "requires_action");
    let payment = paying.shop.payment().await;
    let attempt = payment.to_be_confirmed().unwrap();
    paying.gateway().prepare(&attempt).await.unwrap();
    assert_eq!(paying.server.intents()[0].status, "requires_action", "the first one's answer is repeated");
}

#[tokio::test]
async fn a_customer_confirms_or_fails_to_and_pays_with_another_card() {
    let paying = Paying::open().await;
    paying.hear(&placed(ASKS)).await.unwrap();
    assert!(paying.server.authenticate(&order_id().to_string(), false));
    paying.hear(&reported(1, "payment_intent.payment_failed")).await.unwrap();
    let payment = paying.shop.payment().await;
    let code = "payment_intent_authentication_failure";
    assert_eq!((payment.status, payment.decline_code.as_deref()), (PaymentStatus::Failed, Some(code)));
    paying.retry(ASKS, "again").await;
    assert!(paying.server.authenticate(&order_id().to_string(), true));
    paying.shop.reconcile_with(paying.gateway(), later(10)).await.unwrap();
    assert_eq!(paying.assert_agreed("by the schedule").await, PaymentStatus::Captured);
}

#[tokio::test]
async fn what_confirms_a_payment_is_read_from_stripe() {
    let paying = Paying::open().await;
    let api = Outside::at(paying.server.url().parse().unwrap(), "process-payment").unwrap();
    let stripe = Stripe::new(api, "sk_test_1".to_owned().into());
    let gateway = Gateway::new(stripe.returning_to(Pages::at("https://bodega.example", None)));
    paying.shop.hear_with(gateway.clone(), &placed(ASKS)).await.unwrap();
    let attempt = paying.shop.payment().await.to_be_confirmed().unwrap();
    let action = gateway.action(&attempt).await.unwrap().unwrap();
    let secret = action.client_secret.expose_secret();
    assert!(secret.starts_with(&format!("{}_secret_", attempt.intent)), "{secret}");
    let page = action.redirect_url.unwrap();
    let page = page.expose_secret();
    assert!(page.contains("/authenticate/pi_") && page.ends_with(secret), "{page}");
    paying.hear(&cancelled()).await.unwrap();
    assert!(gateway.action(&attempt).await.unwrap().is_none(), "it is cancelled");
}

/// Also when the answer is lost, and Stripe has forgotten the key.
#[tokio::test]
async fn parts_are_refunded_once_each() {
    let paying = Paying::open().await;
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    for (number, amount) in [(1, 1_305), (2, 1_305), (3, 1_080)] {
        let refund = granted(number, amount);
        paying.fail("CreateRefund", Fault::AnswerLost);
        if paying.hear(&refund).await.is_err() {
            paying.server.forget_keys();
            paying.hear(&refund).await.unwrap();
        }
        paying.hear(&refund).await.unwrap();
    }
    assert_eq!(paying.assert_agreed("refunded").await, PaymentStatus::Refunded);
    assert_eq!((paying.server.intents()[0].refunds, paying.server.holds("eur")), (3, 0));
}
