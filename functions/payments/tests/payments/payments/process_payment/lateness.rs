//! Nothing is taken for an order that ended long ago, though nobody has said here that it did.

use domain::payments::PaymentStatus;
use futures::future::join;
use jiff::Timestamp;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, expired, later, placed};

/// The hold ends after 15 minutes, and money that comes in is accepted for another five.
fn too_late() -> Timestamp {
    later(20)
}

#[tokio::test]
async fn an_order_that_is_heard_of_too_late_is_never_charged() {
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
    assert!(shop.events().await.is_empty(), "the order's end is what its customer is told of");

    let shop = Shop::open().await;
    let just_in_time = "2026-11-23T10:19:59Z".parse().unwrap();
    shop.hear_at(&start, just_in_time).await.unwrap();
    assert_eq!(shop.assert_settled("in time").await.status, PaymentStatus::Captured);
}

/// Where the first try died, and what has become of it by the time that the next one comes.
#[tokio::test]
async fn what_was_begun_in_time_and_is_taken_up_too_late_takes_nothing() {
    let start = placed("pm_card_visa");
    for (nth, moment, status, asked) in [
        // The gateway's name for it is not known here, so nobody will ever confirm it.
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
            // Captured and refunded, or nothing.
            assert_eq!((shop.bank.refunds(), shop.events().await.len()), (refunds, 2 * refunds), "{case}");
        }
    }
}

/// A confirmation that is on its way when the time has come: whichever the gateway does first, it does for good.
#[tokio::test]
async fn a_confirmation_under_way_takes_nothing_in_the_end() {
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
