mod disputing;
mod refunding;
mod retrying;

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::payments::ledger::balance;
use crate::words::hold::LATE_PAYMENT;
use crate::words::id::RefundId;
use crate::words::money::Currency;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn order() -> OrderSummary {
    let total = Money::new(4_950, Currency::EUR).unwrap();
    OrderSummary {
        order_id: OrderId::from_parts(1, 1),
        user_id: UserId::from_parts(1, 2),
        lines: Vec::new(),
        total,
        tax: total.nothing_of(),
        cause: None,
        number: None,
        shipping: None,
        reduction: None,
    }
}

fn placed() -> OrderPlaced {
    OrderPlaced {
        order: order(),
        payment_method: PaymentMethod::try_new("pm_card_visa").unwrap(),
        method_use: MethodUse::Once,
        held_until: NOW + SignedDuration::from_mins(15),
    }
}

/// Returns the customer with an account that the guest who placed the order turns out to be.
fn account() -> UserId {
    UserId::from_parts(1, 3)
}

/// Returns a time long after the order's end.
fn too_late() -> Timestamp {
    placed().held_until + LATE_PAYMENT
}

fn declined() -> ChargeOutcome {
    ChargeOutcome::Declined { code: "card_declined".to_owned() }
}

fn intent(name: &str) -> GatewayId {
    GatewayId::try_new(name).unwrap()
}

/// Returns a payment whose attempt exists at the gateway.
fn opened() -> Payment {
    Payment::begin(&placed(), NOW).opened(intent("pi_1"), NOW).unwrap().payment
}

impl Payment {
    /// Applies an outcome of the latest attempt.
    fn settled(&self, outcome: ChargeOutcome, now: Timestamp) -> Option<Change> {
        self.settle(self.attempt_id, outcome, now)
    }
}

fn method(name: &str) -> PaymentMethod {
    PaymentMethod::try_new(name).unwrap()
}

/// Returns the id of the refund of an ended order.
fn rest() -> RefundId {
    RefundId::derived_from(&[&PaymentId::of(order().order_id).to_string(), "order_ended"])
}

fn refund(number: u8) -> RefundId {
    RefundId::from_parts(1, u128::from(number))
}

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

/// All operations on a payment.
#[derive(Debug, Clone)]
enum Command {
    Opened(GatewayId),
    Prepared,
    TryAgain,
    Settle(ChargeOutcome),
    /// An outcome of the first attempt, which may arrive during a later one.
    SettleFirst(ChargeOutcome),
    StillWaits,
    Retry,
    Cancel,
    Expire,
    Voided,
    /// A part of 1,305 or 1,201 is to be refunded.
    RequestRefund(u8),
    RefundTakenOn,
    Refunded,
    RefundFailed,
    Reown,
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        // Two ids, as created by concurrent calls when the gateway has forgotten the first key.
        Just(Command::Opened(intent("pi_1"))),
        Just(Command::Opened(intent("pi_2"))),
        Just(Command::Prepared),
        Just(Command::TryAgain),
        Just(Command::Settle(ChargeOutcome::Captured)),
        Just(Command::Settle(ChargeOutcome::ActionRequired)),
        Just(Command::Settle(declined())),
        Just(Command::Settle(declined())),
        Just(Command::SettleFirst(declined())),
        Just(Command::SettleFirst(ChargeOutcome::ActionRequired)),
        Just(Command::StillWaits),
        Just(Command::Retry),
        Just(Command::Retry),
        Just(Command::Cancel),
        Just(Command::Expire),
        Just(Command::Voided),
        (0..4u8).prop_map(Command::RequestRefund),
        Just(Command::RefundTakenOn),
        Just(Command::Refunded),
        Just(Command::RefundFailed),
        Just(Command::Reown),
    ]
}

fn apply(payment: &Payment, command: Command) -> Option<Change> {
    match command {
        Command::Opened(intent) => payment.opened(intent, NOW),
        Command::Prepared => payment.prepared(payment.attempt_id, NOW),
        Command::TryAgain => payment.try_again(NOW),
        Command::Settle(outcome) => payment.settled(outcome, NOW),
        Command::SettleFirst(outcome) => payment.settle(opened().attempt_id, outcome, NOW),
        Command::StillWaits => payment.still_waits(NOW),
        Command::Retry => payment.retry(method("pm_card_mastercard"), None, NOW).ok(),
        Command::Cancel => payment.cancel(NOW),
        Command::Expire => payment.expire(too_late()),
        Command::Voided => payment.voided(NOW),
        Command::RequestRefund(number) => {
            let amount = if number == 0 { eur(1_201) } else { eur(1_305) };
            payment.request_refund(refund(number), amount, NOW)
        }
        Command::RefundTakenOn => payment.refund_taken_on(due_refund(payment)?, intent("re_1"), NOW),
        Command::Refunded => payment.refunded(due_refund(payment)?, NOW),
        Command::RefundFailed => payment.refund_failed(due_refund(payment)?, "unknown".to_owned(), NOW),
        Command::Reown => payment.reown(account()),
    }
}

fn due_refund(payment: &Payment) -> Option<RefundId> {
    match payment.due() {
        Some(Due::Refund(refund)) => Some(refund.refund_id),
        _ => None,
    }
}

/// Performs everything that is due, with `outcome` for a charge.
fn carry_out(payment: Payment, outcome: &ChargeOutcome) -> Payment {
    let change = match payment.due() {
        None => return payment,
        Some(Due::Open(_)) => payment.opened(intent("pi_1"), NOW),
        Some(Due::Prepare(_)) => payment.prepared(payment.attempt_id, NOW),
        Some(Due::Confirm(_) | Due::LookUp(_)) => payment.settled(outcome.clone(), NOW),
        Some(Due::Cancel(_)) => payment.voided(NOW),
        Some(Due::Refund(refund)) => payment.refunded(refund.refund_id, NOW),
        Some(due @ (Due::Drop(_) | Due::LookUpDispute(_))) => panic!("nothing is disputed: {due:?}"),
    };
    carry_out(change.expect("a due action changes the payment").payment, outcome)
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_ledger_balanced(
        begun in any::<bool>(),
        commands in prop::collection::vec(command(), 0..24),
    ) {
        let mut payment =
            if begun { Payment::begin(&placed(), NOW) } else { Payment::void_before_start(&order(), NOW) };
        let (mut events, mut postings) = (Vec::new(), Vec::new());
        for command in commands {
            let (cancelled, known) = (payment.cancel_requested, payment.intent.clone());
            let Some(change) = apply(&payment, command) else { continue };
            payment = change.payment;
            events.extend(change.event);
            postings.extend(change.posting);

            let held = payment.captured.minus(payment.refunded);
            prop_assert!(held.is_ok(), "more is refunded than was captured");
            let held = held.unwrap();
            let holds = matches!(payment.status, PaymentStatus::Captured | PaymentStatus::RefundFailed);
            prop_assert_eq!(holds, !held.is_zero());
            prop_assert!(payment.attempt <= MAX_ATTEMPTS && payment.opened_attempt <= payment.attempt);
            prop_assert!(!cancelled || payment.cancel_requested, "an ended order stays ended");
            prop_assert!(known.is_none() || payment.intent == known, "an attempt has one id at the gateway");
            prop_assert!(held.is_zero() || payment.intent.is_some(), "captured money can be looked up");
            if let Some(Due::Refund(refund)) = payment.due() {
                prop_assert!(held.minus(refund.amount).is_ok(), "limited to what is held");
            }
            prop_assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
            prop_assert_eq!(balance(Account::GatewayReceivable, &postings), i128::from(held.amount()));
            prop_assert_eq!(balance(Account::CustomerOrders, &postings), -i128::from(held.amount()));
        }
        let count = |wanted: fn(&PaymentEvent) -> bool| events.iter().filter(|event| wanted(event)).count();
        prop_assert!(count(|event| matches!(event, PaymentEvent::Captured(_))) <= 1, "one capture at most");
        let references: BTreeSet<&str> = postings.iter().map(|posting| posting.reference.as_str()).collect();
        prop_assert_eq!(references.len(), postings.len(), "each moves money once");
    }

    #[test]
    fn an_ended_order_keeps_no_money_once_nothing_is_due(
        begun in any::<bool>(),
        before in prop::collection::vec(command(), 0..8),
        after in prop::collection::vec(command(), 0..8),
    ) {
        let mut payment =
            if begun { Payment::begin(&placed(), NOW) } else { Payment::void_before_start(&order(), NOW) };
        // A refund that the gateway could not deliver leaves the money with the shop.
        let can_be_delivered = |command: &Command| !matches!(command, Command::RefundFailed);
        for command in before.into_iter().chain([Command::Cancel]).chain(after).filter(can_be_delivered) {
            payment = apply(&payment, command).map_or(payment, |change| change.payment);
        }
        let payment = carry_out(payment, &ChargeOutcome::Captured);
        prop_assert!(matches!(payment.status, PaymentStatus::Voided | PaymentStatus::Refunded));
        prop_assert_eq!(payment.captured, payment.refunded);
    }

    /// Whatever happened before, and whatever happens afterwards.
    #[test]
    fn another_owner_changes_nothing_else(
        before in prop::collection::vec(command(), 0..12),
        after in prop::collection::vec(command(), 0..12),
    ) {
        let follow = |payment: Payment, commands: &[Command]| {
            commands.iter().filter(|command| !matches!(command, Command::Reown)).fold(payment, |payment, command| {
                apply(&payment, command.clone()).map_or(payment, |change| change.payment)
            })
        };
        let payment = follow(Payment::begin(&placed(), NOW), &before);
        let Change { payment: reowned, event, posting, .. } = payment.reown(account()).unwrap();
        prop_assert_eq!((event, posting), (None, None));
        prop_assert_eq!((reowned.due(), reowned.due_at()), (payment.due(), payment.due_at()), "nor later");
        prop_assert_eq!(reowned.reown(account()), None);
        let expected = Payment { user_id: account(), ..follow(payment, &after) };
        prop_assert_eq!(follow(reowned, &after), expected);
    }

    #[test]
    fn repeated_commands_change_nothing(commands in prop::collection::vec(command(), 1..12)) {
        let mut payment = Payment::begin(&placed(), NOW);
        for command in commands {
            payment = apply(&payment, command.clone()).map_or(payment, |change| change.payment);
            let repeats = match command {
                // Counts its repetitions.
                Command::TryAgain => true,
                // There may be another refund.
                Command::RefundTakenOn | Command::Refunded | Command::RefundFailed => true,
                _ => false,
            };
            if !repeats {
                prop_assert_eq!(apply(&payment, command), None);
            }
        }
    }

    /// What the latest attempt is and becomes does not depend on what is still heard of the first.
    #[test]
    fn late_outcomes_of_the_first_attempt_change_nothing(commands in prop::collection::vec(command(), 0..12)) {
        let is_late = |command: &Command| matches!(command, Command::SettleFirst(_));
        let follow = |payment: Payment, commands: &mut dyn Iterator<Item = Command>| {
            commands.fold(payment, |payment, command| {
                apply(&payment, command).map_or(payment, |change| change.payment)
            })
        };
        let first = opened().settled(declined(), NOW).unwrap().payment;
        let second = first.retry(method("pm_card_mastercard"), None, NOW).unwrap().payment;
        let with = follow(second.clone(), &mut commands.clone().into_iter());
        let without = follow(second, &mut commands.into_iter().filter(|command| !is_late(command)));
        prop_assert_eq!(with, without);
    }
}

#[test]
fn ids_are_derived_from_the_order() {
    let payment = Payment::begin(&placed(), NOW);
    assert_eq!(payment.payment_id, PaymentId::of(order().order_id));
    assert_eq!(payment.attempt_id, Payment::void_before_start(&order(), NOW).attempt_id);
}

#[test]
fn a_capture_for_an_ended_order_is_refunded() {
    let payment = opened().cancel(NOW).unwrap().payment;
    let captured = payment.settled(ChargeOutcome::Captured, NOW).unwrap();
    assert!(matches!(captured.event, Some(PaymentEvent::Captured(_))));
    assert!(matches!(captured.payment.due(), Some(Due::Refund(_))));
    let refunded = captured.payment.refunded(rest(), NOW).unwrap();
    assert!(matches!(refunded.event, Some(PaymentEvent::RefundSucceeded(_))));
    assert_eq!(refunded.payment.due(), None);
}

#[test]
fn a_capture_in_flight_when_it_was_voided_is_refunded() {
    let pending = opened().cancel(NOW).unwrap().payment;
    let voided = pending.voided(NOW).unwrap().payment;
    let captured = voided.settled(ChargeOutcome::Captured, NOW).unwrap().payment;
    assert!(matches!(captured.due(), Some(Due::Refund(_))));
}

#[test]
fn the_customer_of_an_ended_order_is_not_notified_of_a_decline() {
    let payment = opened().cancel(NOW).unwrap().payment;
    let change = payment.settled(declined(), NOW).unwrap();
    assert_eq!((change.payment.status, change.event), (PaymentStatus::Voided, None));
    let change = payment.settled(ChargeOutcome::ActionRequired, NOW).unwrap();
    assert!(matches!(change.payment.due(), Some(Due::Cancel(_))));
    assert_eq!(change.event, None);
}

#[test]
fn an_order_that_ended_before_its_placement_was_received_is_never_charged() {
    let payment = Payment::void_before_start(&order(), NOW);
    assert_eq!(payment.due(), None);
    assert_eq!(payment.opened(intent("pi_1"), NOW), None);
    assert_eq!(payment.try_again(NOW), None);
}

#[test]
fn an_order_received_long_after_its_hold_is_never_charged() {
    let payment = Payment::begin(&placed(), too_late());
    assert_eq!(payment, Payment::void_before_start(&order(), too_late()));
    let in_time = Payment::begin(&placed(), too_late() - SignedDuration::from_secs(1));
    assert!(matches!(in_time.due(), Some(Due::Open(_))));
}

#[test]
fn an_unconfirmed_attempt_is_cancelled_long_after_the_hold() {
    let unopened = Payment::begin(&placed(), NOW).expire(too_late()).unwrap();
    assert_eq!((unopened.payment.status, unopened.event), (PaymentStatus::Voided, None));
    let opened_late = opened().expire(too_late()).unwrap();
    assert!(matches!(opened_late.payment.due(), Some(Due::Cancel(_))), "it may have been confirmed");
    assert_eq!(opened_late.event, None);
    let taken = opened_late.payment.settled(ChargeOutcome::Captured, too_late()).unwrap().payment;
    assert!(matches!(taken.due(), Some(Due::Refund(_))));
    for payment in [opened(), Payment::begin(&placed(), NOW)] {
        assert_eq!(payment.expire(too_late() - SignedDuration::from_secs(1)), None);
        let untimed = Payment { held_until: None, ..payment };
        assert_eq!(untimed.expire(too_late()), None, "stored before the time was recorded");
    }
}

#[test]
fn a_payment_with_an_outcome_does_not_expire() {
    for outcome in [ChargeOutcome::Captured, declined()] {
        let payment = opened().settled(outcome, NOW).unwrap().payment;
        assert_eq!(payment.expire(too_late()), None);
    }
}

#[test]
fn an_order_that_ends_while_its_attempt_is_opened_is_never_confirmed() {
    let ended = Payment::begin(&placed(), NOW).cancel(NOW).unwrap().payment;
    assert_eq!((ended.status, ended.due()), (PaymentStatus::Voided, None));
    assert_eq!(ended.opened(intent("pi_1"), NOW), None, "so nothing can be confirmed");
}

#[test]
fn the_first_intent_of_an_attempt_is_kept() {
    let payment = opened();
    assert_eq!(payment.opened(intent("pi_2"), NOW), None);
    let Some(Due::Confirm(attempt)) = payment.due() else { panic!("it is due to be confirmed") };
    assert_eq!(attempt.intent, intent("pi_1"));
}

#[test]
fn an_attempt_that_cannot_be_opened_is_declined() {
    let refused = Payment::begin(&placed(), NOW).settled(declined(), NOW).unwrap();
    assert_eq!(refused.payment.status, PaymentStatus::Failed);
    assert!(matches!(refused.event, Some(PaymentEvent::Failed(_))));
    let unopened = Payment::begin(&placed(), NOW);
    assert_eq!(unopened.settled(ChargeOutcome::Captured, NOW), None, "the attempt was never opened");
}

#[test]
fn what_happens_to_a_reowned_payment_concerns_its_new_owner() {
    let payment = opened().reown(account()).unwrap().payment;
    let captured = payment.settled(ChargeOutcome::Captured, NOW).unwrap();
    let Some(PaymentEvent::Captured(outcome)) = &captured.event else { panic!("{:?}", captured.event) };
    assert_eq!(outcome.user_id, account());
    let refunded = captured.payment.cancel(NOW).unwrap().payment.refunded(rest(), NOW).unwrap();
    let Some(PaymentEvent::RefundSucceeded(refund)) = &refunded.event else { panic!("{:?}", refunded.event) };
    assert_eq!(refund.user_id, account());
}

#[test]
fn a_gateway_id_fits_into_a_path() {
    assert!(GatewayId::try_new("pi_3MtwBwLkdIwHu7ix28a3tqPa").is_ok());
    for bad in ["", "pi_1/confirm", "../refunds", "pi 1", "pi_1?expand", &"x".repeat(256)] {
        assert!(GatewayId::try_new(bad).is_err(), "{bad}");
    }
}
