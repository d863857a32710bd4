//! The payment service's operations, as in `functions/payments`: each call of the gateway and each write of the table
//! is a separate step, and anything may happen between two of them.

use domain::events::{OrderReowned, OrderSummary};
use domain::payments::{Change, ChargeOutcome, Command, Due, GatewayId, Payment};
use domain::words::id::PaymentId;
use jiff::Timestamp;

use crate::gateway::{Cancellation, Refunding};
use crate::world::{Message, Running, World};

/// An operation under way for one payment.
#[derive(Debug, Clone)]
pub struct Paying {
    /// The message that caused it; `None` for the schedule.
    pub cause: Option<usize>,
    pub started: Timestamp,
    /// The payment as last read or written.
    payment: Payment,
    /// Whether a try was just counted and not yet made, so that no look-up is needed.
    new: bool,
    /// The gateway's answer, until it is written.
    answer: Option<Answer>,
    /// Remaining calls of the gateway before the operation is abandoned, to be retried later.
    left: u8,
}

/// Maximum number of steps per payment, with a few to spare for those that other processes take.
const MOST_STEPS: u8 = 8;

#[derive(Debug, Clone)]
enum Answer {
    Opened(GatewayId),
    Outcome(ChargeOutcome),
    Nothing,
    Voided,
    TakenOn(GatewayId),
    Refunded,
    /// From the clock instead of the gateway.
    TooLate,
}

/// A fault in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The gateway is not reached.
    NotReached,
    /// The call takes effect, but its answer is lost.
    AnswerLost,
}

impl Paying {
    fn running(cause: Option<usize>, started: Timestamp, payment: Payment) -> Running {
        let paying = Self { cause, started, payment, new: false, answer: None, left: MOST_STEPS };
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
            Command::Cancel(order) => self.cancel_payment(&order, &message),
            Command::Reown(order) => {
                self.reown_payment(&order, &message)?;
                None
            }
        };
        match payment.filter(|payment| payment.due().is_some()) {
            Some(payment) => self.running.push(Paying::running(Some(index), self.now, payment)),
            None => self.messages[index].done = true,
        }
        Ok(())
    }

    /// Cancels a payment; `None` if nothing is left to do.
    fn cancel_payment(&mut self, order: &OrderSummary, message: &Message) -> Option<Payment> {
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

    /// Makes a payment another customer's. What is due is left to the messages and the schedule that would perform it
    /// anyway.
    fn reown_payment(&mut self, order: &OrderReowned, message: &Message) -> Result<(), String> {
        let found = self.payments.get(&PaymentId::of(order.order_id));
        let found = found.ok_or_else(|| format!("the payment of {} does not exist yet", order.order_id))?;
        if let Some(change) = found.reown(order.user_id) {
            self.change_payment(change, Some(message));
        }
        Ok(())
    }

    /// `reconcile-payments`: resumes payments with an action due.
    pub fn reconcile_payments(&mut self) {
        let left: Vec<Payment> =
            self.payments.values().filter(|payment| payment.due().is_some()).cloned().collect();
        let started = self.now;
        self.running.extend(left.into_iter().map(|payment| Paying::running(None, started, payment)));
    }

    /// Performs one step; `None` at the end.
    pub fn pay(&mut self, mut paying: Paying, fault: Fault) -> Option<Paying> {
        match paying.answer.take() {
            None => {
                paying.left = paying.left.checked_sub(1)?;
                paying.answer = Some(match paying.payment.expire(paying.started) {
                    Some(_) => Answer::TooLate,
                    None => self.ask_gateway(&mut paying, fault)?,
                });
            }
            Some(answer) => {
                // The gateway reports that the refund is pending: the schedule asks again.
                let is_left = matches!(answer, Answer::TakenOn(_));
                let changed = self.write(&mut paying, answer).filter(|_| !is_left);
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

    fn ask_gateway(&mut self, paying: &mut Paying, fault: Fault) -> Option<Answer> {
        if fault == Fault::NotReached {
            return None;
        }
        let card = self.card(paying.payment.order_id);
        let answer = match paying.payment.due()? {
            Due::Open(charge) => Answer::Opened(self.gateway.open(&charge)),
            Due::Confirm(attempt) if paying.new => {
                paying.new = false;
                Answer::Outcome(self.gateway.confirm(&attempt, card))
            }
            Due::Confirm(attempt) => self.gateway.look_up(&attempt).map_or(Answer::Nothing, Answer::Outcome),
            Due::Cancel(attempt) => match self.gateway.cancel(&attempt) {
                Cancellation::Cancelled => Answer::Voided,
                Cancellation::TooLate => Answer::Outcome(ChargeOutcome::Captured),
            },
            Due::Refund(refund) => match self.gateway.refund(&refund, card) {
                Refunding::Done => Answer::Refunded,
                Refunding::TakenOn(refund) => Answer::TakenOn(refund),
            },
        };
        (fault == Fault::None).then_some(answer)
    }

    /// Writes the answer and returns the payment; `None` if another delivery of the message has finished it.
    fn write(&mut self, paying: &mut Paying, answer: Answer) -> Option<Payment> {
        let (payment, now) = (&self.payments[&paying.payment.payment_id], paying.started);
        let counts = matches!(answer, Answer::Opened(_) | Answer::Nothing);
        let change = match answer {
            Answer::Opened(intent) => payment.opened(intent, now),
            Answer::Outcome(outcome) => payment.settle(outcome, now),
            Answer::Nothing => payment.try_again(now),
            Answer::Voided => payment.voided(now),
            Answer::TakenOn(refund) => payment.refund_taken_on(refund, now),
            Answer::Refunded => payment.refunded(now),
            Answer::TooLate => payment.expire(now),
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
        self.publish(change.event);
        Some(change.payment)
    }
}
