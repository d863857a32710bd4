//! The events of one order, in any sequence and with duplicates, lead to the same state.

use std::collections::{BTreeSet, HashSet};

use domain::events::{Event, Queue};
use domain::orders::{OrderStatus, PaymentStatus};
use domain::stock::ReservationStatus;
use domain::words::capture::CaptureMode;
use domain::words::id::EventId;
use proptest::prelude::*;
use proptest::sample::select;

use crate::gateway::Card;
use crate::invariants::order_of;
use crate::step::{Pause, Schedule, Step, few_steps};
use crate::world::{Message, Plan, World, order_id};
use crate::{config, run};

/// How an order ends, if not by its payment. The end happens before the events are delivered, since orders that end
/// differently have different events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Payment,
    Cancellation,
    Expiry,
    ExpiryAfterTheReservation,
    /// Its stock has gone to another order by the time of its confirmation.
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

/// The services' final state of the order, without times and without the payment's history.
#[derive(Debug, PartialEq, Eq)]
struct State {
    order: (OrderStatus, PaymentStatus),
    reservation: ReservationStatus,
    counters: (u64, u64, u64),
    mails: BTreeSet<EventId>,
    /// The money held, whether the order's end was received, and whether nothing is due.
    payment: Option<(i64, bool, bool)>,
}

impl State {
    fn of(world: &World) -> Self {
        let order = &world.orders[&order_id(0)];
        let cups = world.stock[0].total();
        Self {
            order: (order.status, order.payment_status),
            reservation: world.reservations[&order_id(0)].status,
            counters: (cups.available, cups.reserved, cups.sold),
            mails: world.mails.iter().map(|(id, _)| *id).collect(),
            payment: world.payments.get(&order.payment_id).map(|payment| {
                let held = payment.captured.amount() - payment.refunded.amount();
                (held, payment.cancel_requested, payment.due().is_none_or(|due| due.is_waiting()))
            }),
        }
    }
}

fn plans(card: Card) -> Vec<Plan> {
    vec![Plan { pieces: [2, 0], card, capture: CaptureMode::Automatic }]
}

/// Delivers the order's end, and then the given events in this sequence to all of their queues, and nothing else.
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

    /// All events of an order, in any sequence.
    #[test]
    fn any_sequence_of_the_same_events_leads_to_the_same_state(
        card in cards(),
        end in ends(),
        twice in any::<bool>(),
        swaps in prop::collection::vec((0..60usize, 0..60usize), 16),
    ) {
        let events = run(plans(card), [2, 0], end.steps()).published;
        let in_turn: Vec<usize> = (0..events.len()).collect();
        let mut sequence = if twice { in_turn.repeat(2) } else { in_turn.clone() };
        for (one, other) in swaps {
            let count = sequence.len();
            sequence.swap(one % count, other % count);
        }
        let expected = deliver_all(card, end, &events, &in_turn);
        prop_assert_eq!(deliver_all(card, end, &events, &sequence), expected, "{:?} of {:?}", sequence, events);
    }

    /// The services' reactions are delivered as well. The same events lead to the same state.
    #[test]
    fn the_same_published_events_lead_to_the_same_state(
        card in cards(),
        end in ends(),
        one in few_steps(),
        other in few_steps(),
    ) {
        let lives = [one, other].map(|steps| run(plans(card), [2, 0], &[end.steps(), &steps].concat()));
        let events = lives.each_ref().map(|world| {
            let of_order = world.published.iter().filter(|event| order_of(event).is_some());
            of_order.map(|event| event.name().to_owned()).collect::<HashSet<_>>()
        });
        if events[0] == events[1] {
            let states = lives.each_ref().map(|world| State { mails: BTreeSet::new(), ..State::of(world) });
            prop_assert_eq!(&states[0], &states[1]);
            prop_assert_eq!(lives[0].mails.len(), lives[1].mails.len());
        }
    }
}
