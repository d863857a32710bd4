//! The payment service's operations, as `functions/payments` has them: each call of the gateway and each write of the table
//! is a step of its own, and anything may happen between two of them.

use domain::events::OrderSummary;
use domain::payments::{Change, ChargeOutcome, Command, Due, GatewayId, Payment};
use domain::words::id::PaymentId;
use jiff::Timestamp;

use crate::gateway::{Cancellation, Refunding};
use crate::world::{Message, Running, World};

/// What is being done for one payment.
#[derive(Debug, Clone)]
pub struct Paying {
    /// The message that asks for it; none if it is the schedule.
    pub cause: Option<usize>,
    pub started: Timestamp,
    /// The payment as it was last read or written.
    payment: Payment,
    /// Whether a try was just counted that is not made yet: then the gateway is not asked what became of it.
    new: bool,
    /// What the gateway answered, until it is written down.
    heard: Option<Heard>,
    /// How often the gateway may still be asked before it is given up, to be tried again.
    left: u8,
}

/// No payment needs more, with a few to spare for what others have done meanwhile.
const MOST_STEPS: u8 = 8;

#[derive(Debug, Clone)]
enum Heard {
    Opened(GatewayId),
    Outcome(ChargeOutcome),
    Nothing,
    Voided,
    TakenOn(GatewayId),
    Refunded,
    /// Not the gateway, but the clock.
    TooLate,
}

/// How a step goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The gateway is not reached.
    NotReached,
    /// The gateway does what it is asked, and nobody hears of it.
    AnswerLost,
}

impl Paying {
    fn running(cause: Option<usize>, started: Timestamp, payment: Payment) -> Running {
        let paying = Self { cause, started, payment, new: false, heard: None, left: MOST_STEPS };
        Running::Paying(Box::new(paying))
    }
}

impl World {
    /// `process-payment`, up to the first call of the gateway.
    pub fn begin_to_pay(&mut self, index: usize) -> Result<(), String> {
        let message = self.messages[index].clone();
        let command = Command::try_from(&message.event).map_err(|error| error.to_string())?;
        let payment = match command {
            Command::Charge(placed) => {
                let id = PaymentId::of(placed.order.order_id);
                let now = self.now;
                Some(self.payments.entry(id).or_insert_with(|| Payment::begin(&placed, now)).clone())
            }
            Command::Cancel(order) => self.give_up(&order, &message),
        };
        match payment.filter(|payment| payment.due().is_some()) {
            Some(payment) => self.running.push(Paying::running(Some(index), self.now, payment)),
            None => self.messages[index].done = true,
        }
        Ok(())
    }

    /// The payment as it is then; `None` when there is nothing more to do.
    fn give_up(&mut self, order: &OrderSummary, message: &Message) -> Option<Payment> {
        let id = PaymentId::of(order.order_id);
        let Some(found) = self.payments.get(&id) else {
            self.mark(message);
            self.payments.insert(id, Payment::void_before_start(order, self.now));
            return None;
        };
        let Some(change) = found.cancel(self.now) else { return Some(found.clone()) };
        let done = change.payment.due().is_none();
        self.change_payment(change, done.then_some(message))
    }

    /// `reconcile-payments`: what was begun and nobody is at any more goes on.
    pub fn reconcile_payments(&mut self) {
        let left: Vec<Payment> =
            self.payments.values().filter(|payment| payment.due().is_some()).cloned().collect();
        let started = self.now;
        self.running.extend(left.into_iter().map(|payment| Paying::running(None, started, payment)));
    }

    /// One step on; `None` when it is over.
    pub fn pay(&mut self, mut paying: Paying, fault: Fault) -> Option<Paying> {
        match paying.heard.take() {
            None => {
                paying.left = paying.left.checked_sub(1)?;
                paying.heard = Some(match paying.payment.expire(paying.started) {
                    Some(_) => Heard::TooLate,
                    None => self.ask_gateway(&mut paying, fault)?,
                });
            }
            Some(heard) => {
                // The gateway is not done with it and says so: the schedule asks again.
                let is_left = matches!(heard, Heard::TakenOn(_));
                let changed = self.write_down(&mut paying, heard).filter(|_| !is_left);
                if let Some(payment) = changed.filter(|payment| payment.due().is_some()) {
                    paying.payment = payment;
                } else {
                    self.is_done(&paying);
                    return None;
                }
            }
        }
        Some(paying)
    }

    fn is_done(&mut self, paying: &Paying) {
        if let Some(index) = paying.cause {
            self.messages[index].done = true;
        }
    }

    fn ask_gateway(&mut self, paying: &mut Paying, fault: Fault) -> Option<Heard> {
        if fault == Fault::NotReached {
            return None;
        }
        let card = self.card(paying.payment.order_id);
        let heard = match paying.payment.due()? {
            Due::Open(charge) => Heard::Opened(self.gateway.open(&charge)),
            Due::Confirm(attempt) if paying.new => {
                paying.new = false;
                Heard::Outcome(self.gateway.confirm(&attempt, card))
            }
            Due::Confirm(attempt) => self.gateway.look_up(&attempt).map_or(Heard::Nothing, Heard::Outcome),
            Due::Cancel(attempt) => match self.gateway.cancel(&attempt) {
                Cancellation::Cancelled => Heard::Voided,
                Cancellation::TooLate => Heard::Outcome(ChargeOutcome::Captured),
            },
            Due::Refund(refund) => match self.gateway.refund(&refund, card) {
                Refunding::Done => Heard::Refunded,
                Refunding::TakenOn(refund) => Heard::TakenOn(refund),
            },
        };
        (fault == Fault::None).then_some(heard)
    }

    /// What the payment is after that; `None` when another delivery of the message has done all of it.
    fn write_down(&mut self, paying: &mut Paying, heard: Heard) -> Option<Payment> {
        let (payment, now) = (&self.payments[&paying.payment.payment_id], paying.started);
        let counts = matches!(heard, Heard::Opened(_) | Heard::Nothing);
        let change = match heard {
            Heard::Opened(intent) => payment.opened(intent, now),
            Heard::Outcome(outcome) => payment.settle(outcome, now),
            Heard::Nothing => payment.try_again(now),
            Heard::Voided => payment.voided(now),
            Heard::TakenOn(refund) => payment.refund_taken_on(refund, now),
            Heard::Refunded => payment.refunded(now),
            Heard::TooLate => payment.expire(now),
        };
        let Some(change) = change else { return Some(payment.clone()) };
        paying.new = counts;
        let cause = paying.cause.map(|index| self.messages[index].clone());
        let done = change.payment.due().is_none();
        self.change_payment(change, cause.as_ref().filter(|_| done))
    }

    fn change_payment(&mut self, change: Change, mark: Option<&Message>) -> Option<Payment> {
        match mark {
            Some(message) if self.is_marked(message) => return None,
            Some(message) => self.mark(message),
            None => {}
        }
        let id: PaymentId = change.payment.payment_id;
        if let Some(posting) = change.posting {
            let posted = self.postings.entry(id).or_default();
            assert!(
                posted.iter().all(|other| other.reference != posting.reference),
                "posted twice: {posting:?}"
            );
            posted.push(posting);
        }
        self.payments.insert(id, change.payment.clone());
        self.say(change.event);
        Some(change.payment)
    }
}
