use proptest::prelude::*;

use super::*;
use crate::events::OrderSummary;
use crate::payments::ledger::balance;
use crate::payments::{DisputeReport, DisputeStatus, PaymentStatus};
use crate::words::id::{OrderId, UserId};
use crate::words::money::Money;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn named(name: &str) -> GatewayId {
    GatewayId::try_new(name).unwrap()
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

/// Returns a captured payment.
fn paid(amount: i64) -> Payment {
    let order = OrderSummary {
        order_id: OrderId::from_parts(1, 1),
        user_id: UserId::from_parts(1, 2),
        lines: Vec::new(),
        total: eur(amount),
        tax: eur(0),
        cause: None,
        number: None,
        shipping: None,
        reduction: None,
        is_authorized: false,
    };
    Payment {
        status: PaymentStatus::Captured,
        captured: eur(amount),
        intent: Some(named("pi_1")),
        cancel_requested: false,
        ..Payment::void_before_start(&order, NOW)
    }
}

/// Returns the payment with a refund that the gateway has made.
fn refunded(payment: &Payment, amount: i64) -> Payment {
    let requested = payment.request_refund(refund_id(), eur(amount), NOW).unwrap().payment;
    requested.refunded(refund_id(), NOW).unwrap().payment
}

fn refund_id() -> RefundId {
    RefundId::from_parts(1, 1)
}

/// Returns the payment with a dispute, and the postings of that.
fn disputed(payment: &Payment, status: DisputeStatus, reinstated: i64) -> (Payment, Vec<Posting>) {
    let report = DisputeReport {
        gateway: named("dp_1"),
        amount: eur(4_180),
        status,
        reason: "fraudulent".to_owned(),
        due_by: None,
        withdrawn: eur(4_180),
        reinstated: eur(reinstated),
        fee: eur(2_000),
    };
    let (mut payment, mut postings) = (payment.clone(), Vec::new());
    while let Some(change) = payment.disputed(&report, NOW) {
        payment = change.payment;
        postings.extend(change.posting);
    }
    (payment, postings)
}

fn moved(movement: Movement, amount: i64, fee: i64) -> BalanceTransaction {
    BalanceTransaction {
        gateway: named("txn_1"),
        movement,
        payment_id: Some(PaymentId::of(OrderId::from_parts(1, 1))),
        intent: Some(named("pi_1")),
        amount,
        fee,
    }
}

fn payout(amount: i64) -> Payout {
    let gateway = named("po_1");
    Payout::found(&PayoutReport { gateway, amount, currency: Currency::EUR, is_itemised: true }, NOW)
}

fn posted(amount: i64, transactions: &[(BalanceTransaction, Option<&Payment>)]) -> PostedPart {
    payout(amount).posting(transactions, true, NOW).unwrap()
}

fn reasons(part: &PostedPart) -> Vec<MismatchReason> {
    part.mismatches.iter().map(|mismatch| mismatch.reason).collect()
}

fn balances(postings: &[Posting]) -> [i128; 4] {
    use Account::{Bank, DisputedFunds, GatewayFees, GatewayReceivable};
    [Bank, GatewayFees, GatewayReceivable, DisputedFunds].map(|account| balance(account, postings))
}

/// The example of the specification: 4180 with a fee of 88, of which 1305 were refunded, are paid out as 2787.
#[test]
fn a_payout_moves_what_is_receivable_to_the_bank() {
    let payment = refunded(&paid(4_180), 1_305);
    let transactions = [
        (moved(Movement::Charge, 4_180, 88), Some(&payment)),
        (moved(Movement::Refund(Some(refund_id())), -1_305, 0), Some(&payment)),
    ];
    let part = posted(2_787, &transactions);
    assert_eq!(balances(&Vec::from_iter(part.posting.clone())), [2_787, 88, -2_875, 0]);
    assert_eq!(part.mismatches, []);
    assert!(part.payout.is_complete());
    assert_eq!((part.payout.posted, part.payout.postings), (2_787, 1));
    assert_eq!(part.posting.unwrap().reference, "po_1-1");
}

#[test]
fn a_refund_that_came_back_was_paid_out_and_back() {
    let made = refunded(&paid(4_180), 1_305);
    let back = made.refund_returned(refund_id(), "expired_or_canceled_card", NOW).unwrap().payment;
    let (left, returned) = (
        moved(Movement::Refund(Some(refund_id())), -1_305, 0),
        moved(Movement::RefundFailure(Some(refund_id())), 1_305, 0),
    );
    let part = posted(0, &[(left, Some(&back)), (returned.clone(), Some(&back))]);
    assert_eq!((part.posting, part.mismatches), (None, Vec::new()));
    let unheard = posted(1_305, &[(returned, Some(&made))]);
    assert_eq!(unheard.mismatches[0].reason, MismatchReason::Differs);
}

#[test]
fn the_fee_of_a_dispute_is_posted_once() {
    let (payment, mut postings) = disputed(&paid(4_180), DisputeStatus::Lost, 0);
    let withdrawal = moved(Movement::DisputeWithdrawal(named("dp_1")), -4_180, 2_000);
    let part = posted(-6_180, &[(withdrawal.clone(), Some(&payment))]);
    assert_eq!(part.mismatches, []);
    postings.extend(part.posting);
    assert_eq!(balances(&postings), [-6_180, 2_000, 0, 0]);

    let (payment, mut postings) = disputed(&paid(4_180), DisputeStatus::Won, 4_180);
    let reversal = moved(Movement::DisputeReversal(named("dp_1")), 4_180, 0);
    let part = posted(-2_000, &[(withdrawal, Some(&payment)), (reversal, Some(&payment))]);
    assert_eq!(part.mismatches, []);
    postings.extend(part.posting);
    assert_eq!(balances(&postings), [-2_000, 2_000, 0, 0]);
}

#[test]
fn what_the_gateway_charges_by_itself_is_a_fee() {
    let part = posted(-150, &[(moved(Movement::Fee, -150, 0), None)]);
    assert_eq!(balances(&Vec::from_iter(part.posting)), [-150, 150, 0, 0]);
    assert_eq!(part.payout.mismatches, 0);
}

#[test]
fn what_is_not_in_the_books_is_posted_and_noted() {
    use MismatchReason::{Differs, NotOurs, UnknownMovement};
    let payment = refunded(&paid(4_180), 1_305);
    let charge = |amount| moved(Movement::Charge, amount, 0);
    let refund = |id, amount| moved(Movement::Refund(id), amount, 0);
    let dispute = moved(Movement::DisputeWithdrawal(named("dp_1")), -4_180, 2_000);
    let elsewhere = BalanceTransaction { intent: Some(named("pi_2")), ..charge(4_180) };
    let dollars = Payment { amount: Money::new(4_180, Currency::USD).unwrap(), ..payment.clone() };
    for (transaction, payment, expected) in [
        (charge(4_180), None, NotOurs),
        (elsewhere, Some(&payment), NotOurs),
        (charge(4_181), Some(&payment), Differs),
        (charge(4_180), Some(&dollars), Differs),
        (refund(Some(refund_id()), -1_304), Some(&payment), Differs),
        (refund(Some(RefundId::from_parts(1, 2)), -1_305), Some(&payment), Differs),
        (refund(None, -1_305), Some(&payment), Differs),
        (dispute, Some(&payment), Differs),
        (moved(Movement::Other("topup".to_owned()), 500, 0), None, UnknownMovement),
    ] {
        let part = posted(transaction.net(), &[(transaction.clone(), payment)]);
        assert_eq!(reasons(&part), [expected], "{transaction:?}");
        let posting = part.posting.unwrap();
        assert_eq!(balance(Account::Bank, [&posting]), i128::from(transaction.net()));
        assert_eq!(posting.balances(), Ok(true));
        assert_eq!(part.payout.mismatches, 1);
    }
}

/// What has happened to a payment since its charge was paid out is not the charge's matter.
#[test]
fn a_charge_matches_whatever_became_of_the_payment() {
    let mut all = refunded(&paid(4_180), 4_180);
    assert_eq!(all.status, PaymentStatus::Refunded);
    assert_eq!(reasons(&posted(4_092, &[(moved(Movement::Charge, 4_180, 88), Some(&all))])), []);
    all.cancel_requested = true;
    assert_eq!(reasons(&posted(4_092, &[(moved(Movement::Charge, 4_180, 88), Some(&all))])), []);
}

#[test]
fn transactions_that_do_not_add_up_are_noted() {
    let payment = paid(4_180);
    let part = posted(5_000, &[(moved(Movement::Charge, 4_180, 88), Some(&payment))]);
    assert_eq!(reasons(&part), [MismatchReason::WrongSum]);
    assert_eq!(part.mismatches[0].net, 908);
    assert!(part.payout.is_complete(), "nothing more will come");
}

#[test]
fn a_payout_that_was_ordered_by_hand_is_posted_as_one_sum() {
    let part = payout(2_787).posting_as_a_whole(NOW).unwrap();
    assert_eq!(balances(&Vec::from_iter(part.posting)), [2_787, 0, -2_787, 0]);
    assert!(part.payout.is_complete());
    assert_eq!(part.payout.mismatches, 0);
}

#[test]
fn an_empty_page_posts_nothing() {
    let part = posted(0, &[]);
    assert_eq!((part.posting, part.payout.postings), (None, 0));
    assert!(part.payout.is_complete());
}

proptest! {
    /// However a payout is divided into parts, its postings balance, have names of their own and sum up to it.
    #[test]
    fn parts_sum_up_to_the_payout(
        amounts in prop::collection::vec((-100_000_i64..100_000, 0_i64..500), 1..12),
        size in 1_usize..12,
    ) {
        let transactions: Vec<(BalanceTransaction, Option<&Payment>)> =
            amounts.iter().map(|(amount, fee)| (moved(Movement::Charge, *amount, *fee), None)).collect();
        let total: i64 = transactions.iter().map(|(transaction, _)| transaction.net()).sum();
        let parts: Vec<_> = transactions.chunks(size).collect();
        let (mut payout, mut postings) = (payout(total), Vec::new());
        for (index, part) in parts.iter().enumerate() {
            prop_assert!(!payout.is_complete());
            let posted = payout.posting(part, index + 1 == parts.len(), NOW).unwrap();
            payout = posted.payout;
            postings.extend(posted.posting);
        }
        prop_assert!(payout.is_complete());
        prop_assert_eq!(payout.posted, total);
        prop_assert_eq!(payout.mismatches, amounts.len() as u64);
        prop_assert_eq!(balance(Account::Bank, &postings), i128::from(total));
        prop_assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
        let names: std::collections::BTreeSet<&str> =
            postings.iter().map(|posting| posting.reference.as_str()).collect();
        prop_assert_eq!(names.len(), postings.len());
    }
}
