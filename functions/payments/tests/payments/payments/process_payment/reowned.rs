//! An order that becomes another customer's takes its payment along, and the gateway notices nothing of it.

use domain::payments::{Payment, PaymentStatus};
use futures::future::join;
use serde_json::json;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, cancelled, later, payment_id, placed, reowned, user};

#[tokio::test]
async fn a_reowned_order_waits_for_its_placement() {
    let shop = Shop::open().await;
    let failure = shop.hear(&reowned()).await.unwrap_err();
    assert_eq!(
        failure.to_string(),
        "the payment of the order ord_00000000010000000000000001 does not exist yet"
    );
    assert_eq!(shop.payments.get(payment_id()).await.unwrap(), None, "nothing is written");
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(shop.payment().await.user_id, user(1, false).user_id);
    shop.hear(&reowned()).await.unwrap();
    assert_eq!(shop.payment().await.user_id, user(2, false).user_id);
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(shop.payment().await.user_id, user(2, false).user_id, "the placement again");
}

#[tokio::test]
async fn a_captured_payment_changes_its_owner_only_and_once() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    let (captured, asked) = (shop.payment().await, shop.bank.asked());
    for _ in 0..2 {
        shop.hear_at(&reowned(), later(1)).await.unwrap();
        let expected = Payment { user_id: user(2, false).user_id, ..captured.clone() };
        assert_eq!(shop.assert_settled("reowned").await, expected);
    }
    assert_eq!(shop.bank.asked(), asked);
    assert_eq!(shop.events().await.len(), 1, "the capture");
}

#[tokio::test]
async fn an_action_that_is_due_is_left_to_those_who_would_perform_it_anyway() {
    let shop = Shop::open().await;
    let order = placed("pm_card_visa");
    shop.bank.cut(2, Moment::Before);
    assert!(shop.hear(&order).await.is_err());
    let (due, asked) = (shop.payment().await, shop.bank.asked());
    shop.hear_at(&reowned(), later(2)).await.unwrap();
    assert_eq!(shop.payment().await, Payment { user_id: user(2, false).user_id, ..due });
    assert_eq!(shop.bank.asked(), asked);
    // As soon as without the new owner.
    shop.reconcile_at(later(3)).await.unwrap();
    let payment = shop.assert_settled("by the schedule").await;
    assert_eq!((payment.status, payment.user_id), (PaymentStatus::Captured, user(2, false).user_id));
}

#[tokio::test]
async fn a_payment_that_is_reowned_while_it_is_charged_is_captured_for_its_new_owner() {
    let shop = Shop::open().await;
    let order = placed("pm_card_visa");
    let gate = shop.bank.hold(Asked::Confirm, Moment::After);
    let meanwhile = async {
        gate.arrived.notified().await;
        shop.hear(&reowned()).await.unwrap();
        gate.released.notify_one();
    };
    let (charged, ()) = join(shop.hear(&order), meanwhile).await;
    charged.unwrap();
    let payment = shop.assert_settled("charged").await;
    assert_eq!((payment.status, payment.user_id), (PaymentStatus::Captured, user(2, false).user_id));
    let events = shop.events().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["data"]["user_id"], json!(user(2, false).user_id));
    assert_eq!(shop.bank.asked(), [Asked::Open, Asked::Confirm]);
}

/// A delivery that fails comes again.
#[tokio::test]
async fn a_reowned_order_that_ends_keeps_no_money_in_any_sequence_of_events() {
    for token in ["pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired"] {
        let (start, end, other) = (placed(token), cancelled(), reowned());
        for sequence in [
            [&start, &end, &other],
            [&start, &other, &end],
            [&end, &start, &other],
            [&end, &other, &start],
            [&other, &start, &end],
            [&other, &end, &start],
        ] {
            let shop = Shop::open().await;
            for event in sequence {
                let is_early = shop.payments.get(payment_id()).await.unwrap().is_none();
                let heard = shop.hear(event).await;
                assert_eq!(heard.is_err(), is_early && event.id == other.id, "{token}: {heard:?}");
            }
            shop.hear(&other).await.unwrap();
            let payment = shop.assert_settled_to_nothing(token).await;
            assert_eq!(payment.user_id, user(2, false).user_id, "{token}");
        }
    }
}
