//! The payment service's operations, as in `functions/payments`: each call of the gateway and each write of the table
//! is a separate step, and anything may happen between two of them.

use domain::events::{CaptureRequested, OrderReowned, OrderSummary, RefundGranted};
use domain::payments::{Change, ChargeOutcome, Command, DisputeReport, Due, GatewayId, Opened, Payment};
use domain::words::id::{AttemptId, CaptureId, OrderId, PaymentId, RefundId};
use domain::words::payment_method::PaymentMethod;
use jiff::Timestamp;

use crate::gateway::{Cancellation, Card, Refunding};
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
    left: usize,
}

/// Maximum number of steps per payment, with a few to spare for those that other processes take.
const MOST_STEPS: usize = 8;

#[derive(Debug, Clone)]
enum Answer {
    Opened(GatewayId),
    Prepared(AttemptId),
    Outcome(AttemptId, ChargeOutcome),
    Nothing,
    /// The customer has not confirmed yet.
    Waits,
    Voided,
    Captured(CaptureId),
    /// Nothing more is captured.
    Lapsed(CaptureId),
    /// The authorisation is about to end, says the clock.
    Ends,
    TakenOn(RefundId, GatewayId),
    Refunded(RefundId),
    Failed(RefundId),
    /// What it states about a dispute.
    Disputed(DisputeReport),
    /// The customer has the money already.
    Dropped(RefundId),
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

/// What the customer pays with at a further attempt.
const GOOD_CARD: &str = "pm_card_another";

/// Returns whether nothing is due, or only to ask now and then.
fn is_settled(payment: &Payment) -> bool {
    payment.due().is_none_or(|due| due.is_waiting())
}

impl Paying {
    fn running(cause: Option<usize>, started: Timestamp, payment: Payment) -> Running {
        let left = MOST_STEPS + 2 * (payment.refunds.len() + payment.captures.len());
        let paying = Self { cause, started, payment, new: false, answer: None, left };
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
            Command::Retry(attempt) => Some(self.payments[&attempt.payment_id].clone()),
            Command::Reown(order) => {
                self.reown_payment(&order, &message)?;
                None
            }
            Command::Refund(refund) => self.refund_granted(&refund, &message)?,
            Command::Capture(request) => self.capture_requested(&request, &message)?,
            Command::LookUp(_) | Command::LookUpDispute(_) | Command::Forget(_) => {
                panic!("nobody sends these in this model")
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
        let done = is_settled(&change.payment);
        self.change_payment(change, done.then_some(message))
    }

    /// Records a refund that the staff have granted; `None` if nothing is left to do.
    fn refund_granted(
        &mut self,
        refund: &RefundGranted,
        message: &Message,
    ) -> Result<Option<Payment>, String> {
        let found = self.payments.get(&refund.payment_id);
        let found = found.ok_or_else(|| format!("the payment of {} does not exist", refund.order_id))?;
        let Some(change) = found.request_refund(refund.refund_id, refund.amount, self.now) else {
            return Ok(Some(found.clone()));
        };
        let done = is_settled(&change.payment);
        Ok(self.change_payment(change, done.then_some(message)))
    }

    /// Records that a part of what is authorised is to be captured.
    fn capture_requested(
        &mut self,
        request: &CaptureRequested,
        message: &Message,
    ) -> Result<Option<Payment>, String> {
        let found = self.payments.get(&request.payment_id);
        let found = found.ok_or_else(|| format!("the payment of {} does not exist", request.order_id))?;
        let Some(change) = found.request_capture(request, self.now) else { return Ok(Some(found.clone())) };
        let done = is_settled(&change.payment);
        Ok(self.change_payment(change, done.then_some(message)))
    }

    /// `retry-payment`: the customer pays with a good card.
    pub fn retry_payment(&mut self, order: OrderId) {
        let Some(payment) = self.payments.get(&PaymentId::of(order)) else { return };
        let method = PaymentMethod::try_new(GOOD_CARD).unwrap();
        if let Ok(change) = payment.retry(method, None, self.now) {
            self.change_payment(change, None);
        }
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

    /// The payment gateway reports an order's dispute, or is asked for new ones: one of what the service writes for it.
    pub fn hear_of_dispute(&mut self, order: OrderId) -> bool {
        let (payment, report) = (self.payments.get(&PaymentId::of(order)), self.gateway.dispute(order));
        let change = payment.zip(report).and_then(|(payment, report)| payment.disputed(report, self.now));
        self.hear(change)
    }

    /// Writes what the service has heard without a message, if it is news. Returns whether it is.
    fn hear(&mut self, news: Option<Change>) -> bool {
        let is_news = news.is_some();
        if let Some(change) = news {
            self.change_payment(change, None);
        }
        is_news
    }

    /// The payment gateway reports a change of a payment for which the service waits for nothing, and is asked what became of it.
    pub fn hear_of_attempt(&mut self, order: OrderId) {
        let Some(payment) = self.payments.get(&PaymentId::of(order)) else { return };
        if !matches!(payment.due(), None | Some(Due::End(_))) {
            return;
        }
        let (payment, now) = (payment.clone(), self.now);
        let Some(attempt) = payment.uncaptured() else { return };
        let outcome = self.gateway.look_up(&attempt).flatten();
        self.hear(outcome.and_then(|outcome| payment.settle(attempt.charge.attempt_id, outcome, now)));
    }

    /// The payment gateway reports that a refund of an order has come back, or is asked for those that have.
    pub fn hear_of_returned_refund(&mut self, order: OrderId) -> bool {
        let Some(payment) = self.payments.get(&PaymentId::of(order)) else { return false };
        let mut made = payment.refunds.iter().map(|refund| refund.refund_id);
        let news = made.find_map(|refund| {
            let has_returned = self.gateway.has_returned(order, refund);
            has_returned.then(|| payment.refund_returned(refund, "lost_or_stolen_card", self.now)).flatten()
        });
        self.hear(news)
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
                let changed = self.write(&mut paying, answer);
                // Whoever the shop waits for is asked again by the schedule.
                if let Some(payment) = changed.filter(|payment| !is_settled(payment)) {
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
        let outcome = |attempt: &Opened, outcome| Answer::Outcome(attempt.charge.attempt_id, outcome);
        let answer = match paying.payment.due()? {
            Due::Open(charge) => Answer::Opened(self.gateway.open(&charge)),
            Due::Prepare(attempt) => match self.gateway.prepare(&attempt) {
                None => Answer::Prepared(attempt.charge.attempt_id),
                Some(ended) => outcome(&attempt, ended),
            },
            Due::Confirm(attempt) if paying.new => {
                paying.new = false;
                let is_good = attempt.charge.payment_method.as_ref() == GOOD_CARD;
                outcome(&attempt, self.gateway.confirm(&attempt, if is_good { Card::Good } else { card })?)
            }
            Due::Confirm(attempt) => match self.gateway.look_up(&attempt)? {
                Some(found) => outcome(&attempt, found),
                None => Answer::Nothing,
            },
            Due::LookUp(attempt) => match self.gateway.look_up(&attempt)? {
                Some(ChargeOutcome::ActionRequired) | None => Answer::Waits,
                Some(found) => outcome(&attempt, found),
            },
            Due::Cancel(attempt) => match self.gateway.cancel(&attempt) {
                Cancellation::Cancelled => Answer::Voided,
                Cancellation::TooLate => outcome(&attempt, ChargeOutcome::Captured),
            },
            Due::Capture(capture) if self.gateway.capture(&capture) => Answer::Captured(capture.capture_id),
            Due::Capture(capture) => Answer::Lapsed(capture.capture_id),
            Due::End(_) => Answer::Ends,
            Due::Refund(refund) => match self.gateway.refund(&refund, card) {
                Refunding::Done => Answer::Refunded(refund.refund_id),
                Refunding::Failed => Answer::Failed(refund.refund_id),
                Refunding::TakenOn(name) => Answer::TakenOn(refund.refund_id, name),
                Refunding::Disputed(report) => Answer::Disputed(report),
            },
            Due::Drop(refund) => Answer::Dropped(refund),
            Due::LookUpDispute(_) => Answer::Disputed(self.gateway.dispute(paying.payment.order_id)?.clone()),
        };
        (fault == Fault::None).then_some(answer)
    }

    /// Writes the answer and returns the payment; `None` if another delivery of the message has finished it.
    fn write(&mut self, paying: &mut Paying, answer: Answer) -> Option<Payment> {
        let (payment, now) = (&self.payments[&paying.payment.payment_id], paying.started);
        let counts = matches!(answer, Answer::Opened(_) | Answer::Prepared(_) | Answer::Nothing);
        let change = match answer {
            Answer::Opened(intent) => payment.opened(intent, now),
            Answer::Prepared(attempt) => payment.prepared(attempt, now),
            Answer::Outcome(attempt, outcome) => payment.settle(attempt, outcome, now),
            Answer::Nothing => payment.try_again(now),
            Answer::Waits => payment.still_waits(now),
            Answer::Voided => payment.voided(now),
            Answer::Captured(capture) => payment.captured_part(capture, now),
            Answer::Lapsed(capture) => payment.capture_failed(capture, "expired", now),
            Answer::Ends => payment.authorization_ends(now),
            Answer::TakenOn(refund, name) => payment.refund_taken_on(refund, name, now),
            Answer::Refunded(refund) => payment.refunded(refund, now),
            Answer::Failed(refund) => payment.refund_failed(refund, "lost_or_stolen_card".to_owned(), now),
            Answer::Disputed(report) => {
                payment.disputed(&report, now).or_else(|| payment.dispute_unchanged(&report.gateway, now))
            }
            Answer::Dropped(refund) => payment.refund_dropped(refund, now),
            Answer::TooLate => payment.expire(now),
        };
        let Some(change) = change else { return Some(payment.clone()) };
        paying.new = counts;
        let cause = paying.cause.map(|index| self.messages[index].clone());
        let done = is_settled(&change.payment);
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
