//! Money that is authorised, and captured parcel by parcel.

use domain::payments::{CAPTURED_AHEAD, Due, Payment, PaymentStatus, TOLD_AGAIN};
use jiff::SignedDuration;
use telemetry::Published;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{
    Shop, cancelled, capture_requested, eur, granted, later, now, placed_on_shipment, reported,
};

/// What is to be captured after each of two parcels.
const PARCELS: [(u8, i64, bool); 2] = [(1, 1_280, false), (2, 3_690, true)];

async fn authorized() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed_on_shipment("pm_card_visa")).await.unwrap();
    let payment = shop.assert_settled("authorised").await;
    assert_eq!((payment.status, payment.captured), (PaymentStatus::Authorized, eur(0)));
    assert_eq!((shop.postings().await.len(), shop.bank.holds()), (0, 0), "nothing is posted");
    shop
}

/// Returns the types of the payment's events, in alphabetical order: the outbox has several parts.
async fn names(shop: &Shop) -> Vec<String> {
    let events = shop.events().await;
    let names = events.iter().map(|event| event["type"].as_str().unwrap().replace("bodega.payment.", ""));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Whichever answer is lost, whichever message comes first and twice, and even if the gateway forgets.
#[tokio::test]
async fn two_parcels_are_captured_once_each() {
    for (nth, moment) in [(1, Moment::Before), (1, Moment::After), (2, Moment::Before), (2, Moment::After)] {
        for forgets in [false, true] {
            let case = format!("answer {nth} lost {moment:?}, keys forgotten: {forgets}");
            let shop = authorized().await;
            shop.bank.cut(nth, moment);
            for (number, together, is_last) in PARCELS.into_iter().chain(PARCELS) {
                let parcel = capture_requested(number, together, is_last);
                if shop.hear(&parcel).await.is_err() {
                    if forgets {
                        shop.bank.forget_keys();
                    }
                    shop.hear(&parcel).await.unwrap();
                }
            }
            let payment = shop.assert_settled(&case).await;
            assert_eq!((payment.status, payment.captured), (PaymentStatus::Captured, eur(3_690)), "{case}");
            assert_eq!(shop.bank.captures(), [1_280, 2_410], "{case}");
            assert_eq!((shop.postings().await.len(), shop.bank.holds_no_card()), (2, true), "{case}");
            assert_eq!(
                names(&shop).await,
                ["authorized.v1", "part_captured.v1", "part_captured.v1"],
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn a_parcel_whose_message_is_late_is_captured_with_the_next() {
    let shop = authorized().await;
    shop.hear(&capture_requested(2, 3_690, true)).await.unwrap();
    shop.hear(&capture_requested(1, 1_280, false)).await.unwrap();
    shop.assert_settled("the second first").await;
    assert_eq!(shop.bank.captures(), [3_690]);
}

#[tokio::test]
async fn a_payment_that_is_captured_once_is_captured_whole_with_the_first_parcel() {
    let shop = Shop::open().await;
    shop.bank.captures_once(true);
    shop.hear(&placed_on_shipment("pm_card_visa")).await.unwrap();
    for (number, together, is_last) in PARCELS {
        shop.hear(&capture_requested(number, together, is_last)).await.unwrap();
    }
    assert_eq!(shop.assert_settled("once").await.status, PaymentStatus::Captured);
    assert_eq!(shop.bank.captures(), [3_690]);
}

#[tokio::test]
async fn a_customer_who_confirms_with_their_bank_authorises() {
    let shop = Shop::open().await;
    shop.hear(&placed_on_shipment("pm_card_authenticationRequired")).await.unwrap();
    shop.bank.customer_acts(true);
    shop.hear(&reported(1, "payment_intent.amount_capturable_updated")).await.unwrap();
    assert_eq!(shop.assert_settled("confirmed").await.status, PaymentStatus::Authorized);
    shop.hear(&reported(2, "payment_intent.amount_capturable_updated")).await.unwrap();
    assert_eq!(names(&shop).await, ["action_required.v1", "authorized.v1"]);
}

#[tokio::test]
async fn a_cancelled_order_is_released_and_never_posted() {
    for (nth, moment) in [(9, Moment::Before), (1, Moment::Before), (1, Moment::After)] {
        let shop = authorized().await;
        shop.bank.cut(nth, moment);
        if shop.hear(&cancelled()).await.is_err() {
            shop.hear(&cancelled()).await.unwrap();
        }
        let payment = shop.assert_settled_to_nothing("cancelled").await;
        assert_eq!((payment.status, payment.refunds.len()), (PaymentStatus::Voided, 0));
        assert_eq!((shop.postings().await.len(), shop.bank.holds_no_card()), (0, true));
        assert_eq!(names(&shop).await, ["authorized.v1"]);
    }
    // It ended before its payment was taken up again.
    let shop = Shop::open().await;
    shop.bank.cut(2, Moment::After);
    shop.hear(&placed_on_shipment("pm_card_visa")).await.unwrap_err();
    shop.hear(&cancelled()).await.unwrap();
    shop.assert_settled_to_nothing("authorised, but not heard of").await;
    assert!(shop.bank.holds_no_card() && names(&shop).await.is_empty());
}

#[tokio::test]
async fn captured_money_is_refunded_before_the_rest_is_captured() {
    let shop = authorized().await;
    shop.hear(&capture_requested(1, 1_280, false)).await.unwrap();
    shop.hear(&granted(1, 1_280)).await.unwrap();
    shop.hear(&granted(2, 1)).await.unwrap();
    let payment = shop.assert_settled("refunded").await;
    assert_eq!((payment.status, payment.refunded), (PaymentStatus::Authorized, eur(1_280)));
    shop.hear(&capture_requested(2, 3_690, true)).await.unwrap();
    let payment = shop.assert_settled("captured").await;
    assert_eq!((payment.status, payment.captured), (PaymentStatus::Captured, eur(3_690)));
}

/// A day before the authorisation ends, the schedule has the order say what becomes of the rest, and again each hour until it has.
#[tokio::test]
async fn the_order_is_told_before_the_authorisation_ends() {
    let shop = authorized().await;
    let from = now() + SignedDuration::from_hours(7 * 24) - CAPTURED_AHEAD;
    shop.reconcile_at(from - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(names(&shop).await, ["authorized.v1"]);
    shop.hear(&placed_on_shipment("pm_card_visa")).await.unwrap();
    assert_eq!(names(&shop).await, ["authorized.v1"], "nor does any message");
    let untouched = SignedDuration::from_mins(3);
    for time in [from + untouched, from + untouched, from + untouched + TOLD_AGAIN + untouched] {
        shop.reconcile_at(time).await.unwrap();
    }
    let told = "authorization_ending.v1";
    assert_eq!(names(&shop).await, [told, told, "authorized.v1"]);
    assert_eq!(shop.bank.asked().last(), Some(&Asked::Confirm), "the gateway is not asked");
    shop.hear_at(&capture_requested(1, 3_690, true), from).await.unwrap();
    assert_eq!(shop.assert_settled("answered").await.due(), None);
}

#[tokio::test]
async fn an_authorisation_that_has_ended_is_void() {
    let shop = authorized().await;
    shop.bank.authorizations_end();
    shop.hear(&reported(1, "payment_intent.canceled")).await.unwrap();
    assert_eq!(shop.assert_settled_to_nothing("ended").await.status, PaymentStatus::Voided);
    assert_eq!(names(&shop).await, ["authorization_ending.v1", "authorized.v1"]);
}

#[tokio::test]
async fn a_capture_that_is_refused_is_reported_once() {
    for captured in [0, 1_280] {
        let shop = authorized().await;
        if captured > 0 {
            shop.hear(&capture_requested(1, captured, false)).await.unwrap();
        }
        shop.bank.authorizations_end();
        let published = Published::from_now();
        for _ in 0..2 {
            shop.hear(&capture_requested(2, 3_690, true)).await.unwrap();
        }
        let Payment { status, captured: taken, .. } = shop.assert_settled("refused").await;
        let expected = if captured > 0 { PaymentStatus::Captured } else { PaymentStatus::Voided };
        assert_eq!((status, taken), (expected, eur(captured)));
        assert_eq!(published.take(), ["CapturesFailed=1"]);
        let events = shop.events().await;
        let failed: Vec<_> =
            events.iter().filter(|event| event["type"] == "bodega.payment.capture_failed.v1").collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0]["data"]["amount"]["amount"], 3_690 - captured);
        assert_eq!(failed[0]["data"]["reason"], "canceled");
    }
}

#[tokio::test]
async fn a_capture_that_found_no_gateway_is_left_to_the_schedule() {
    let shop = authorized().await;
    shop.bank.cut(1, Moment::Before);
    shop.hear(&capture_requested(1, 1_280, false)).await.unwrap_err();
    assert!(matches!(shop.payment().await.due(), Some(Due::Capture(_))));
    shop.reconcile_at(later(10)).await.unwrap();
    assert_eq!(shop.assert_settled("later").await.captured, eur(1_280));
}
