//! What may be charged and booked: no test money in production, no other amount than the order's, and nothing that Stripe
//! refuses.

use domain::payments::{Charge, PaymentStatus};
use domain::words::capture::CaptureMode;
use domain::words::charge::{self, ChargeRule};
use domain::words::id::{AttemptId, OrderId};
use domain::words::money::{Currency, Money};
use domain::words::payment_method::PaymentMethod;
use engines::faults::Fault;
use payments::gateway::sandbox::Sandbox;
use payments::gateway::stripe::Mode;
use payments::gateway::{Gateway, GatewayError, Opening};
use telemetry::Published;

use super::stripe::Paying;
use crate::fixture::{cancelled, order_id, payment_id, placed, placed_for};

fn gateway_error(failure: &edge::queue::Failure) -> &GatewayError {
    failure.downcast_ref::<GatewayError>().unwrap()
}

#[tokio::test]
async fn production_takes_no_test_money() {
    let paying = Paying::open().await;
    let hear = async |mode, key| {
        paying.shop.hear_with(paying.gateway_in(mode, key), &placed("pm_card_visa")).await.unwrap_err()
    };
    paying.faults.watch();
    for (mode, key) in [(Mode::Live, "sk_test_1"), (Mode::Live, "rk_test_1"), (Mode::Test, "sk_live_1")] {
        let failure = hear(mode, key).await;
        assert!(matches!(gateway_error(&failure), GatewayError::WrongKey(_)), "{failure}");
    }
    assert!(paying.asked().is_empty(), "nothing was sent");
    // The key looks right, and the account answers in test mode.
    let published = Published::from_now();
    let failure = hear(Mode::Live, "sk_live_1").await;
    assert!(matches!(gateway_error(&failure), GatewayError::Mismatch { .. }), "{failure}");
    assert_eq!(published.take(), ["CaptureMismatch=1"]);
    assert_eq!((paying.server.holds("eur"), paying.shop.payment().await.status), (0, PaymentStatus::Pending));
}

#[tokio::test]
async fn an_attempt_with_another_amount_is_not_booked() {
    let paying = Paying::open().await;
    paying.fail("ConfirmPaymentIntent", Fault::Failed);
    assert!(paying.hear(&placed("pm_card_visa")).await.is_err());
    paying.server.change_amount(&paying.server.intents()[0].id, 1);
    let failure = paying.hear(&placed("pm_card_visa")).await.unwrap_err();
    assert!(matches!(gateway_error(&failure), GatewayError::Mismatch { .. }), "{failure}");
    assert_eq!(paying.server.holds("eur"), 0);
    paying.hear(&cancelled()).await.unwrap();
    assert_eq!(paying.assert_agreed("the end of the order").await, PaymentStatus::Voided);
}

#[tokio::test]
async fn what_stripe_does_not_charge_is_declined() {
    let used = Paying::open().await;
    used.hear(&placed("pm_sandbox_usedBefore")).await.unwrap();
    let payment = used.shop.payment().await;
    assert_eq!(
        (payment.status, payment.decline_code.as_deref()),
        (PaymentStatus::Failed, Some("payment_method_used"))
    );
    for (amount, currency, code) in [
        (49, Currency::EUR, "amount_too_small"),
        (100_000_000, Currency::EUR, "amount_too_large"),
        (1_999, Currency::KWD, "amount_not_supported"),
        (3_690, Currency::HRK, "currency_not_supported"),
    ] {
        for sandbox in [false, true] {
            let paying = Paying::open().await;
            let gateway = if sandbox { Gateway::new(Sandbox) } else { paying.gateway() };
            let event = placed_for(Money::new(amount, currency).unwrap());
            paying.shop.hear_with(gateway, &event).await.unwrap();
            let payment = paying.shop.payment().await;
            assert_eq!(
                (payment.status, payment.decline_code.as_deref()),
                (PaymentStatus::Failed, Some(code))
            );
        }
    }
}

/// The shop's rules are stricter than Stripe's, or the same.
#[tokio::test]
async fn every_amount_that_the_shop_charges_is_accepted() {
    let paying = Paying::open().await;
    for currency in charge::currencies() {
        let rule = ChargeRule::of(currency).unwrap();
        for amount in [rule.least(), rule.most()] {
            let opened = paying.gateway().open(&charge(amount)).await.unwrap();
            assert!(matches!(opened, Opening::Opened(_)), "{amount}: {opened:?}");
        }
    }
}

/// Stripe refuses a key that is used with other parameters.
#[tokio::test]
async fn an_attempt_begun_by_a_version_with_other_parameters_is_charged_once() {
    let paying = Paying::open().await;
    let other =
        Charge { order_id: OrderId::from_parts(9, 9), ..charge(Money::new(3_690, Currency::EUR).unwrap()) };
    assert!(matches!(paying.gateway().open(&other).await.unwrap(), Opening::Opened(_)));
    paying.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(paying.shop.payment().await.status, PaymentStatus::Captured);
    assert_eq!(paying.server.holds("eur"), 3_690);
}

/// Returns the order's first attempt, with another amount.
fn charge(amount: Money) -> Charge {
    Charge {
        attempt_id: AttemptId::derived_from(&[&payment_id().to_string(), "1"]),
        payment_id: payment_id(),
        order_id: order_id(),
        amount,
        payment_method: PaymentMethod::try_new("pm_card_visa").unwrap(),
        customer: None,
        saves_method: false,
        capture: CaptureMode::Automatic,
        tries: 1,
    }
}
