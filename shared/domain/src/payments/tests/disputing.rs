//! Disputes: what the gateway states, in any sequence, and what becomes of refunds meanwhile.

use super::*;
use crate::events::{DisputeOutcome, LOST_IN_DISPUTE};
use crate::payments::ledger::{Entry, Side};

const LATER: Timestamp = Timestamp::constant(60, 0);

/// Returns a payment of 4,180 that is captured, and its posting.
fn captured() -> (Payment, Vec<Posting>) {
    let of = Payment { amount: eur(4_180), ..opened() };
    let captured = of.settled(ChargeOutcome::Captured, NOW).unwrap();
    (captured.payment, captured.posting.into_iter().collect())
}

fn report(status: DisputeStatus) -> DisputeReport {
    let taken = !matches!(status, DisputeStatus::Inquiry | DisputeStatus::InquiryClosed);
    let back = status == DisputeStatus::Won;
    DisputeReport {
        gateway: intent("dp_1"),
        amount: eur(4_180),
        status,
        reason: "product_not_received".to_owned(),
        due_by: Some(LATER),
        withdrawn: eur(if taken { 4_180 } else { 0 }),
        reinstated: eur(if back { 4_180 } else { 0 }),
        fee: eur(if taken { 2_000 } else { 0 }),
    }
}

/// Applies a report until it tells nothing new, and returns the postings and the events.
fn hear(payment: &mut Payment, report: &DisputeReport) -> (Vec<Posting>, Vec<PaymentEvent>) {
    let (mut postings, mut events) = (Vec::new(), Vec::new());
    while let Some(change) = payment.disputed(report, LATER) {
        postings.extend(change.posting);
        events.extend(change.event);
        *payment = change.payment;
    }
    (postings, events)
}

fn entries(posting: &Posting) -> Vec<(Account, Side, i64)> {
    let entry = |entry: &Entry| (entry.account, entry.side, entry.amount.amount());
    posting.entries.iter().map(entry).collect()
}

#[test]
fn a_dispute_takes_the_amount_and_the_fee_until_it_is_decided() {
    use Account::{DisputeLosses, DisputedFunds, GatewayFees, GatewayReceivable};
    use Side::{Credit, Debit};
    for (status, outcome, expected) in [
        (
            DisputeStatus::Lost,
            DisputeOutcome::Lost,
            [(DisputeLosses, Debit, 4_180), (DisputedFunds, Credit, 4_180)],
        ),
        (
            DisputeStatus::Won,
            DisputeOutcome::Won,
            [(DisputedFunds, Credit, 4_180), (GatewayReceivable, Debit, 4_180)],
        ),
    ] {
        let (mut payment, before) = captured();
        let (opened, events) = hear(&mut payment, &report(DisputeStatus::Open));
        let taken =
            [(DisputedFunds, Debit, 4_180), (GatewayFees, Debit, 2_000), (GatewayReceivable, Credit, 6_180)];
        assert_eq!(opened.iter().map(entries).collect::<Vec<_>>(), [taken]);
        assert!(
            matches!(events.as_slice(), [PaymentEvent::DisputeOpened(opened)] if opened.amount == eur(4_180))
        );
        assert!(payment.is_disputed());
        let (closed, events) = hear(&mut payment, &report(status));
        assert_eq!(closed.iter().map(entries).collect::<Vec<_>>(), [expected]);
        let [PaymentEvent::DisputeClosed(event)] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!((event.outcome, event.amount), (outcome, eur(4_180)));
        let postings: Vec<Posting> = before.into_iter().chain(opened).chain(closed).collect();
        assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
        let references: BTreeSet<&str> = postings.iter().map(|posting| posting.reference.as_str()).collect();
        assert_eq!(references.len(), 3, "each has a key of its own");
        let lost = status == DisputeStatus::Lost;
        assert_eq!(balance(GatewayReceivable, &postings), if lost { -2_000 } else { 2_180 });
        assert_eq!(
            (balance(DisputedFunds, &postings), payment.is_disputed(), payment.due()),
            (0, false, None)
        );
        assert_eq!(payment.lost(), eur(if lost { 4_180 } else { 0 }));
    }
}

/// Reports are read at the gateway, and may be written in another sequence.
/// A dispute of a part of the price.
fn part(status: DisputeStatus) -> DisputeReport {
    DisputeReport { amount: eur(2_000), withdrawn: eur(2_000), ..report(status) }
}

#[test]
fn reports_in_any_sequence_end_in_the_same_accounts() {
    use DisputeStatus::{Inquiry, Lost, Open, Won};
    for sequence in [
        vec![Inquiry, Open, Lost],
        vec![Open, Lost],
        vec![Lost],
        vec![Lost, Open],
        vec![Lost, Inquiry, Open, Lost],
        vec![Inquiry, Lost],
        vec![Open, Open, Inquiry, Lost, Lost],
    ] {
        let (mut payment, mut postings) = captured();
        let mut events = Vec::new();
        for status in &sequence {
            let (posted, emitted) = hear(&mut payment, &report(*status));
            postings.extend(posted);
            events.extend(emitted);
        }
        assert_eq!(balance(Account::DisputeLosses, &postings), 4_180, "{sequence:?}");
        assert_eq!(balance(Account::GatewayReceivable, &postings), -2_000, "{sequence:?}");
        assert_eq!((postings.len(), events.len()), (3, 2), "{sequence:?}: {events:?}");
    }
    let (mut payment, mut postings) = captured();
    for status in [Lost, Won, Lost] {
        postings.extend(hear(&mut payment, &report(status)).0);
    }
    assert_eq!(balance(Account::DisputeLosses, &postings), 0, "a loss that was overturned");
    assert_eq!(balance(Account::GatewayReceivable, &postings), 2_180);
}

#[test]
fn an_inquiry_takes_nothing_and_a_refund_ends_it() {
    let (mut payment, _) = captured();
    let (postings, events) = hear(&mut payment, &report(DisputeStatus::Inquiry));
    assert_eq!((postings.len(), events.len(), payment.is_disputed()), (0, 0, false));
    let requested = payment.request_refund(refund(1), eur(4_180), NOW).unwrap().payment;
    assert_eq!(due_refund(&requested), Some(refund(1)));
    let (postings, events) = hear(&mut payment, &report(DisputeStatus::InquiryClosed));
    assert_eq!((postings.len(), events.len(), payment.due()), (0, 0, None));
}

#[test]
fn refunds_wait_for_the_end_of_a_dispute() {
    let (mut payment, _) = captured();
    hear(&mut payment, &report(DisputeStatus::Open));
    let mut waiting = payment.request_refund(refund(1), eur(1_450), NOW).unwrap().payment;
    let due = waiting.due().unwrap();
    assert_eq!((&due, due.is_waiting()), (&Due::LookUpDispute(intent("dp_1")), true));
    assert_eq!(waiting.due_at(), Some(LATER + disputes::DISPUTE_LOOK_UP));
    let mut lost = waiting.clone();
    hear(&mut waiting, &report(DisputeStatus::Won));
    assert_eq!(due_refund(&waiting), Some(refund(1)));

    hear(&mut lost, &report(DisputeStatus::Lost));
    assert_eq!(lost.due(), Some(Due::Drop(refund(1))));
    let dropped = lost.refund_dropped(refund(1), NOW).unwrap();
    let Some(PaymentEvent::RefundFailed(event)) = &dropped.event else { panic!("{:?}", dropped.event) };
    assert_eq!((event.reason.as_str(), event.is_owed(), event.amount), (LOST_IN_DISPUTE, false, eur(1_450)));
    assert_eq!((dropped.posting, dropped.payment.due()), (None, None));
    assert_eq!(dropped.payment.refund_dropped(refund(1), NOW), None);
    let late = dropped.payment.request_refund(refund(2), eur(1), NOW).unwrap();
    let Some(PaymentEvent::RefundFailed(event)) = &late.event else { panic!("{:?}", late.event) };
    assert_eq!(event.reason, LOST_IN_DISPUTE);
    let much = dropped.payment.request_refund(refund(3), eur(4_181), NOW).unwrap();
    let Some(PaymentEvent::RefundFailed(event)) = &much.event else { panic!("{:?}", much.event) };
    assert_eq!(event.reason, "exceeds_captured_amount");
}

/// A part was disputed, so the rest can be refunded: as much as fits, in the sequence in which it was granted.
#[test]
fn what_a_lost_dispute_leaves_is_refunded() {
    let (mut payment, _) = captured();
    hear(&mut payment, &part(DisputeStatus::Open));
    for (number, amount) in [(1, 1_500), (2, 1_000), (3, 600)] {
        payment = payment.request_refund(refund(number), eur(amount), NOW).unwrap().payment;
    }
    hear(&mut payment, &part(DisputeStatus::Lost));
    assert_eq!(payment.due(), Some(Due::Drop(refund(2))), "1,500 and 600 of 2,180 fit");
    payment = payment.refund_dropped(refund(2), NOW).unwrap().payment;
    for number in [1, 3] {
        assert_eq!(due_refund(&payment), Some(refund(number)));
        payment = payment.refunded(refund(number), NOW).unwrap().payment;
    }
    assert_eq!((payment.refunded, payment.due()), (eur(2_100), None));
    let ended = payment.cancel(NOW).unwrap().payment;
    let rest = ended.refunded(due_refund(&ended).unwrap(), NOW).unwrap().payment;
    assert_eq!((rest.refunded, rest.due()), (eur(2_180), None), "the rest of an ended order's money");
}

#[test]
fn an_order_that_ends_while_it_is_disputed_gets_its_money_back_once() {
    let (mut payment, _) = captured();
    hear(&mut payment, &report(DisputeStatus::Open));
    let ended = payment.cancel(NOW).unwrap().payment;
    assert!(ended.due().unwrap().is_waiting(), "the bank has the money");
    let (mut won, mut lost) = (ended.clone(), ended);
    hear(&mut won, &report(DisputeStatus::Won));
    assert_eq!(won.refunded(due_refund(&won).unwrap(), NOW).unwrap().payment.refunded, eur(4_180));
    hear(&mut lost, &report(DisputeStatus::Lost));
    let dropped = lost.refund_dropped(due_drop(&lost), NOW).unwrap();
    assert!(matches!(&dropped.event, Some(PaymentEvent::RefundFailed(event)) if !event.is_owed()));
    assert_eq!(dropped.payment.due(), None, "the bank has given it to the customer");
    let (mut in_part, _) = captured();
    hear(&mut in_part, &part(DisputeStatus::Open));
    in_part = in_part.cancel(NOW).unwrap().payment;
    hear(&mut in_part, &part(DisputeStatus::Lost));
    let left = in_part.refund_dropped(due_drop(&in_part), NOW).unwrap().payment;
    let back = left.refunded(due_refund(&left).unwrap(), NOW).unwrap().payment;
    assert_eq!((back.refunded, back.due()), (eur(2_180), None), "what the bank has not taken");
    assert_eq!(back.status, PaymentStatus::Captured, "nothing is owed any more");
}

fn due_drop(payment: &Payment) -> RefundId {
    match payment.due() {
        Some(Due::Drop(refund_id)) => refund_id,
        due => panic!("{due:?}"),
    }
}

#[test]
fn a_dispute_in_another_currency_is_no_statement_about_the_payment() {
    let (payment, _) = captured();
    let dollars = Money::new(4_500, Currency::USD).unwrap();
    assert_eq!(
        payment.disputed(&DisputeReport { amount: dollars, ..report(DisputeStatus::Open) }, NOW),
        None
    );
}

proptest! {
    /// Whatever is stated, refunded and granted in whatever sequence: every posting balances, and no more than was captured goes to the
    /// customer by refunds that were asked for once the dispute was known.
    #[test]
    fn money_goes_back_once(steps in prop::collection::vec((0u8..6, 1i64..4_180), 1..24)) {
        let (mut payment, mut postings) = captured();
        let mut number = 0;
        for (step, amount) in steps {
            let status = match step {
                0 => Some(DisputeStatus::Open),
                1 => Some(DisputeStatus::Lost),
                2 => Some(DisputeStatus::Won),
                _ => None,
            };
            if let Some(status) = status {
                postings.extend(hear(&mut payment, &report(status)).0);
            } else if step == 3 {
                number += 1;
                let change = payment.request_refund(refund(number), eur(amount), NOW);
                payment = change.map_or(payment, |change| change.payment);
            } else if let Some(due) = payment.due() {
                let change = match due {
                    Due::Refund(due) => payment.refunded(due.refund_id, NOW),
                    Due::Drop(id) => payment.refund_dropped(id, NOW),
                    _ => None,
                };
                if let Some(change) = change {
                    postings.extend(change.posting);
                    payment = change.payment;
                }
            }
            prop_assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
            let taken: i64 = payment.disputes.iter().map(|dispute| dispute.withdrawn.amount() - dispute.reinstated.amount()).sum();
            let fees: i64 = payment.disputes.iter().map(|dispute| dispute.fee.amount()).sum();
            let held = payment.captured.amount() - payment.refunded.amount() - taken - fees;
            prop_assert_eq!(balance(Account::GatewayReceivable, &postings), i128::from(held));
            prop_assert_eq!(balance(Account::DisputeLosses, &postings), i128::from(payment.lost().amount()));
        }
    }
}
