//! Processes that die between any two calls, and processes that work on the same payment concurrently.

use domain::events::Envelope;
use domain::payments::PaymentStatus;
use futures::future::join;
use payments::gateway::GatewayError;

use crate::fixture::bank::{Asked, Moment};
use crate::fixture::{Shop, cancelled, expired, placed};

const TOKENS: [&str; 6] = [
    "pm_card_visa",
    "pm_card_visa_chargeDeclined",
    "pm_card_authenticationRequired",
    "pm_card_unheardOf",
    "pm_sandbox_timeoutBeforeCharge",
    "pm_sandbox_timeoutAfterCharge",
];

/// Between two calls of the gateway there is one write of the table, and nothing else. So it is enough to die just
/// before a call takes effect, or just after it has.
#[tokio::test]
async fn a_process_that_dies_at_any_call_charges_once_and_is_settled_by_retries() {
    let (mut runs, mut cut) = (0, 0);
    for token in TOKENS {
        let (start, cancel, expire) = (placed(token), cancelled(), expired());
        for events in
            [vec![&start], vec![&start, &cancel], vec![&cancel, &start], vec![&start, &expire, &cancel]]
        {
            for moment in [Moment::Before, Moment::After] {
                for nth in 1.. {
                    let case = format!("{token}, {} events, call {nth} dies {moment:?}", events.len());
                    let shop = Shop::open().await;
                    shop.bank.cut(nth, moment);
                    let heard = hear_all(&shop, &events).await;
                    shop.assert_books_balance(&case).await;
                    for _ in 0..2 {
                        hear_all(&shop, &events).await;
                    }
                    shop.reconcile().await.unwrap();
                    assert_settled(&shop, &events, &case).await;
                    runs += 1;
                    if shop.bank.asked().len() < nth || heard == 0 {
                        break;
                    }
                    cut += 1;
                }
            }
        }
    }
    assert!(cut > 60, "{cut} of {runs} runs were cut short");
}

/// The same without redelivery, as when the messages are in the dead-letter queue. Only the schedule is left.
#[tokio::test]
async fn a_process_that_dies_at_any_call_is_settled_by_the_schedule_alone() {
    for token in TOKENS {
        for end in [None, Some(cancelled())] {
            for moment in [Moment::Before, Moment::After] {
                for nth in 1.. {
                    let case = format!("{token}, {}, call {nth} dies {moment:?}", end.is_some());
                    let shop = Shop::open().await;
                    let start = placed(token);
                    let events: Vec<&Envelope> = [Some(&start), end.as_ref()].into_iter().flatten().collect();
                    shop.bank.cut(nth, moment);
                    hear_all(&shop, &events).await;
                    let reached = shop.bank.asked().len() >= nth;
                    // A timeout caused by the token may also hit a run of the schedule. The next run recovers.
                    shop.reconcile().await.unwrap();
                    if shop.payment().await.due().is_some() {
                        shop.reconcile_at(crate::fixture::later(13)).await.unwrap();
                    }
                    assert_settled(&shop, &events, &case).await;
                    if !reached {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn a_charge_with_a_lost_answer_is_refunded_after_a_cancellation() {
    let shop = Shop::open().await;
    let (start, end) = (placed("pm_card_visa"), cancelled());
    shop.bank.cut(2, Moment::After);
    assert!(shop.hear(&start).await.is_err());
    assert_eq!((shop.bank.asked(), shop.bank.holds()), (vec![Asked::Open, Asked::Confirm], 3_690));
    shop.hear(&end).await.unwrap();
    let payment = shop.assert_settled_to_nothing("cancelled").await;
    assert_eq!((payment.status, shop.bank.refunds()), (PaymentStatus::Refunded, 1));
}

/// The order is cancelled while its confirmation is under way. Whichever reaches the gateway first is final.
#[tokio::test]
async fn a_confirmation_after_the_cancellation_keeps_no_money() {
    for (moment, status, charges) in
        [(Moment::Before, PaymentStatus::Voided, 0), (Moment::After, PaymentStatus::Refunded, 1)]
    {
        let shop = Shop::open().await;
        let (start, end) = (placed("pm_card_visa"), cancelled());
        let gate = shop.bank.hold(Asked::Confirm, moment);
        let meanwhile = async {
            gate.arrived.notified().await;
            shop.hear(&end).await.unwrap();
            assert_eq!(
                shop.payment().await.status,
                status,
                "{moment:?}: done before the confirmation is answered"
            );
            gate.released.notify_one();
        };
        let (heard, ()) = join(shop.hear(&start), meanwhile).await;
        heard.unwrap();
        let payment = shop.assert_settled_to_nothing("late").await;
        assert_eq!((payment.status, shop.bank.charges()), (status, charges), "{moment:?}");
    }
}

#[tokio::test]
async fn an_order_that_ends_while_its_attempt_is_opened_is_never_confirmed() {
    for moment in [Moment::Before, Moment::After] {
        let shop = Shop::open().await;
        let (start, end) = (placed("pm_card_visa"), expired());
        let gate = shop.bank.hold(Asked::Open, moment);
        let meanwhile = async {
            gate.arrived.notified().await;
            shop.hear(&end).await.unwrap();
            gate.released.notify_one();
        };
        let (heard, ()) = join(shop.hear(&start), meanwhile).await;
        heard.unwrap();
        assert_eq!(shop.bank.asked(), [Asked::Open], "{moment:?}");
        assert_eq!(shop.assert_settled_to_nothing("told").await.status, PaymentStatus::Voided);
    }
}

#[tokio::test]
async fn a_cancellation_that_overtakes_the_order_does_not_call_the_gateway() {
    let shop = Shop::open().await;
    shop.hear(&cancelled()).await.unwrap();
    shop.hear(&placed("pm_card_visa")).await.unwrap();
    assert_eq!(shop.bank.asked(), []);
    assert_eq!(shop.assert_settled_to_nothing("overtaken").await.status, PaymentStatus::Voided);
}

/// Two deliveries open the attempt, and the gateway has forgotten the first key by the second call.
#[tokio::test]
async fn only_the_stored_intent_of_two_is_confirmed() {
    let shop = Shop::open().await;
    let start = placed("pm_card_visa");
    let gate = shop.bank.hold(Asked::Open, Moment::After);
    let meanwhile = async {
        gate.arrived.notified().await;
        shop.bank.forget_keys();
        shop.hear(&start).await.unwrap();
        gate.released.notify_one();
    };
    let (heard, ()) = join(shop.hear(&start), meanwhile).await;
    heard.unwrap();
    assert_eq!((shop.bank.intents(), shop.bank.charges(), shop.bank.holds()), (2, 1, 3_690));
    assert_eq!(shop.assert_settled("two names").await.status, PaymentStatus::Captured);
    assert_eq!(shop.events().await.len(), 1);
}

/// One delivery gets a refusal to open the attempt, while another has opened and confirmed it.
#[tokio::test]
async fn an_attempt_opened_concurrently_is_not_declined() {
    let shop = Shop::open().await;
    let start = placed("pm_card_authenticationRequired");
    shop.bank.takes_nothing_on(true);
    let gate = shop.bank.hold(Asked::Open, Moment::After);
    let meanwhile = async {
        gate.arrived.notified().await;
        shop.bank.takes_nothing_on(false);
        shop.hear(&start).await.unwrap();
        gate.released.notify_one();
    };
    let (heard, ()) = join(shop.hear(&start), meanwhile).await;
    heard.unwrap();
    assert_eq!(shop.assert_settled("opened").await.status, PaymentStatus::ActionRequired);
}

/// Idempotency keys live for a day. Nothing may depend on them.
#[tokio::test]
async fn nothing_depends_on_idempotency_keys() {
    let start = placed("pm_card_visa");
    for nth in 1..=2 {
        let shop = Shop::open().await;
        shop.bank.cut(nth, Moment::After);
        assert!(shop.hear(&start).await.is_err());
        shop.bank.forget_keys();
        shop.hear(&start).await.unwrap();
        let payment = shop.assert_settled(&format!("call {nth}")).await;
        assert_eq!((payment.status, shop.bank.charges()), (PaymentStatus::Captured, 1), "call {nth}");
    }
    let shop = Shop::open().await;
    shop.hear(&start).await.unwrap();
    shop.bank.cut(1, Moment::After);
    assert!(shop.hear(&expired()).await.is_err());
    assert_eq!((shop.payment().await.status, shop.bank.refunds()), (PaymentStatus::Captured, 1));
    shop.bank.forget_keys();
    shop.hear(&expired()).await.unwrap();
    shop.assert_settled_to_nothing("refunded").await;
    let events = shop.events().await;
    assert_eq!(events.iter().filter(|event| event["type"] == "bodega.refund.succeeded.v1").count(), 1);
}

#[tokio::test]
async fn a_refusal_by_the_gateway_is_an_error_and_declines_nothing() {
    let shop = Shop::open().await;
    let start = placed("pm_card_visa");
    shop.bank.refuse(true);
    let failure = shop.hear(&start).await.unwrap_err();
    let error = failure.downcast_ref::<GatewayError>().unwrap();
    assert!(matches!(error, GatewayError::Refused { status: 403, .. }), "{error}");
    assert_eq!(shop.payment().await.status, PaymentStatus::Pending);
    assert!(shop.events().await.is_empty(), "the customer is not notified");
    shop.bank.refuse(false);
    shop.hear(&start).await.unwrap();
    assert_eq!(shop.assert_settled("let in again").await.status, PaymentStatus::Captured);
}

/// Delivers all events and returns how many of them failed.
async fn hear_all(shop: &Shop, events: &[&Envelope]) -> usize {
    let mut failed = 0;
    for event in events {
        failed += usize::from(shop.hear(event).await.is_err());
    }
    failed
}

async fn assert_settled(shop: &Shop, events: &[&Envelope], case: &str) {
    if events.len() > 1 {
        shop.assert_settled_to_nothing(case).await;
    } else {
        let payment = shop.assert_settled(case).await;
        assert_ne!(payment.status, PaymentStatus::Pending, "{case}");
    }
    let events = shop.events().await;
    for kind in ["bodega.payment.captured.v1", "bodega.payment.failed.v1", "bodega.refund.succeeded.v1"] {
        assert!(events.iter().filter(|event| event["type"] == kind).count() <= 1, "{case}: {kind} twice");
    }
}
