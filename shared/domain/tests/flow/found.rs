//! What the model has found, each the shortest way to it.

use domain::events::Queue;
use domain::orders::{OrderStatus, PaymentStatus};
use domain::stock::ReservationStatus;

use crate::gateway::Card;
use crate::run;
use crate::step::{Pause, Schedule, Step};
use crate::world::{Plan, World, order_id};

fn plan(cups: u32, card: Card) -> Plan {
    Plan { pieces: [cups, 0], card }
}

fn ended(world: &World, number: usize) -> (OrderStatus, PaymentStatus, ReservationStatus) {
    let order = &world.orders[&order_id(number)];
    (order.status, order.payment_status, world.reservations[&order.order_id].status)
}

/// The order was confirmed, and its stock could be had no more: the confirmation came again and again.
#[test]
fn money_that_is_heard_of_long_after_the_hold_goes_back() {
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

/// The gateway was asked for it all the same, and the money given back if the order's end was heard of.
#[test]
fn nothing_is_taken_long_after_the_hold() {
    let world = run(vec![plan(2, Card::Good)], [2, 0], &[Step::Place(0), Step::Wait(Pause::Days)]);
    let expected = (OrderStatus::Expired, PaymentStatus::Pending, ReservationStatus::Released);
    assert_eq!(ended(&world, 0), expected);
    assert!(world.gateway.taken(order_id(0)).is_empty());
}

/// It was kept: the payment service never heard of the order's end.
#[test]
fn money_for_an_order_that_ended_unheard_goes_back() {
    let steps = [Step::Place(0), Step::Cancel(0), Step::Lose(0)];
    let world = run(vec![plan(2, Card::Good)], [2, 0], &steps);
    let expected = (OrderStatus::Cancelled, PaymentStatus::Refunded, ReservationStatus::Released);
    assert_eq!(ended(&world, 0), expected);
}

/// The same, of an order that is paid in time and whose confirmation is late: its stock is another's by then.
#[test]
fn a_paid_order_whose_stock_is_gone_is_called_off() {
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

/// While there is some, it is sold late rather than not at all.
#[test]
fn a_paid_order_whose_stock_was_let_go_takes_what_is_left() {
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
