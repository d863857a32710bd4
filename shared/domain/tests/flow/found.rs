//! Defects found by the model, each with its shortest reproduction.

use domain::events::Queue;
use domain::orders::{OrderStatus, PaymentStatus};
use domain::payments;
use domain::stock::ReservationStatus;
use domain::words::capture::CaptureMode;
use domain::words::id::PaymentId;

use crate::gateway::Card;
use crate::run;
use crate::step::{Pause, Schedule, Step};
use crate::world::{Plan, World, order_id};

fn plan(cups: u32, card: Card) -> Plan {
    Plan { pieces: [cups, 0], card, capture: CaptureMode::Automatic }
}

fn ended(world: &World, number: usize) -> (OrderStatus, PaymentStatus, ReservationStatus) {
    let order = &world.orders[&order_id(number)];
    (order.status, order.payment_status, world.reservations[&order.order_id].status)
}

/// The order was confirmed although its stock was gone, and the confirmation was redelivered indefinitely.
#[test]
fn a_capture_received_long_after_the_hold_is_refunded() {
    let steps = [
        Step::Place(0),
        Step::AllBut(Queue::OrderEvents),
        Step::Wait(Pause::Days),
        Step::AllBut(Queue::StockCommands),
        Step::Fire(Schedule::ExpireReservations),
        Step::Adjust(0, -1),
    ];
    let world = run(vec![plan(2, Card::Good)], [2, 0], &steps);
    let expected = (OrderStatus::Expired, PaymentStatus::Refunded, ReservationStatus::Released);
    assert_eq!(ended(&world, 0), expected);
}

/// The gateway was called nevertheless, and the money refunded only if the order's end was received.
#[test]
fn nothing_is_captured_long_after_the_hold() {
    let world = run(vec![plan(2, Card::Good)], [2, 0], &[Step::Place(0), Step::Wait(Pause::Days)]);
    let expected = (OrderStatus::Expired, PaymentStatus::Pending, ReservationStatus::Released);
    assert_eq!(ended(&world, 0), expected);
    assert!(world.gateway.taken(order_id(0)).is_empty());
}

/// The money was kept, since the payment service never received the order's end.
#[test]
fn a_capture_for_an_order_with_a_lost_end_is_refunded() {
    let steps = [Step::Place(0), Step::Cancel(0), Step::Lose(0)];
    let world = run(vec![plan(2, Card::Good)], [2, 0], &steps);
    let expected = (OrderStatus::Cancelled, PaymentStatus::Refunded, ReservationStatus::Released);
    assert_eq!(ended(&world, 0), expected);
}

/// The order is paid in time, but its confirmation is delayed until its stock has gone to another order.
#[test]
fn a_paid_order_with_lost_stock_is_cancelled() {
    let steps = [
        Step::Place(0),
        Step::AllBut(Queue::StockCommands),
        Step::Wait(Pause::Days),
        Step::Fire(Schedule::ExpireReservations),
        Step::Place(1),
    ];
    let world = run(vec![plan(2, Card::Good), plan(1, Card::Good)], [2, 0], &steps);
    let lost = (OrderStatus::Cancelled, PaymentStatus::Refunded, ReservationStatus::Lost);
    assert_eq!(ended(&world, 0), lost);
    let sold = (OrderStatus::Confirmed, PaymentStatus::Captured, ReservationStatus::Committed);
    assert_eq!(ended(&world, 1), sold);
}

/// The refund came back, and the bank paid the customer instead: the payment still said that the customer was owed the money.
#[test]
fn nothing_is_owed_of_a_refund_that_came_back_once_the_bank_has_paid_it() {
    let steps = [
        Step::Place(0),
        Step::AllBut(Queue::NotificationRequests),
        Step::CancelEvenIfPaid(0),
        Step::AllBut(Queue::NotificationRequests),
        Step::ReturnRefunds(0),
        Step::Hear(0),
        Step::Dispute(0),
    ];
    let world = run(vec![plan(1, Card::Good)], [1, 0], &steps);
    let payment = &world.payments[&PaymentId::of(order_id(0))];
    assert_eq!((payment.status, payment.lost()), (payments::PaymentStatus::Captured, payment.amount));
}

/// While stock is available, the order is confirmed late instead of being cancelled.
#[test]
fn a_paid_order_whose_stock_was_released_takes_available_stock() {
    let steps = [
        Step::Place(0),
        Step::AllBut(Queue::StockCommands),
        Step::Wait(Pause::Days),
        Step::Fire(Schedule::ExpireReservations),
    ];
    let world = run(vec![plan(2, Card::Good)], [2, 0], &steps);
    let sold = (OrderStatus::Confirmed, PaymentStatus::Captured, ReservationStatus::Committed);
    assert_eq!(ended(&world, 0), sold);
}
