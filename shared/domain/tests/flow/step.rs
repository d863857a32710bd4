//! The steps of the model, in any sequence.

use domain::events::Queue;
use domain::words::capture::CaptureMode;
use domain::words::hold::{GRACE, HOLD};
use jiff::SignedDuration;
use proptest::collection::vec;
use proptest::prelude::*;

use strum::VariantArray;

use crate::gateway::Card;
use crate::paying::Fault;
use crate::world::{Plan, Running, World, order_id};

/// One step. Numbers select among what exists at that moment.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// A customer places an order, or repeats the request.
    Place(usize),
    /// The same, without the second half.
    BeginToPlace(usize),
    /// A customer cancels an order that is not paid.
    Cancel(usize),
    /// A customer cancels an order, whether or not it is paid.
    CancelEvenIfPaid(usize),
    /// The staff ship one piece of an order.
    Ship(usize),
    /// The staff cancel one piece of an order.
    CancelOne(usize),
    /// The staff refund a piece of an order, or an amount.
    Refund(usize, bool),
    /// A customer withdraws from the contract or has found a defect, in a piece of an order or in all of it.
    Return(usize, bool, bool),
    /// The staff decide about a return, or receive it.
    Receive(usize, bool),
    /// A customer confirms a payment with their bank.
    Confirm(usize),
    /// A customer whose payment was declined pays with a good card.
    Retry(usize),
    /// A customer disputes what they have paid.
    Dispute(usize),
    /// The bank decides a dispute, for the shop or against it.
    Decide(usize, bool),
    /// What is authorised lapses.
    Lapse(usize),
    /// The bank gives refunds back.
    ReturnRefunds(usize),
    /// The shop hears of a dispute, of a refund that has come back, or of what became of an attempt.
    Hear(usize),
    /// A customer, who ordered as a guest, turns out to have an account.
    Merge(usize),
    /// An admin adjusts a SKU's stock.
    Adjust(usize, i64),
    /// A pending message is delivered.
    Deliver(usize),
    /// A message that is done is delivered again.
    DeliverAgain(usize),
    /// Everything proceeds, except one queue.
    AllBut(Queue),
    /// A message to the payment service ends in the dead-letter queue after its first try.
    Bury(usize),
    /// A message that notifies the payment service of an order's end is lost.
    Lose(usize),
    /// An operation under way proceeds by one step, or fails in it.
    Proceed(usize, Fault),
    /// An operation under way dies.
    Crash(usize),
    /// A schedule fires.
    Fire(Schedule),
    /// Time passes.
    Wait(Pause),
}

#[derive(Debug, Clone, Copy)]
pub enum Schedule {
    ExpireOrders,
    ExpireReservations,
    ReconcilePayments,
}

#[derive(Debug, Clone, Copy)]
pub enum Pause {
    /// Shorter than a function's timeout.
    Moment,
    Minute,
    Hold,
    Grace,
    Days,
}

impl Step {
    pub fn happen(self, world: &mut World) {
        match self {
            Self::Place(number) => {
                world.begin_to_place(number % world.plans.len());
                if let Some(Running::Placing { .. }) = world.running.last() {
                    world.proceed(world.running.len() - 1, Fault::None);
                }
            }
            Self::BeginToPlace(number) => world.begin_to_place(number % world.plans.len()),
            Self::Cancel(number) => world.cancel_order(number % world.plans.len(), false),
            Self::CancelEvenIfPaid(number) => world.cancel_order(number % world.plans.len(), true),
            Self::Refund(number, is_of_a_piece) => {
                world.grant_refund(number % world.plans.len(), is_of_a_piece);
            }
            Self::CancelOne(number) => world.cancel_one(number % world.plans.len()),
            Self::Ship(number) => world.ship_one(number % world.plans.len()),
            Self::Return(number, is_withdrawal, is_whole) => {
                world.request_return(number % world.plans.len(), is_withdrawal, is_whole);
            }
            Self::Receive(number, is_accepted) => {
                world.receive_return(number % world.plans.len(), is_accepted)
            }
            Self::Confirm(number) => world.gateway.customer_confirms(order_id(number % world.plans.len())),
            Self::Retry(number) => world.retry_payment(order_id(number % world.plans.len())),
            Self::Dispute(number) => world.gateway.customer_disputes(order_id(number % world.plans.len())),
            Self::Decide(number, shop_wins) => {
                world.gateway.bank_decides(order_id(number % world.plans.len()), shop_wins);
            }
            Self::Lapse(number) => world.gateway.lapse(order_id(number % world.plans.len())),
            Self::ReturnRefunds(number) => {
                world.gateway.bank_returns_refunds(order_id(number % world.plans.len()));
            }
            Self::Hear(number) => {
                world.hear_of_dispute(order_id(number % world.plans.len()));
                world.hear_of_returned_refund(order_id(number % world.plans.len()));
                world.hear_of_attempt(order_id(number % world.plans.len()));
            }
            Self::Merge(number) => world.merge_guest(number % world.plans.len()),
            Self::Adjust(sku, delta) => world.adjust_stock(sku % world.stock.len(), delta),
            Self::Deliver(pick) => world.deliver_one(pick, false),
            Self::DeliverAgain(pick) => world.deliver_one(pick, true),
            Self::Bury(pick) => world.bury(pick),
            Self::Lose(pick) => world.lose(pick),
            Self::AllBut(queue) => world.let_all_but(queue),
            Self::Proceed(_, _) | Self::Crash(_) if world.running.is_empty() => {}
            Self::Proceed(pick, fault) => world.proceed(pick % world.running.len(), fault),
            Self::Crash(pick) => drop(world.running.remove(pick % world.running.len())),
            Self::Fire(schedule) => world.fire(schedule),
            Self::Wait(Pause::Moment) => world.wait(SignedDuration::from_secs(4)),
            Self::Wait(Pause::Minute) => world.wait(SignedDuration::from_mins(1)),
            Self::Wait(Pause::Hold) => world.wait(HOLD),
            Self::Wait(Pause::Grace) => world.wait(GRACE),
            Self::Wait(Pause::Days) => {
                world.wait(SignedDuration::from_hours(48));
                world.gateway.forget_keys();
            }
        }
    }
}

pub fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let card = prop_oneof![
        4 => Just(Card::Good),
        1 => Just(Card::SlowToRefund),
        1 => Just(Card::Declined),
        1 => Just(Card::AsksTheCustomer),
        1 => Just(Card::CapturedOnce),
    ];
    let pieces = prop_oneof![(1..4u32, 0..2u32), (0..2u32, 1..4u32)];
    let capture = prop_oneof![2 => Just(CaptureMode::Automatic), 1 => Just(CaptureMode::OnShipment)];
    let plan = (pieces, card, capture);
    vec(plan.prop_map(|((cups, pots), card, capture)| Plan { pieces: [cups, pots], card, capture }), 1..4)
}

/// Steps of all kinds.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = || 0..8usize;
    let fault =
        prop_oneof![6 => Just(Fault::None), 1 => Just(Fault::NotReached), 1 => Just(Fault::AnswerLost)];
    let single = prop_oneof![
        1 => (0..3usize).prop_map(Step::BeginToPlace),
        6 => pick().prop_map(Step::Deliver),
        2 => pick().prop_map(Step::DeliverAgain),
        8 => (pick(), fault).prop_map(|(pick, fault)| Step::Proceed(pick, fault)),
        1 => pick().prop_map(Step::Crash),
        1 => pick().prop_map(Step::Bury),
    ];
    vec(prop_oneof![4 => single, 3 => large_step()], 0..60)
}

/// A few steps without a lapse of time.
pub fn few_steps() -> impl Strategy<Value = Vec<Step>> {
    let pick = || 0..8usize;
    let step = prop_oneof![
        4 => pick().prop_map(Step::Deliver),
        1 => pick().prop_map(Step::DeliverAgain),
        6 => pick().prop_map(|pick| Step::Proceed(pick, Fault::None)),
    ];
    vec(step, 0..16)
}

/// Large steps, some of them after long delays.
pub fn late_steps() -> impl Strategy<Value = Vec<Step>> {
    vec(large_step(), 0..24)
}

fn large_step() -> impl Strategy<Value = Step> {
    let number = || 0..3usize;
    let queue = || proptest::sample::select(Queue::VARIANTS.to_vec());
    let schedule = proptest::sample::select(vec![
        Schedule::ExpireOrders,
        Schedule::ExpireReservations,
        Schedule::ReconcilePayments,
    ]);
    let pause = proptest::sample::select(vec![
        Pause::Moment,
        Pause::Moment,
        Pause::Minute,
        Pause::Hold,
        Pause::Grace,
        Pause::Days,
    ]);
    prop_oneof![
        4 => number().prop_map(Step::Place),
        1 => number().prop_map(Step::Cancel),
        1 => number().prop_map(Step::CancelEvenIfPaid),
        2 => number().prop_map(Step::Ship),
        1 => number().prop_map(Step::CancelOne),
        1 => (number(), any::<bool>()).prop_map(|(number, is_of_a_piece)| Step::Refund(number, is_of_a_piece)),
        1 => (number(), any::<bool>(), any::<bool>())
            .prop_map(|(number, is_withdrawal, is_whole)| Step::Return(number, is_withdrawal, is_whole)),
        2 => (number(), any::<bool>()).prop_map(|(number, is_accepted)| Step::Receive(number, is_accepted)),
        1 => number().prop_map(Step::Confirm),
        2 => number().prop_map(Step::Retry),
        1 => number().prop_map(Step::Dispute),
        1 => (number(), any::<bool>()).prop_map(|(number, shop_wins)| Step::Decide(number, shop_wins)),
        1 => number().prop_map(Step::Hear),
        1 => number().prop_map(Step::Lapse),
        1 => number().prop_map(Step::ReturnRefunds),
        1 => number().prop_map(Step::Lose),
        1 => number().prop_map(Step::Merge),
        1 => (0..2usize, -3..4i64).prop_map(|(sku, delta)| Step::Adjust(sku, delta)),
        3 => queue().prop_map(Step::AllBut),
        2 => schedule.prop_map(Step::Fire),
        3 => pause.prop_map(Step::Wait),
    ]
}
