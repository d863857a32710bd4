//! The Stripe adapter, against the laptop's payment gateway.

use domain::payments::{PaymentStatus, RefundStatus};
use edge::{Call, NoBody, Outside};
use engines::aws::Activity;
use engines::faults::{Fault, Faults, Site};
use payments::gateway::stripe::{Mode, Stripe};
use payments::gateway::{Gateway, GatewayError};
use payments::payments::get_payment;
use stripe::PaymentGateway;
use url::Url;

use crate::fixture::{Shop, cancelled, expired, later, now, payment_id, placed, user};

/// A shop with one order, and its payment server.
pub(super) struct Paying {
    pub(super) shop: Shop,
    pub(super) server: PaymentGateway,
    pub(super) faults: Faults,
}

impl Paying {
    pub(super) async fn open() -> Self {
        let faults = Faults::new(Activity::default());
        let server = stripe::testing::payment_gateway(faults.clone()).await;
        Self { shop: Shop::open().await, server, faults }
    }

    pub(super) fn gateway(&self) -> Gateway {
        self.gateway_with("sk_test_1")
    }

    pub(super) fn gateway_with(&self, key: &str) -> Gateway {
        self.gateway_in(Mode::Test, key)
    }

    pub(super) fn gateway_in(&self, mode: Mode, key: &str) -> Gateway {
        let url: Url = self.server.url().parse().unwrap();
        let stripe = Stripe::new(Outside::at(url, "process-payment").unwrap(), key.to_owned().into());
        Gateway::new(stripe.in_mode(mode))
    }

    pub(super) async fn hear(&self, event: &domain::events::Envelope) -> Result<(), edge::queue::Failure> {
        self.shop.hear_with(self.gateway(), event).await
    }

    pub(super) fn fail(&self, action: &str, fault: Fault) {
        self.faults.watch();
        let site =
            Site { function: "process-payment".to_owned(), action: format!("stripe:{action}"), nth: 1 };
        self.faults.at(site, fault);
    }

    /// Returns the calls of the server, without `stripe:` and `PaymentIntent`.
    pub(super) fn asked(&self) -> Vec<String> {
        let calls = self.faults.calls().into_iter();
        calls.map(|site| site.action.replace("stripe:", "").replace("PaymentIntent", "")).collect()
    }

    /// Asserts that the ledger, the payment and the server agree.
    pub(super) async fn assert_agreed(&self, case: &str) -> PaymentStatus {
        let payment = self.shop.assert_books_balance(case).await;
        assert!(payment.due().is_none_or(|due| due.is_waiting()), "{case}: {payment:?}");
        let held = payment.captured.minus(payment.refunded).unwrap().amount();
        assert_eq!(self.server.holds("eur"), held, "{case}");
        let intents = self.server.intents();
        assert!(intents.iter().map(|intent| intent.successful_charges).sum::<usize>() <= 1, "{case}");
        assert!(intents.iter().all(|intent| intent.order_id() == Some(&payment.order_id.to_string())));
        payment.status
    }
}

#[tokio::test]
async fn every_test_payment_method_has_the_same_outcome_as_in_the_sandbox() {
    for (token, status, code) in [
        ("pm_card_visa", PaymentStatus::Captured, None),
        ("pm_card_visa_chargeDeclined", PaymentStatus::Failed, Some("generic_decline")),
        ("pm_card_chargeDeclinedInsufficientFunds", PaymentStatus::Failed, Some("insufficient_funds")),
        ("pm_card_unheardOf", PaymentStatus::Failed, Some("resource_missing")),
        ("pm_card_authenticationRequired", PaymentStatus::ActionRequired, None),
    ] {
        let paying = Paying::open().await;
        paying.hear(&placed(token)).await.unwrap();
        assert_eq!(paying.assert_agreed(token).await, status, "{token}");
        let sandbox = Shop::open().await;
        let gateway = Gateway::new(payments::gateway::sandbox::Sandbox);
        sandbox.hear_with(gateway, &placed(token)).await.unwrap();
        for payment in [paying.shop.payment().await, sandbox.payment().await] {
            assert_eq!((payment.status, payment.decline_code.as_deref()), (status, code), "{token}");
        }
    }
}

#[tokio::test]
async fn an_intent_carries_its_payment_and_attempt() {
    let paying = Paying::open().await;
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    let (payment, intents) = (paying.shop.payment().await, paying.server.intents());
    assert_eq!(intents.len(), 1);
    assert_eq!(payment.intent.as_ref().map(AsRef::as_ref), Some(intents[0].id.as_str()));
    assert_eq!(intents[0].payment_id(), Some(payment.payment_id.to_string().as_str()));
    assert_eq!(intents[0].attempt_id(), Some(payment.attempt_id.to_string().as_str()));
    assert_eq!((intents[0].amount, intents[0].currency.as_str()), (3_690, "eur"));
}

#[tokio::test]
async fn timeouts_are_looked_up_and_never_charged_twice() {
    for token in ["pm_sandbox_timeoutBeforeCharge", "pm_sandbox_timeoutAfterCharge"] {
        let paying = Paying::open().await;
        let failure = paying.hear(&placed(token)).await.unwrap_err();
        let error = failure.downcast_ref::<GatewayError>().unwrap();
        assert!(matches!(error, GatewayError::NoAnswer(_)), "{error}");
        paying.hear(&placed(token)).await.unwrap();
        assert_eq!(paying.assert_agreed(token).await, PaymentStatus::Captured);

        let ended = Paying::open().await;
        assert!(ended.hear(&placed(token)).await.is_err());
        ended.hear(&cancelled()).await.unwrap();
        ended.assert_agreed(token).await;
        assert_eq!(ended.server.holds("eur"), 0);
    }
}

#[tokio::test]
async fn an_order_that_ends_is_cancelled_or_refunded_at_stripe() {
    for (token, status, intent) in [
        ("pm_card_visa", PaymentStatus::Refunded, "succeeded"),
        ("pm_card_authenticationRequired", PaymentStatus::Voided, "canceled"),
        ("pm_card_visa_chargeDeclined", PaymentStatus::Voided, "canceled"),
    ] {
        let paying = Paying::open().await;
        paying.hear(&placed(token)).await.unwrap();
        for _ in 0..2 {
            paying.hear(&expired()).await.unwrap();
            assert_eq!(paying.assert_agreed(token).await, status);
        }
        let held = &paying.server.intents()[0];
        assert_eq!((held.status.as_str(), held.held()), (intent, 0), "{token}");
    }
}

#[tokio::test]
async fn a_refund_that_stripe_could_not_deliver_ends_as_failed() {
    let paying = Paying::open().await;
    paying.hear(&placed("pm_sandbox_refundFailed")).await.unwrap();
    paying.hear(&expired()).await.unwrap();
    let payment = paying.shop.payment().await;
    assert_eq!((payment.status, payment.refunds[0].status), (PaymentStatus::Captured, RefundStatus::TakenOn));
    paying.shop.reconcile_with(paying.gateway(), later(65)).await.unwrap();
    assert_eq!(paying.assert_agreed("failed").await, PaymentStatus::RefundFailed);
    let payment = paying.shop.payment().await;
    assert_eq!(payment.refunds[0].failure.as_deref(), Some("expired_or_canceled_card"));
}

/// Each call for a captured and refunded order, combined with each fault.
#[tokio::test]
async fn any_failed_call_is_recovered_by_retries() {
    for action in ["CreatePaymentIntent", "ConfirmPaymentIntent", "RetrievePaymentIntent", "CreateRefund"] {
        for fault in [Fault::Throttled, Fault::Failed, Fault::AnswerLost] {
            let case = format!("{action} {fault}");
            let paying = Paying::open().await;
            paying.fail(action, fault);
            for _ in 0..3 {
                // Either the delivery fails, or the adapter has recovered.
                if paying.hear(&placed("pm_card_visa")).await.is_ok() {
                    break;
                }
            }
            assert_eq!(paying.assert_agreed(&case).await, PaymentStatus::Captured, "{case}");
            for _ in 0..3 {
                if paying.hear(&cancelled()).await.is_ok() {
                    break;
                }
            }
            assert_eq!(paying.assert_agreed(&case).await, PaymentStatus::Refunded, "{case}");
        }
    }
}

#[tokio::test]
async fn a_throttled_call_is_retried_immediately() {
    let paying = Paying::open().await;
    paying.fail("ConfirmPaymentIntent", Fault::Throttled);
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(paying.asked(), ["Create", "Confirm", "Confirm"]);
}

/// Stripe replays a failure under the same key for a day.
#[tokio::test]
async fn a_replayed_failure_does_not_block_the_payment() {
    let paying = Paying::open().await;
    paying.fail("ConfirmPaymentIntent", Fault::Failed);
    let failure = paying.hear(&placed("pm_card_visa")).await.unwrap_err();
    assert!(matches!(failure.downcast_ref::<GatewayError>(), Some(GatewayError::Failed(_))), "{failure}");
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(paying.asked(), ["Create", "Confirm", "Retrieve", "Confirm", "Confirm"]);
    assert_eq!(paying.assert_agreed("kept").await, PaymentStatus::Captured);
}

#[tokio::test]
async fn an_invalid_key_is_an_error_and_declines_nothing() {
    let paying = Paying::open().await;
    let failure = paying.shop.hear_with(paying.gateway_with(" "), &placed("pm_card_visa")).await.unwrap_err();
    assert!(
        matches!(failure.downcast_ref::<GatewayError>(), Some(GatewayError::Refused { status: 401, .. })),
        "{failure}"
    );
    assert_eq!(paying.shop.payment().await.status, PaymentStatus::Pending);
    paying.shop.reconcile_with(paying.gateway(), later(10)).await.unwrap();
    assert_eq!(paying.assert_agreed("the right key").await, PaymentStatus::Captured);
}

#[tokio::test]
async fn the_key_is_read_once_when_it_is_first_needed() {
    let paying = Paying::open().await;
    let url: Url = paying.server.url().parse().unwrap();
    let aws = paying.shop.aws();
    let stripe = Stripe::with_secret(Outside::at(url, "process-payment").unwrap(), &aws, "stripe-key");
    let gateway = Gateway::new(stripe);

    let failure = paying.shop.hear_with(gateway.clone(), &placed("pm_card_visa")).await.unwrap_err();
    assert!(matches!(failure.downcast_ref::<GatewayError>(), Some(GatewayError::NoKey(_))), "{failure}");
    assert_eq!((paying.shop.payment().await.status, paying.asked().len()), (PaymentStatus::Pending, 0));

    let secrets = aws_sdk_secretsmanager::Client::new(&aws);
    secrets.create_secret().name("stripe-key").secret_string("sk_test_1").send().await.unwrap();
    paying.shop.hear_with(gateway.clone(), &placed("pm_card_visa")).await.unwrap();
    assert!(paying.shop.engine.used().contains("secretsmanager:GetSecretValue"));
    paying.shop.hear_with(gateway, &cancelled()).await.unwrap();
    assert!(!paying.shop.engine.used().contains("secretsmanager:GetSecretValue"), "the key is cached");
    assert_eq!(paying.assert_agreed("with the key").await, PaymentStatus::Refunded);
}

#[tokio::test]
async fn a_rotated_key_is_read_again_when_stripe_rejects_the_old_one() {
    let paying = Paying::open().await;
    let (url, aws): (Url, _) = (paying.server.url().parse().unwrap(), paying.shop.aws());
    let stripe = Stripe::with_secret(Outside::at(url, "process-payment").unwrap(), &aws, "stripe-key");
    let gateway = Gateway::new(stripe);
    let secrets = aws_sdk_secretsmanager::Client::new(&aws);
    // The laptop's Stripe rejects only blank keys.
    secrets.create_secret().name("stripe-key").secret_string(" ").send().await.unwrap();
    let failure = paying.shop.hear_with(gateway.clone(), &placed("pm_card_visa")).await.unwrap_err();
    assert!(
        matches!(failure.downcast_ref::<GatewayError>(), Some(GatewayError::Refused { status: 401, .. })),
        "{failure}"
    );
    secrets.put_secret_value().secret_id("stripe-key").secret_string("sk_test_2").send().await.unwrap();
    paying.shop.hear_with(gateway, &placed("pm_card_visa")).await.unwrap();
    assert_eq!(paying.assert_agreed("with the new key").await, PaymentStatus::Captured);
}

#[tokio::test]
async fn a_forgotten_idempotency_key_charges_nothing_twice() {
    let paying = Paying::open().await;
    paying.fail("CreatePaymentIntent", Fault::AnswerLost);
    assert!(paying.hear(&placed("pm_card_visa")).await.is_err());
    paying.server.forget_keys();
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(paying.assert_agreed("created twice").await, PaymentStatus::Captured);
    assert_eq!(paying.server.intents().len(), 2, "one of them is never confirmed");

    paying.fail("CreateRefund", Fault::AnswerLost);
    assert!(paying.hear(&cancelled()).await.is_err());
    paying.server.forget_keys();
    paying.hear(&cancelled()).await.unwrap();
    assert_eq!(paying.assert_agreed("refunded once").await, PaymentStatus::Refunded);
}

#[tokio::test]
async fn the_decline_code_is_not_shown_to_the_customer() {
    for (token, expected) in [
        ("pm_card_visa_chargeDeclinedStolenCard", "generic_decline"),
        ("pm_card_visa_chargeDeclinedLostCard", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
        ("pm_card_unheardOf", "unusable_payment_method"),
    ] {
        let paying = Paying::open().await;
        paying.hear(&placed(token)).await.unwrap();
        let call = Call::new(user(1, false), NoBody, now()).with_path("payment_id", payment_id());
        let reply = get_payment(paying.shop.payments.clone(), call).await.unwrap();
        let shown = serde_json::to_value(reply.body().unwrap()).unwrap();
        assert_eq!(
            (&shown["status"], &shown["decline_code"]),
            (&"failed".into(), &expected.into()),
            "{token}"
        );
    }
}
