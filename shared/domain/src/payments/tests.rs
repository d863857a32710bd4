use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::payments::ledger::balance;
use crate::words::hold::LATE_PAYMENT;
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
    }
}

fn placed() -> OrderPlaced {
    OrderPlaced {
        order: order(),
        payment_method: PaymentMethod::try_new("pm_card_visa").unwrap(),
        held_until: NOW + SignedDuration::from_mins(15),
    }
}

/// When the order has ended long ago.
fn too_late() -> Timestamp {
    placed().held_until + LATE_PAYMENT
}

fn declined() -> ChargeOutcome {
    ChargeOutcome::Declined { code: "card_declined".to_owned() }
}

fn intent(name: &str) -> GatewayId {
    GatewayId::try_new(name).unwrap()
}

/// A payment whose attempt the gateway knows.
fn opened() -> Payment {
    Payment::begin(&placed(), NOW).opened(intent("pi_1"), NOW).unwrap().payment
}

/// Everything that can be said to a payment.
#[derive(Debug, Clone)]
enum Command {
    Opened(GatewayId),
    TryAgain,
    Settle(ChargeOutcome),
    Cancel,
    Expire,
    Voided,
    RefundTakenOn,
    Refunded,
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        // Two that were told of it at once, when the gateway had forgotten the first.
        Just(Command::Opened(intent("pi_1"))),
        Just(Command::Opened(intent("pi_2"))),
        Just(Command::TryAgain),
        Just(Command::Settle(ChargeOutcome::Captured)),
        Just(Command::Settle(ChargeOutcome::ActionRequired)),
        Just(Command::Settle(declined())),
        Just(Command::Cancel),
        Just(Command::Expire),
        Just(Command::Voided),
        Just(Command::RefundTakenOn),
        Just(Command::Refunded),
    ]
}

fn apply(payment: &Payment, command: Command) -> Option<Change> {
    match command {
        Command::Opened(intent) => payment.opened(intent, NOW),
        Command::TryAgain => payment.try_again(NOW),
        Command::Settle(outcome) => payment.settle(outcome, NOW),
        Command::Cancel => payment.cancel(NOW),
        Command::Expire => payment.expire(too_late()),
        Command::Voided => payment.voided(NOW),
        Command::RefundTakenOn => payment.refund_taken_on(intent("re_1"), NOW),
        Command::Refunded => payment.refunded(NOW),
    }
}

/// What the gateway would make of what is due, with `outcome` for a charge.
fn carry_out(payment: Payment, outcome: &ChargeOutcome) -> Payment {
    let change = match payment.due() {
        None => return payment,
        Some(Due::Open(_)) => payment.opened(intent("pi_1"), NOW),
        Some(Due::Confirm(_)) => payment.settle(outcome.clone(), NOW),
        Some(Due::Cancel(_)) => payment.voided(NOW),
        Some(Due::Refund(_)) => payment.refunded(NOW),
    };
    carry_out(change.expect("what is due changes something").payment, outcome)
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_books(
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
            prop_assert!(held.is_ok(), "more is given back than was taken");
            let held = held.unwrap();
            prop_assert_eq!(payment.status == PaymentStatus::Captured, held == payment.amount);
            prop_assert!(held == payment.amount || held.is_zero());
            prop_assert!(!cancelled || payment.cancel_requested, "an order that has ended stays so");
            prop_assert!(known.is_none() || payment.intent == known, "an attempt has one name at the gateway");
            prop_assert!(held.is_zero() || payment.intent.is_some(), "money that nobody could ask about");
            if let Some(Due::Refund(refund)) = payment.due() {
                prop_assert_eq!(refund.amount, payment.captured, "bounded by what was captured");
            }
            prop_assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
            prop_assert_eq!(balance(Account::GatewayReceivable, &postings), i128::from(held.amount()));
            prop_assert_eq!(balance(Account::CustomerOrders, &postings), -i128::from(held.amount()));
        }
        let count = |wanted: fn(&PaymentEvent) -> bool| events.iter().filter(|event| wanted(event)).count();
        prop_assert!(count(|event| matches!(event, PaymentEvent::Captured(_))) <= 1, "one capture at most");
        prop_assert!(count(|event| matches!(event, PaymentEvent::RefundSucceeded(_))) <= 1, "one refund at most");
    }

    #[test]
    fn an_ended_order_holds_no_money_once_all_is_done(
        begun in any::<bool>(),
        before in prop::collection::vec(command(), 0..8),
        after in prop::collection::vec(command(), 0..8),
    ) {
        let mut payment =
            if begun { Payment::begin(&placed(), NOW) } else { Payment::void_before_start(&order(), NOW) };
        for command in before.into_iter().chain([Command::Cancel]).chain(after) {
            payment = apply(&payment, command).map_or(payment, |change| change.payment);
        }
        let payment = carry_out(payment, &ChargeOutcome::Captured);
        prop_assert!(matches!(payment.status, PaymentStatus::Voided | PaymentStatus::Refunded));
        prop_assert_eq!(payment.captured, payment.refunded);
    }

    #[test]
    fn saying_it_twice_is_saying_it_once(commands in prop::collection::vec(command(), 1..12)) {
        let mut payment = Payment::begin(&placed(), NOW);
        for command in commands {
            payment = apply(&payment, command.clone()).map_or(payment, |change| change.payment);
            // Trying again is the one thing that counts how often it is said.
            if !matches!(command, Command::TryAgain) {
                prop_assert_eq!(apply(&payment, command), None);
            }
        }
    }
}

#[test]
fn ids_come_of_the_order() {
    let payment = Payment::begin(&placed(), NOW);
    assert_eq!(payment.payment_id, PaymentId::of(order().order_id));
    assert_eq!(payment.attempt_id, Payment::void_before_start(&order(), NOW).attempt_id);
}

#[test]
fn whoever_charges_an_ended_order_gives_it_back() {
    let payment = opened().cancel(NOW).unwrap().payment;
    let captured = payment.settle(ChargeOutcome::Captured, NOW).unwrap();
    assert!(matches!(captured.event, Some(PaymentEvent::Captured(_))));
    assert!(matches!(captured.payment.due(), Some(Due::Refund(_))));
    let refunded = captured.payment.refunded(NOW).unwrap();
    assert!(matches!(refunded.event, Some(PaymentEvent::RefundSucceeded(_))));
    assert_eq!(refunded.payment.due(), None);
}

#[test]
fn a_charge_that_was_in_flight_when_it_was_voided_is_given_back() {
    let pending = opened().cancel(NOW).unwrap().payment;
    let voided = pending.voided(NOW).unwrap().payment;
    let captured = voided.settle(ChargeOutcome::Captured, NOW).unwrap().payment;
    assert!(matches!(captured.due(), Some(Due::Refund(_))));
}

#[test]
fn the_customer_of_an_ended_order_is_not_told_that_it_failed() {
    let payment = opened().cancel(NOW).unwrap().payment;
    let change = payment.settle(declined(), NOW).unwrap();
    assert_eq!((change.payment.status, change.event), (PaymentStatus::Voided, None));
    let change = payment.settle(ChargeOutcome::ActionRequired, NOW).unwrap();
    assert!(matches!(change.payment.due(), Some(Due::Cancel(_))));
    assert_eq!(change.event, None);
}

#[test]
fn an_order_that_ended_first_is_never_charged() {
    let payment = Payment::void_before_start(&order(), NOW);
    assert_eq!(payment.due(), None);
    assert_eq!(payment.opened(intent("pi_1"), NOW), None);
    assert_eq!(payment.try_again(NOW), None);
}

#[test]
fn an_order_that_is_heard_of_long_after_its_hold_is_never_charged() {
    let payment = Payment::begin(&placed(), too_late());
    assert_eq!(payment, Payment::void_before_start(&order(), too_late()));
    let in_time = Payment::begin(&placed(), too_late() - SignedDuration::from_secs(1));
    assert!(matches!(in_time.due(), Some(Due::Open(_))));
}

#[test]
fn what_is_not_confirmed_long_after_the_hold_is_cancelled() {
    let untold = Payment::begin(&placed(), NOW).expire(too_late()).unwrap();
    assert_eq!((untold.payment.status, untold.event), (PaymentStatus::Voided, None));
    let told = opened().expire(too_late()).unwrap();
    assert!(matches!(told.payment.due(), Some(Due::Cancel(_))), "it may be confirmed already");
    assert_eq!(told.event, None);
    let taken = told.payment.settle(ChargeOutcome::Captured, too_late()).unwrap().payment;
    assert!(matches!(taken.due(), Some(Due::Refund(_))));
    for payment in [opened(), Payment::begin(&placed(), NOW)] {
        assert_eq!(payment.expire(too_late() - SignedDuration::from_secs(1)), None);
        let untimed = Payment { held_until: None, ..payment };
        assert_eq!(untimed.expire(too_late()), None, "one from before the time was kept");
    }
}

#[test]
fn what_has_an_outcome_does_not_run_out() {
    for outcome in [ChargeOutcome::Captured, ChargeOutcome::ActionRequired, declined()] {
        let payment = opened().settle(outcome, NOW).unwrap().payment;
        assert_eq!(payment.expire(too_late()), None);
    }
}

#[test]
fn an_order_that_ends_while_the_gateway_is_told_of_it_is_never_confirmed() {
    let ended = Payment::begin(&placed(), NOW).cancel(NOW).unwrap().payment;
    assert_eq!((ended.status, ended.due()), (PaymentStatus::Voided, None));
    assert_eq!(ended.opened(intent("pi_1"), NOW), None, "and so nothing is there to confirm");
}

#[test]
fn the_gateways_first_name_for_an_attempt_is_the_one_that_counts() {
    let payment = opened();
    assert_eq!(payment.opened(intent("pi_2"), NOW), None);
    let Some(Due::Confirm(attempt)) = payment.due() else { panic!("it is due to be confirmed") };
    assert_eq!(attempt.intent, intent("pi_1"));
}

#[test]
fn what_the_gateway_does_not_take_on_is_declined() {
    let refused = Payment::begin(&placed(), NOW).settle(declined(), NOW).unwrap();
    assert_eq!(refused.payment.status, PaymentStatus::Failed);
    assert!(matches!(refused.event, Some(PaymentEvent::Failed(_))));
    let untold = Payment::begin(&placed(), NOW);
    assert_eq!(untold.settle(ChargeOutcome::Captured, NOW), None, "nobody was asked to take it");
}

#[test]
fn what_the_gateway_calls_a_thing_fits_a_path() {
    assert!(GatewayId::try_new("pi_3MtwBwLkdIwHu7ix28a3tqPa").is_ok());
    for bad in ["", "pi_1/confirm", "../refunds", "pi 1", "pi_1?expand", &"x".repeat(256)] {
        assert!(GatewayId::try_new(bad).is_err(), "{bad}");
    }
}
