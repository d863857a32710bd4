//! Captures in parts, against the laptop's payment gateway.

use domain::payments::{CaptureStatus, PaymentStatus};
use domain::words::money::{Currency, Money};
use engines::faults::Fault;

use super::stripe::Paying;
use crate::fixture::{cancelled, capture_requested, granted, placed_for, placed_on_shipment};

async fn authorized(token: &str) -> Paying {
    let paying = Paying::open().await;
    paying.hear(&placed_on_shipment(token)).await.unwrap();
    assert_eq!(paying.assert_agreed(token).await, PaymentStatus::Authorized);
    let intent = paying.server.intents().remove(0);
    assert_eq!((intent.status.as_str(), intent.captured), ("requires_capture", 0));
    paying
}

#[tokio::test]
async fn two_parcels_are_captured_and_the_rest_is_released() {
    for (fault, action) in [
        (None, "CapturePaymentIntent"),
        (Some(Fault::AnswerLost), "CapturePaymentIntent"),
        (Some(Fault::AnswerLost), "RetrievePaymentIntent"),
        (Some(Fault::Failed), "CapturePaymentIntent"),
    ] {
        for forgets in [false, true] {
            let case = format!("{fault:?} of {action}, keys forgotten: {forgets}");
            let paying = authorized("pm_card_visa").await;
            if let Some(fault) = fault {
                paying.fail(action, fault);
            }
            for (number, together, is_last) in [(1, 1_280, false), (2, 3_000, true)] {
                let parcel = capture_requested(number, together, is_last);
                if paying.hear(&parcel).await.is_err() {
                    if forgets {
                        paying.server.forget_keys();
                    }
                    paying.hear(&parcel).await.unwrap();
                }
            }
            assert_eq!(paying.assert_agreed(&case).await, PaymentStatus::Captured, "{case}");
            let (payment, intent) = (paying.shop.payment().await, paying.server.intents().remove(0));
            assert_eq!(payment.captured.amount(), 3_000, "{case}");
            assert_eq!((intent.status.as_str(), intent.captured), ("succeeded", 3_000), "{case}");
        }
    }
}

/// Stripe repeats its own failure under the same key for a day. A request without a key would be another capture for each process.
#[tokio::test]
async fn two_processes_capture_once_after_a_failure_that_stripe_repeats() {
    let paying = authorized("pm_card_visa").await;
    let parcel = capture_requested(1, 1_280, false);
    paying.fail("CapturePaymentIntent", Fault::Failed);
    paying.hear(&parcel).await.unwrap_err();
    let both = tokio::join!(paying.hear(&parcel), paying.hear(&parcel));
    assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
    paying.hear(&parcel).await.unwrap();
    assert_eq!(paying.assert_agreed("once").await, PaymentStatus::Authorized);
    assert_eq!(paying.server.holds("eur"), 1_280);
}

#[tokio::test]
async fn a_release_captures_nothing() {
    let paying = authorized("pm_card_visa").await;
    paying.hear(&capture_requested(1, 1_280, false)).await.unwrap();
    paying.hear(&granted(1, 280)).await.unwrap();
    paying.hear(&capture_requested(2, 1_280, true)).await.unwrap();
    assert_eq!(paying.assert_agreed("released").await, PaymentStatus::Captured);
    assert_eq!(paying.server.intents()[0].status, "succeeded");
    assert_eq!(paying.server.holds("eur"), 1_000);
}

#[tokio::test]
async fn a_card_without_multicapture_is_captured_once() {
    let paying = authorized("pm_card_credit_disableEnterpriseCardFeatures").await;
    paying.hear(&capture_requested(1, 1_280, false)).await.unwrap();
    assert_eq!(paying.assert_agreed("once").await, PaymentStatus::Captured);
    paying.hear(&capture_requested(2, 3_690, true)).await.unwrap();
    assert_eq!((paying.server.holds("eur"), paying.shop.payment().await.captures.len()), (3_690, 1));
}

#[tokio::test]
async fn a_cancelled_authorisation_is_released() {
    let paying = authorized("pm_card_visa").await;
    paying.hear(&cancelled()).await.unwrap();
    assert_eq!(paying.assert_agreed("released").await, PaymentStatus::Voided);
    assert_eq!(paying.server.intents()[0].status, "canceled");
    paying.hear(&capture_requested(1, 1_280, false)).await.unwrap();
    let captures = paying.shop.payment().await.captures;
    assert_eq!((captures.len(), captures[0].status), (1, CaptureStatus::Failed));
}

#[tokio::test]
async fn a_currency_that_takes_not_every_amount_is_captured_at_once() {
    let paying = Paying::open().await;
    let mut placed = placed_for(Money::new(3_690, Currency::KWD).unwrap());
    if let domain::events::Event::Order(domain::events::OrderEvent::Placed(event)) = &mut placed.event {
        event.capture = domain::words::capture::CaptureMode::OnShipment;
    }
    paying.hear(&placed).await.unwrap();
    assert_eq!(paying.shop.payment().await.status, PaymentStatus::Captured);
}
