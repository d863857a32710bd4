//! Refunds of the whole captured amount, and of parts of it.

use super::*;
use crate::events::ORDER_ENDED;

#[test]
fn a_refund_that_failed_is_no_longer_due_and_the_money_stays_owed() {
    let captured = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    assert_eq!(captured.refund_failed(rest(), "unknown".to_owned(), NOW), None, "no refund is due");
    let ended = captured.cancel(NOW).unwrap().payment;
    let failed = ended.refund_failed(rest(), "expired_or_canceled_card".to_owned(), NOW).unwrap();
    let Some(PaymentEvent::RefundFailed(event)) = &failed.event else { panic!("{:?}", failed.event) };
    assert_eq!((event.amount, event.reason.as_str()), (ended.captured, "expired_or_canceled_card"));
    let payment = failed.payment;
    assert_eq!((payment.due(), payment.due_at(), failed.posting), (None, None, None));
    assert_eq!(payment.captured.minus(payment.refunded).unwrap(), payment.amount, "the books still hold it");
    assert_eq!(payment.refund_failed(rest(), "again".to_owned(), NOW), None);
    assert_eq!((payment.cancel(NOW), payment.refunded(rest(), NOW)), (None, None));
    assert_eq!(payment.settled(ChargeOutcome::Captured, NOW), None);
}

#[test]
fn a_refund_that_comes_back_is_owed_again() {
    let captured = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    assert_eq!(captured.refund_returned(refund(1), "expired_or_canceled_card", NOW), None, "there is none");
    let granted = captured.request_refund(refund(1), captured.amount, NOW).unwrap().payment;
    assert_eq!(granted.refund_returned(refund(1), "expired_or_canceled_card", NOW), None, "it was not made");
    let made = granted.refunded(refund(1), NOW).unwrap();
    assert_eq!((made.payment.status, made.payment.has_made_refunds()), (PaymentStatus::Refunded, true));
    let back = made.payment.refund_returned(refund(1), "expired_or_canceled_card", NOW).unwrap();
    assert_eq!((back.payment.status, back.payment.refunded), (PaymentStatus::Captured, eur(0)));
    let (there, back_again) = (made.posting.unwrap(), back.posting.unwrap());
    assert_ne!(there.reference, back_again.reference);
    assert_eq!(balance(Account::CustomerOrders, [&there, &back_again]), 0);
    let Some(PaymentEvent::RefundFailed(event)) = &back.event else { panic!("{:?}", back.event) };
    assert_eq!((event.refund_id, event.is_owed()), (refund(1), true));
    assert_eq!(back.payment.refund_returned(refund(1), "expired_or_canceled_card", NOW), None, "again");
    assert_eq!(back.payment.due(), None);
    let again = back.payment.request_refund(refund(2), captured.amount, NOW).unwrap().payment;
    assert_eq!(again.refunded(refund(2), NOW).unwrap().payment.status, PaymentStatus::Refunded);
}

#[test]
fn the_refund_of_an_ended_order_that_comes_back_has_failed() {
    let ended = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment.cancel(NOW).unwrap().payment;
    let made = ended.refunded(rest(), NOW).unwrap().payment;
    let back = made.refund_returned(rest(), "expired_or_canceled_card", NOW).unwrap().payment;
    assert_eq!((back.status, back.due()), (PaymentStatus::RefundFailed, None));
}

#[test]
fn a_pending_refund_is_looked_up_after_an_hour() {
    let ended = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment.cancel(NOW).unwrap().payment;
    assert_eq!(ended.due_at(), Some(NOW));
    assert_eq!(ended.refund_still_pending(rest(), NOW), None, "the gateway has not accepted it");
    let pending = ended.refund_taken_on(rest(), intent("re_1"), NOW).unwrap().payment;
    assert_eq!(pending.due_at(), Some(NOW + REFUND_LOOK_UP));
    assert_eq!(pending.refund_still_pending(rest(), NOW), None, "just accepted");
    let later = NOW + REFUND_LOOK_UP;
    let looked_up = pending.refund_still_pending(rest(), later).unwrap();
    assert_eq!((looked_up.payment.due_at(), looked_up.event), (Some(later + REFUND_LOOK_UP), None));
}

/// The parts of 3,811, in any order, each twice.
#[test]
fn parts_are_refunded_once_each_and_sum_to_the_whole() {
    let of = Payment { amount: eur(3_811), ..opened() };
    let captured = of.settled(ChargeOutcome::Captured, NOW).unwrap();
    let parts = [(refund(1), 1_305), (refund(2), 1_305), (refund(3), 1_201)];
    for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (mut payment, mut postings) = (captured.payment.clone(), vec![captured.posting.clone().unwrap()]);
        for index in sequence.iter().chain(&sequence) {
            let (id, amount) = parts[*index];
            payment = payment.request_refund(id, eur(amount), NOW).map_or(payment, |change| change.payment);
        }
        while let Some(id) = due_refund(&payment) {
            let change = payment.refunded(id, NOW).unwrap();
            postings.extend(change.posting);
            payment = change.payment;
        }
        assert_eq!((payment.status, payment.refunded), (PaymentStatus::Refunded, eur(3_811)));
        assert_eq!((postings.len(), balance(Account::CustomerOrders, &postings)), (4, 0));
    }
}

#[test]
fn a_refund_of_more_than_is_left_fails_at_once() {
    let captured = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    let some = captured.request_refund(refund(1), eur(4_000), NOW).unwrap().payment;
    let much = some.request_refund(refund(2), eur(951), NOW).unwrap();
    let Some(PaymentEvent::RefundFailed(event)) = &much.event else { panic!("{:?}", much.event) };
    assert_eq!((event.refund_id, event.reason.as_str()), (refund(2), "exceeds_captured_amount"));
    assert_eq!((much.payment.status, much.posting), (PaymentStatus::Captured, None));
    assert_eq!(due_refund(&much.payment), Some(refund(1)));
    assert!(some.request_refund(refund(2), eur(950), NOW).unwrap().event.is_none());
    assert!(opened().request_refund(refund(1), eur(1), NOW).unwrap().event.is_some(), "nothing is captured");
}

#[test]
fn an_ended_order_gets_back_what_is_not_refunded_yet() {
    let captured = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    let part = captured.request_refund(refund(1), eur(950), NOW).unwrap().payment;
    let ended = part.cancel(NOW).unwrap().payment;
    let taken_on = ended.refund_taken_on(refund(1), intent("re_1"), NOW).unwrap().payment;
    let Some(Due::Refund(due)) = taken_on.due() else { panic!("{:?}", taken_on.due()) };
    assert_eq!(
        (due.refund_id, due.amount),
        (rest(), eur(4_000)),
        "a pending refund does not block the others"
    );
    let rested = taken_on.refunded(rest(), NOW).unwrap().payment;
    assert_eq!((rested.status, due_refund(&rested)), (PaymentStatus::Captured, Some(refund(1))));
    assert_eq!(rested.refunded(refund(1), NOW).unwrap().payment.status, PaymentStatus::Refunded);
    let failed = ended.refund_failed(refund(1), "unknown".to_owned(), NOW).unwrap().payment;
    let Some(Due::Refund(due)) = failed.due() else { panic!("{:?}", failed.due()) };
    assert_eq!((due.refund_id, due.amount), (rest(), eur(4_000)), "the gateway may have been asked for it");
    let rested = failed.refunded(rest(), NOW).unwrap().payment;
    let Some(Due::Refund(again)) = rested.due() else { panic!("{:?}", rested.due()) };
    assert_eq!((rested.status, again.amount), (PaymentStatus::Captured, eur(950)), "nobody else grants it");
    let back = rested.refunded(again.refund_id, NOW).unwrap().payment;
    assert_eq!((back.status, back.due()), (PaymentStatus::Refunded, None));
    let lost = rested.refund_failed(again.refund_id, "unknown".to_owned(), NOW).unwrap().payment;
    assert_eq!((lost.status, lost.due()), (PaymentStatus::RefundFailed, None));
}

#[test]
fn a_refund_that_is_granted_as_the_order_ends_comes_with_the_rest() {
    let captured = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    let ended = captured.cancel(NOW).unwrap().payment;
    let late = ended.request_refund(refund(1), eur(950), NOW).unwrap();
    let Some(PaymentEvent::RefundFailed(event)) = &late.event else { panic!("{:?}", late.event) };
    assert_eq!((event.refund_id, event.reason.as_str()), (refund(1), ORDER_ENDED));
    let Some(Due::Refund(due)) = late.payment.due() else { panic!("{:?}", late.payment.due()) };
    assert_eq!((due.refund_id, due.amount), (rest(), eur(4_950)));
    assert_eq!(late.payment.refunded(rest(), NOW).unwrap().payment.status, PaymentStatus::Refunded);
}

/// Rows from before there was a list of refunds, and more than one attempt.
#[test]
fn a_row_without_the_new_fields_has_the_same_action_due() {
    let ended = opened().settled(ChargeOutcome::Captured, NOW).unwrap().payment.cancel(NOW).unwrap().payment;
    let mut row = serde_json::to_value(&ended).unwrap();
    row.as_object_mut().unwrap().remove("refunds").unwrap();
    assert!(row.get("opened_attempt").is_none(), "it is left out");
    let mut pending = row.clone();
    pending["refund"] = "re_1".into();
    for (row, taken_on) in [(row, None), (pending, Some(intent("re_1")))] {
        let payment: Payment = serde_json::from_value(row).unwrap();
        let Some(Due::Refund(refund)) = payment.due() else { panic!("{:?}", payment.due()) };
        assert_eq!((refund.refund_id, refund.amount, refund.taken_on), (rest(), payment.captured, taken_on));
    }
    let unopened = serde_json::to_value(Payment::begin(&placed(), NOW)).unwrap();
    let payment: Payment = serde_json::from_value(unopened).unwrap();
    assert!(matches!(payment.due(), Some(Due::Open(_))));
}
