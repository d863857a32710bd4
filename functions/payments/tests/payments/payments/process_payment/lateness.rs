//! Orders that ended long ago are not charged, even if their end was never received.

use domain::payments::PaymentStatus;
use futures::future::join;
use jiff::Timestamp;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, expired, later, placed};

/// The hold ends after 15 minutes, and late payments are accepted for another five.
fn too_late() -> Timestamp {
    later(20)
}

#[tokio::test]
async fn an_order_received_too_late_is_never_charged() {
    let shop = Shop::open().await;
    let start = placed("pm_card_visa");
    shop.hear_at(&start, too_late()).await.unwrap();
    assert_eq!(shop.bank.asked(), []);
    let payment = shop.assert_settled_to_nothing("late").await;
    assert_eq!((payment.status, payment.cancel_requested), (PaymentStatus::Voided, true));
    for event in [&start, &expired(), &start] {
        shop.hear_at(event, too_late()).await.unwrap();
    }
    assert_eq!(shop.payment().await, payment, "nothing is left to do");
    assert!(shop.events().await.is_empty(), "the customer is notified of the order's end only");

    let shop = Shop::open().await;
    let just_in_time = "2026-11-23T10:19:59Z".parse().unwrap();
    shop.hear_at(&start, just_in_time).await.unwrap();
    assert_eq!(shop.assert_settled("in time").await.status, PaymentStatus::Captured);
}

/// Where the first try died, and the expected outcome of the next try.
#[tokio::test]
async fn an_attempt_started_in_time_and_resumed_too_late_keeps_no_money() {
    let start = placed("pm_card_visa");
    for (nth, moment, status, asked) in [
        // The gateway's id is unknown, so the attempt will never be confirmed.
        (1, Moment::Before, PaymentStatus::Voided, vec![]),
        (1, Moment::After, PaymentStatus::Voided, vec![]),
        (2, Moment::Before, PaymentStatus::Voided, vec![Asked::Cancel]),
        (2, Moment::After, PaymentStatus::Refunded, vec![Asked::Cancel, Asked::Refund]),
    ] {
        for by_schedule in [false, true] {
            let case = format!("call {nth} died {moment:?}, by schedule: {by_schedule}");
            let shop = Shop::open().await;
            shop.bank.cut(nth, moment);
            assert!(shop.hear(&start).await.is_err(), "{case}");
            if by_schedule {
                shop.reconcile_at(too_late()).await.unwrap();
            }
            for _ in 0..2 {
                shop.hear_at(&start, too_late()).await.unwrap();
            }
            assert_eq!(shop.assert_settled_to_nothing(&case).await.status, status, "{case}");
            assert_eq!(shop.bank.asked()[nth..], asked, "{case}");
            let refunds = usize::from(status == PaymentStatus::Refunded);
            // Two events, captured and refunded, or none.
            assert_eq!((shop.bank.refunds(), shop.events().await.len()), (refunds, 2 * refunds), "{case}");
        }
    }
}

/// A confirmation is under way at the deadline. Whichever reaches the gateway first is final.
#[tokio::test]
async fn a_confirmation_under_way_at_the_deadline_keeps_no_money() {
    for (moment, status) in
        [(Moment::Before, PaymentStatus::Voided), (Moment::After, PaymentStatus::Refunded)]
    {
        let shop = Shop::open().await;
        let start = placed("pm_card_visa");
        let gate = shop.bank.hold(Asked::Confirm, moment);
        let meanwhile = async {
            gate.arrived.notified().await;
            shop.reconcile_at(too_late()).await.unwrap();
            gate.released.notify_one();
        };
        let (heard, ()) = join(shop.hear(&start), meanwhile).await;
        heard.unwrap();
        assert_eq!(shop.assert_settled_to_nothing("under way").await.status, status, "{moment:?}");
    }
}
