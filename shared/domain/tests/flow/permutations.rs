//! The events of one order, in any order and once or twice, end in the same state.

use std::collections::{BTreeSet, HashSet};

use domain::events::{Event, Queue};
use domain::orders::{OrderStatus, PaymentStatus};
use domain::stock::ReservationStatus;
use domain::words::id::EventId;
use proptest::prelude::*;
use proptest::sample::select;

use crate::gateway::Card;
use crate::invariants::order_of;
use crate::step::{Pause, Schedule, Step, few_steps};
use crate::world::{Message, Plan, World, order_id};
use crate::{config, run};

/// What an order is ended by, if not by its payment. That has happened before its events are delivered: events of an order
/// that ends one way are not those of one that ends another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Payment,
    Cancellation,
    Expiry,
    ExpiryAfterTheReservation,
    /// Its stock is another's when its confirmation comes.
    Loss,
}

impl End {
    fn steps(self) -> &'static [Step] {
        const LATE: Step = Step::Wait(Pause::Days);
        const LET_GO: Step = Step::Fire(Schedule::ExpireReservations);
        const EXPIRE: Step = Step::Fire(Schedule::ExpireOrders);
        match self {
            Self::Payment => &[Step::Place(0)],
            Self::Cancellation => &[Step::Place(0), Step::Cancel(0)],
            Self::Expiry => &[Step::Place(0), Step::Wait(Pause::Hold), EXPIRE],
            Self::ExpiryAfterTheReservation => &[Step::Place(0), LATE, LET_GO, EXPIRE],
            Self::Loss => {
                &[Step::Place(0), Step::AllBut(Queue::StockCommands), LATE, LET_GO, Step::Adjust(0, -2)]
            }
        }
    }
}

/// What the services hold of the order in the end, without times and without how the payment came there.
#[derive(Debug, PartialEq, Eq)]
struct State {
    order: (OrderStatus, PaymentStatus),
    reservation: ReservationStatus,
    counters: (u64, u64, u64),
    mails: BTreeSet<EventId>,
    /// What is held of the money, whether the order has ended for it, and whether anything is left to do.
    payment: Option<(i64, bool, bool)>,
}

impl State {
    fn of(world: &World) -> Self {
        let order = &world.orders[&order_id(0)];
        let cups = &world.stock[0];
        Self {
            order: (order.status, order.payment_status),
            reservation: world.reservations[&order_id(0)].status,
            counters: (cups.available, cups.reserved, cups.sold),
            mails: world.mails.iter().map(|(id, _)| *id).collect(),
            payment: world.payments.get(&order.payment_id).map(|payment| {
                let held = payment.captured.amount() - payment.refunded.amount();
                (held, payment.cancel_requested, payment.due().is_none())
            }),
        }
    }
}

fn plans(card: Card) -> Vec<Plan> {
    vec![Plan { pieces: [2, 0], card }]
}

/// The order's end, and these of its events in this sequence, each to all that it goes to, and nothing else.
fn deliver_all(card: Card, end: End, events: &[Event], sequence: &[usize]) -> State {
    let mut world = World::new(plans(card), [2, 0]);
    end.steps().iter().for_each(|step| step.happen(&mut world));
    for number in sequence {
        let event = &events[*number];
        let id = World::event_id(*number);
        for queue in event.queues() {
            let (queue, event) = (*queue, event.clone());
            world.messages.push(Message { queue, id, event, done: false, failure: None });
            let index = world.messages.len() - 1;
            world.deliver(index);
            world.finish_running();
            assert!(world.messages[index].done, "{:?}", world.messages[index]);
            world.check();
        }
    }
    State::of(&world)
}

fn cards() -> impl Strategy<Value = Card> {
    select(vec![Card::Good, Card::Declined, Card::AsksTheCustomer])
}

fn ends() -> impl Strategy<Value = End> {
    use End::{Cancellation, Expiry, ExpiryAfterTheReservation, Loss, Payment};
    select(vec![Payment, Cancellation, Expiry, ExpiryAfterTheReservation, Loss])
}

proptest! {
    #![proptest_config(config(8))]

    /// Whatever is told of an order, in whatever sequence its services hear it.
    #[test]
    fn any_sequence_of_the_same_events_ends_in_the_same(
        card in cards(),
        end in ends(),
        twice in any::<bool>(),
        swaps in prop::collection::vec((0..60usize, 0..60usize), 16),
    ) {
        let events = run(plans(card), [2, 0], end.steps()).said;
        let in_turn: Vec<usize> = (0..events.len()).collect();
        let mut sequence = if twice { in_turn.repeat(2) } else { in_turn.clone() };
        for (one, other) in swaps {
            let count = sequence.len();
            sequence.swap(one % count, other % count);
        }
        let expected = deliver_all(card, end, &events, &in_turn);
        prop_assert_eq!(deliver_all(card, end, &events, &sequence), expected, "{:?} of {:?}", sequence, events);
    }

    /// The services hear what the others make of it, too: where that is the same, so is the end.
    #[test]
    fn what_is_told_alike_has_ended_alike(
        card in cards(),
        end in ends(),
        one in few_steps(),
        other in few_steps(),
    ) {
        let lives = [one, other].map(|steps| run(plans(card), [2, 0], &[end.steps(), &steps].concat()));
        let told = lives.each_ref().map(|world| {
            let of_order = world.said.iter().filter(|event| order_of(event).is_some());
            of_order.map(|event| event.name().to_owned()).collect::<HashSet<_>>()
        });
        if told[0] == told[1] {
            let states = lives.each_ref().map(|world| State { mails: BTreeSet::new(), ..State::of(world) });
            prop_assert_eq!(&states[0], &states[1]);
            prop_assert_eq!(lives[0].mails.len(), lives[1].mails.len());
        }
    }
}
