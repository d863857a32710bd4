//! `retry-payment` and its outcomes.

use domain::payments::PaymentStatus;
use domain::words::id::OrderId;
use edge::{Call, NoBody};
use futures::future::join;
use payments::gateway::Gateway;
use payments::payments::{get_payment, retry_payment};

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{
    Shop, cancelled, expired, later, now, paying_with, payment_id, placed, placed_of, reported, user,
};

const DECLINED: &str = "pm_card_visa_chargeDeclined";
const GOOD: &str = "pm_card_visa";

/// Returns a shop whose one order was declined.
async fn declined() -> Shop {
    let shop = Shop::open().await;
    shop.hear(&placed(DECLINED)).await.unwrap();
    shop
}

#[tokio::test]
async fn a_declined_payment_is_captured_with_another_card_and_charged_once() {
    let shop = declined().await;
    let reply = shop.retry(GOOD, "again", later(1)).await.unwrap();
    assert_eq!(reply.status(), 202);
    let view = reply.body().unwrap();
    assert_eq!((view.status, view.attempt, view.decline_code), (PaymentStatus::Pending, 2, None));
    assert_eq!(
        shop.bank.asked(),
        [Asked::Open, Asked::Confirm],
        "the gateway is asked when the event arrives"
    );

    let retried = shop.retried().await;
    assert_eq!(retried.event.queues().len(), 2, "to payments and to orders");
    for _ in 0..2 {
        shop.hear_at(&retried, later(1)).await.unwrap();
    }
    let payment = shop.assert_settled("with another card").await;
    assert_eq!((payment.status, payment.attempt), (PaymentStatus::Captured, 2));
    assert_eq!(shop.bank.asked()[2..], [Asked::Prepare, Asked::Confirm]);
    assert_eq!((shop.bank.intents(), shop.bank.charges(), shop.bank.holds()), (1, 1, 3_690));
    let events = shop.events().await;
    let mut attempts: Vec<_> =
        events.iter().map(|event| (event["type"].as_str(), event["data"]["attempt"].as_u64())).collect();
    attempts.sort_unstable();
    let expected = [
        (Some("bodega.payment.captured.v1"), Some(2)),
        (Some("bodega.payment.failed.v1"), None),
        (Some("bodega.payment.retried.v1"), Some(2)),
    ];
    assert_eq!(attempts, expected);
}

#[tokio::test]
async fn a_repeated_request_begins_one_attempt() {
    let shop = declined().await;
    let first = shop.retry(GOOD, "again", now()).await.unwrap();
    shop.hear(&shop.retried().await).await.unwrap();
    let second = shop.retry(GOOD, "again", later(1)).await.unwrap();
    assert_eq!(first.body(), second.body(), "the first one's reply");
    assert_eq!(shop.payment().await.attempt, 2);
    let other = shop.retry(DECLINED, "again", now()).await.unwrap_err();
    assert_eq!((other.status().as_u16(), other.code()), (422, "idempotency_key_reused"));
}

#[tokio::test]
async fn a_payment_is_retried_by_its_customer_only() {
    let shop = declined().await;
    let body = paying_with(GOOD);
    for caller in [user(2, false), user(2, true)] {
        let call = Call::new(caller, body.clone(), now()).with_path("payment_id", payment_id());
        let call = call.with_header("idempotency-key", "k");
        let problem =
            retry_payment((shop.payments.clone(), Gateway::new(shop.bank.clone())), call).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (404, "payment_not_found"));
    }
    let keyless = Call::new(user(1, false), body, now()).with_path("payment_id", payment_id());
    let problem =
        retry_payment((shop.payments.clone(), Gateway::new(shop.bank.clone())), keyless).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (400, "idempotency_key_missing"));
}

#[tokio::test]
async fn only_a_declined_payment_of_an_open_order_is_retried() {
    let refused = async |shop: &Shop, at| {
        let problem = shop.retry(GOOD, "k", at).await.unwrap_err();
        (problem.status().as_u16(), problem.code().to_owned())
    };
    for token in [GOOD, "pm_card_authenticationRequired"] {
        let shop = Shop::open().await;
        shop.hear(&placed(token)).await.unwrap();
        assert_eq!(refused(&shop, now()).await, (409, "payment_not_retryable".to_owned()), "{token}");
    }
    let shop = declined().await;
    assert_eq!(
        refused(&shop, later(20)).await,
        (409, "order_ended".to_owned()),
        "five minutes after the hold"
    );
    shop.hear(&cancelled()).await.unwrap();
    assert_eq!(refused(&shop, now()).await, (409, "order_ended".to_owned()));
    assert!(
        shop.bank.asked().contains(&Asked::Cancel),
        "its customer may be able to confirm it at the gateway"
    );
}

#[tokio::test]
async fn the_sixth_attempt_is_refused() {
    let shop = declined().await;
    for attempt in 2..=5 {
        shop.retry(DECLINED, &format!("attempt-{attempt}"), now()).await.unwrap();
        shop.hear(&shop.retried().await).await.unwrap();
        assert_eq!(shop.payment().await.status, PaymentStatus::Failed);
    }
    let problem = shop.retry(GOOD, "attempt-6", now()).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (429, "too_many_attempts"));
    assert_eq!((shop.bank.intents(), shop.bank.holds()), (1, 0));
    let failed =
        shop.events().await.iter().filter(|event| event["type"] == "bodega.payment.failed.v1").count();
    assert_eq!(failed, 5, "one for each attempt");
}

/// All orders together, and each attempt once however often its event is delivered.
#[tokio::test]
async fn a_customer_with_ten_declines_within_a_day_does_not_retry() {
    let shop = declined().await;
    for number in 2..=9 {
        let start = placed_of(OrderId::from_parts(1, number), 100 + number, DECLINED);
        for _ in 0..2 {
            shop.hear(&start).await.unwrap();
        }
    }
    let declines = shop.payments.declines(user(1, false).user_id).await.unwrap().unwrap().value;
    assert_eq!(declines.attempts.len(), 9);
    shop.retry(DECLINED, "the-tenth", now()).await.unwrap();
    shop.hear(&shop.retried().await).await.unwrap();
    let problem = shop.retry(GOOD, "the-eleventh", later(1)).await.unwrap_err();
    assert_eq!((problem.status().as_u16(), problem.code()), (429, "too_many_declines"));
}

#[tokio::test]
async fn a_payment_that_could_not_be_opened_is_opened_by_the_next_attempt() {
    let shop = Shop::open().await;
    shop.hear(&placed("pm_card_unheardOf")).await.unwrap();
    assert_eq!(shop.payment().await.status, PaymentStatus::Failed);
    shop.retry(GOOD, "again", now()).await.unwrap();
    shop.hear(&shop.retried().await).await.unwrap();
    assert_eq!(shop.assert_settled("opened").await.status, PaymentStatus::Captured);
    assert_eq!(shop.bank.asked(), [Asked::Open, Asked::Open, Asked::Confirm]);
}

#[tokio::test]
async fn an_unusable_payment_method_is_declined_and_can_be_replaced() {
    let shop = declined().await;
    for (number, (token, status)) in
        [("pm_card_unheardOf", PaymentStatus::Failed), (GOOD, PaymentStatus::Captured)]
            .into_iter()
            .enumerate()
    {
        shop.retry(token, &number.to_string(), now()).await.unwrap();
        shop.hear(&shop.retried().await).await.unwrap();
        assert_eq!(shop.payment().await.status, status, "{token}");
    }
    assert_eq!(shop.payment().await.attempt, 3);
}

/// Between two calls of the gateway there is one write, so it is enough to die at a call.
#[tokio::test]
async fn a_retry_that_dies_at_any_call_charges_once() {
    for token in [
        GOOD,
        DECLINED,
        "pm_card_unheardOf",
        "pm_sandbox_timeoutBeforeCharge",
        "pm_sandbox_timeoutAfterCharge",
    ] {
        for end in [None, Some(cancelled())] {
            for moment in [Moment::Before, Moment::After] {
                for nth in 1.. {
                    let case = format!("{token}, {}, call {nth} dies {moment:?}", end.is_some());
                    let shop = declined().await;
                    shop.retry(token, "again", now()).await.unwrap();
                    let (retried, before) = (shop.retried().await, shop.bank.asked().len());
                    shop.bank.cut(nth, moment);
                    for event in
                        [Some(&retried), end.as_ref(), Some(&retried), end.as_ref()].into_iter().flatten()
                    {
                        // A delivery that fails comes again.
                        drop(shop.hear(event).await);
                        shop.assert_books_balance(&case).await;
                    }
                    shop.reconcile().await.unwrap();
                    if end.is_some() {
                        shop.assert_settled_to_nothing(&case).await;
                    } else {
                        shop.assert_settled(&case).await;
                    }
                    if shop.bank.asked().len() < before + nth {
                        break;
                    }
                }
            }
        }
    }
}

/// The hold ends while another attempt is under way. Whichever reaches the gateway first is final.
#[tokio::test]
async fn a_retry_that_races_with_the_end_of_the_hold_is_captured_or_holds_nothing() {
    for asked in [Asked::Prepare, Asked::Confirm] {
        for moment in [Moment::Before, Moment::After] {
            let case = format!("{asked:?} {moment:?}");
            let shop = declined().await;
            shop.retry(GOOD, "again", later(14)).await.unwrap();
            let retried = shop.retried().await;
            let gate = shop.bank.hold(asked, moment);
            let meanwhile = async {
                gate.arrived.notified().await;
                shop.hear_at(&expired(), later(15)).await.unwrap();
                gate.released.notify_one();
            };
            let (heard, ()) = join(shop.hear_at(&retried, later(14)), meanwhile).await;
            heard.unwrap();
            shop.assert_settled_to_nothing(&case).await;
        }
    }
}

/// A process that confirms the first attempt is slow, and the second is under way when it writes.
#[tokio::test]
async fn a_late_decline_of_the_first_attempt_changes_nothing() {
    let shop = Shop::open().await;
    let start = placed(DECLINED);
    let gate = shop.bank.hold(Asked::Confirm, Moment::After);
    let meanwhile = async {
        gate.arrived.notified().await;
        shop.hear(&start).await.unwrap();
        shop.retry(GOOD, "again", now()).await.unwrap();
        gate.released.notify_one();
    };
    let (late, ()) = join(shop.hear(&start), meanwhile).await;
    late.unwrap();
    // It went on with the second attempt, and could not record that, since its own event was settled by then.
    shop.hear(&shop.retried().await).await.unwrap();
    let payment = shop.assert_settled("late").await;
    assert_eq!((payment.status, payment.attempt, shop.bank.charges()), (PaymentStatus::Captured, 2, 1));
}

/// Two processes perform the same attempt, and one of them is slow.
#[tokio::test]
async fn an_attempt_prepared_twice_is_confirmed_once() {
    for token in [GOOD, DECLINED, "pm_card_authenticationRequired"] {
        for moment in [Moment::Before, Moment::After] {
            let shop = declined().await;
            shop.retry(token, "again", now()).await.unwrap();
            let retried = shop.retried().await;
            let gate = shop.bank.hold(Asked::Prepare, moment);
            let meanwhile = async {
                gate.arrived.notified().await;
                shop.reconcile().await.unwrap();
                gate.released.notify_one();
            };
            let (late, ()) = join(shop.hear(&retried), meanwhile).await;
            late.unwrap();
            let payment = shop.assert_settled(token).await;
            assert_ne!(payment.status, PaymentStatus::Pending, "{token} {moment:?}");
            let confirmed = shop.bank.asked().iter().filter(|asked| **asked == Asked::Confirm).count();
            assert_eq!(confirmed, 2, "{token} {moment:?}: once for each attempt");
        }
    }
}

/// Its client secret lets the customer's browser confirm it with another card.
#[tokio::test]
async fn a_payment_confirmed_without_the_shop_is_captured_when_it_is_reported() {
    let shop = declined().await;
    shop.bank.customer_pays_without_the_shop();
    for number in 1..=2 {
        shop.hear(&reported(number, "payment_intent.succeeded")).await.unwrap();
    }
    assert_eq!(shop.assert_settled("reported").await.status, PaymentStatus::Captured);
    let captured =
        shop.events().await.iter().filter(|event| event["type"] == "bodega.payment.captured.v1").count();
    assert_eq!(captured, 1);

    let shop = declined().await;
    shop.retry(GOOD, "again", now()).await.unwrap();
    shop.bank.customer_pays_without_the_shop();
    shop.hear(&shop.retried().await).await.unwrap();
    assert_eq!(shop.assert_settled("before the next attempt").await.status, PaymentStatus::Captured);
    assert_eq!(shop.bank.charges(), 1);
}

#[tokio::test]
async fn get_payment_shows_the_latest_attempt() {
    let shop = declined().await;
    shop.retry(DECLINED, "again", now()).await.unwrap();
    let get = async || {
        let call = Call::new(user(1, false), NoBody, now()).with_path("payment_id", payment_id());
        get_payment(shop.payments.clone(), call).await.unwrap().body().unwrap().clone()
    };
    let view = get().await;
    assert_eq!((view.status, view.attempt, view.decline_code), (PaymentStatus::Pending, 2, None));
    shop.hear(&shop.retried().await).await.unwrap();
    let view = get().await;
    assert_eq!((view.status, view.attempt, view.decline_code.is_some()), (PaymentStatus::Failed, 2, true));
}
