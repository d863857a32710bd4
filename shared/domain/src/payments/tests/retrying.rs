//! Customers who have to confirm a payment, and further attempts after a decline.

use super::*;

#[test]
fn a_payment_that_its_customer_never_confirms_is_looked_up_and_then_cancelled() {
    let waiting = opened().settled(ChargeOutcome::ActionRequired, NOW).unwrap().payment;
    assert!(matches!(waiting.due(), Some(due @ Due::LookUp(_)) if due.is_waiting()));
    assert_eq!(waiting.due_at(), Some(NOW + ACTION_LOOK_UP));
    assert_eq!(waiting.still_waits(NOW), None, "just asked");
    let later = NOW + ACTION_LOOK_UP;
    let asked = waiting.still_waits(later).unwrap();
    assert_eq!((asked.payment.due_at(), asked.event), (Some(later + ACTION_LOOK_UP), None));
    assert_eq!(waiting.expire(later), None);
    let abandoned = waiting.expire(too_late()).unwrap().payment;
    assert!(matches!(abandoned.due(), Some(Due::Cancel(_))));
}

#[test]
fn a_declined_payment_is_retried_at_the_same_payment_of_the_gateway() {
    let declined = opened().settled(declined(), NOW).unwrap().payment;
    let change = declined.retry(method("pm_card_mastercard"), None, NOW).unwrap();
    let Some(PaymentEvent::Retried(event)) = &change.event else { panic!("{:?}", change.event) };
    assert_eq!((event.attempt, event.attempt_id), (2, change.payment.attempt_id));
    let second = change.payment;
    assert_ne!(second.attempt_id, declined.attempt_id);
    assert_eq!((second.status, second.decline_code.as_deref()), (PaymentStatus::Pending, None));
    let Some(Due::Prepare(attempt)) = second.due() else { panic!("{:?}", second.due()) };
    assert_eq!(
        (attempt.intent, attempt.charge.payment_method),
        (intent("pi_1"), method("pm_card_mastercard"))
    );
    assert_eq!(second.prepared(declined.attempt_id, NOW), None, "prepared for an earlier attempt");
    let prepared = second.prepared(second.attempt_id, NOW).unwrap().payment;
    assert!(matches!(prepared.due(), Some(Due::Confirm(_))));
    assert_eq!(prepared.settle(declined.attempt_id, self::declined(), NOW), None, "the first attempt's");
    let captured = prepared.settled(ChargeOutcome::Captured, NOW).unwrap();
    assert_eq!(captured.posting.unwrap().reference, second.attempt_id.to_string());
}

#[test]
fn an_attempt_after_one_that_the_gateway_did_not_open_opens_the_payment() {
    let refused = Payment::begin(&placed(), NOW).settled(declined(), NOW).unwrap().payment;
    let second = refused.retry(method("pm_card_mastercard"), None, NOW).unwrap().payment;
    let Some(Due::Open(charge)) = second.due() else { panic!("{:?}", second.due()) };
    assert_eq!(charge.attempt_id, second.attempt_id);
    let opened = second.opened(intent("pi_1"), NOW).unwrap().payment;
    assert!(matches!(opened.due(), Some(Due::Confirm(_))));
    assert_eq!(opened.opened_attempt, 2);
}

#[test]
fn only_a_declined_payment_of_an_open_order_is_retried_and_five_times_at_most() {
    let retry = |payment: &Payment, now| payment.retry(method("pm_card_mastercard"), None, now);
    let declined = opened().settled(declined(), NOW).unwrap().payment;
    for (payment, refusal) in [
        (opened(), RetryRefusal::NotRetryable),
        (opened().settled(ChargeOutcome::ActionRequired, NOW).unwrap().payment, RetryRefusal::NotRetryable),
        (opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment, RetryRefusal::NotRetryable),
        (declined.cancel(NOW).unwrap().payment, RetryRefusal::OrderEnded),
        (Payment::void_before_start(&order(), NOW), RetryRefusal::OrderEnded),
    ] {
        assert_eq!(retry(&payment, NOW), Err(refusal), "{payment:?}");
    }
    assert_eq!(retry(&declined, too_late()), Err(RetryRefusal::OrderEnded));
    assert!(retry(&declined, too_late() - SignedDuration::from_secs(1)).is_ok());
    let mut payment = declined;
    for attempt in 2..=MAX_ATTEMPTS {
        payment = retry(&payment, NOW).unwrap().payment;
        assert_eq!(payment.attempt, attempt);
        payment = payment.prepared(payment.attempt_id, NOW).unwrap().payment;
        payment = payment.settled(self::declined(), NOW).unwrap().payment;
    }
    assert_eq!(retry(&payment, NOW), Err(RetryRefusal::TooManyAttempts));
}

#[test]
fn a_customer_with_ten_declines_a_day_does_not_retry() {
    let declined = opened().settled(declined(), NOW).unwrap().payment;
    let none = declines::Declines::none(declined.user_id);
    let nine = (1..=9u8)
        .fold(none, |declines, number| declines.with(AttemptId::from_parts(9, u128::from(number)), NOW));
    assert!(declined.retry(method("pm_card_mastercard"), Some(&nine), NOW).is_ok());
    let ten = nine.with(declined.attempt_id, NOW);
    let refused = declined.retry(method("pm_card_mastercard"), Some(&ten), NOW);
    assert_eq!(refused, Err(RetryRefusal::TooManyDeclines));
}

#[test]
fn a_declined_payment_of_an_ended_order_is_cancelled_at_the_gateway() {
    let ended = opened().settled(declined(), NOW).unwrap().payment.cancel(NOW).unwrap().payment;
    assert!(matches!(ended.due(), Some(Due::Cancel(_))), "its customer may be able to confirm it there");
    let late = ended.settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    assert!(matches!(late.due(), Some(Due::Refund(_))));
    assert_eq!(ended.voided(NOW).unwrap().payment.due(), None);
}
