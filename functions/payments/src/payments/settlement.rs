//! Does what is due of a payment at the gateway, and records each outcome. Both the delivery of an event and the schedule do this.
//!
//! Several processes may work on one payment, each may die between any two calls, and any answer may be lost. What keeps the money
//! right:
//!
//! - The gateway's name for an attempt is written, under a condition, before the attempt is confirmed. If an answer is lost, the
//!   gateway may give an attempt two names; only the one in the row is ever confirmed, and the other never takes anything.
//! - An attempt is confirmed once, and cancelled or captured for good, whatever is requested concurrently: the gateway guarantees that.
//! - An attempt that is not confirmed when it is too late to pay the order is cancelled, even if the order's end was never heard of.
//! - Each write has the condition that no other process wrote in between, and if one did, the decision is made again.

use domain::events::PaymentEvent;
use domain::payments::{Change, ChargeOutcome, Due, Opened, Payment};
use edge::queue::Failure;
use store::{Decision, Outcome, Stored, Trigger};
use telemetry::Metric;

use crate::gateway::{Cancellation, Gateway, Opening, Refunding};
use crate::payments::rows::{self, PaymentRow};
use crate::store::Payments;

/// Opened, confirmed, cancelled, captured after all, refunded: no payment needs more steps than that, with a few to spare for those
/// that another process takes in the meantime.
const MOST_STEPS: usize = 8;

/// What a payment is settled with, and why.
pub struct Settlement<'a> {
    /// The payments.
    pub payments: &'a Payments,
    /// The gateway.
    pub gateway: &'a Gateway,
    /// The reason. If it is the delivery of an event, the write that leaves nothing due marks the event.
    pub trigger: &'a dyn Trigger,
}

/// How a step ended.
enum Step {
    /// This run has just written the payment.
    Wrote(Stored<Payment>),
    /// The payment was found like this, and there was nothing to write.
    Found(Stored<Payment>),
    /// There is nothing to go on with: it is done already, or the gateway finishes it in its own time.
    Over,
}

impl Settlement<'_> {
    /// Does what is due of a payment, until nothing is.
    ///
    /// # Errors
    /// When the table fails, or the gateway gives no conclusive answer: then it stays due.
    pub async fn settle(&self, mut found: Stored<Payment>) -> Result<(), Failure> {
        let now = self.trigger.now();
        // Whether this run has just written the attempt's name, so that no other process can have confirmed it.
        let mut fresh = false;
        for _ in 0..MOST_STEPS {
            let Some(due) = found.value.due() else { return Ok(()) };
            let is_new = matches!(due, Due::Open(_));
            let step = match due {
                _ if found.value.expire(now).is_some() => {
                    self.change(found, |payment| payment.expire(now)).await?
                }
                Due::Confirm(attempt) if !fresh => self.confirm_unless_confirmed(found, &attempt).await?,
                due => self.do_once(found, due).await?,
            };
            (found, fresh) = match step {
                Step::Wrote(changed) => (changed, is_new),
                Step::Found(changed) => (changed, false),
                Step::Over => return Ok(()),
            };
        }
        Err(format!("the payment {} is not settled after {MOST_STEPS} steps", found.value.payment_id).into())
    }

    async fn do_once(&self, found: Stored<Payment>, due: Due) -> Result<Step, Failure> {
        let now = self.trigger.now();
        match due {
            Due::Open(charge) => match self.gateway.open(&charge).await? {
                Opening::Opened(intent) => {
                    self.change(found, |payment| payment.opened(intent.clone(), now)).await
                }
                Opening::Declined { code } => {
                    let outcome = ChargeOutcome::Declined { code };
                    // This is no answer about an attempt that another process has opened in the meantime.
                    self.change(found, |payment| {
                        payment.intent.is_none().then(|| payment.settle(outcome.clone(), now)).flatten()
                    })
                    .await
                }
            },
            Due::Confirm(attempt) => self.confirm(found, &attempt).await,
            Due::Cancel(attempt) => match self.gateway.cancel(&attempt).await? {
                Cancellation::Cancelled => self.change(found, |payment| payment.voided(now)).await,
                Cancellation::TooLate => self.settled(found, &ChargeOutcome::Captured).await,
            },
            Due::Refund(refund) => match self.gateway.refund(&refund).await? {
                Refunding::Done => self.change(found, |payment| payment.refunded(now)).await,
                // The gateway was asked about a pending refund, and it is still pending.
                Refunding::Pending(name) if refund.taken_on.as_ref() == Some(&name) => Ok(Step::Over),
                Refunding::Pending(name) => {
                    self.change(found, |payment| payment.refund_taken_on(name.clone(), now)).await?;
                    Ok(Step::Over)
                }
            },
        }
    }

    async fn confirm(&self, found: Stored<Payment>, attempt: &Opened) -> Result<Step, Failure> {
        let outcome = self.gateway.confirm(attempt).await?;
        self.settled(found, &outcome).await
    }

    /// Another process may have confirmed it, and died before it recorded the outcome.
    async fn confirm_unless_confirmed(
        &self,
        found: Stored<Payment>,
        attempt: &Opened,
    ) -> Result<Step, Failure> {
        if let Some(outcome) = self.gateway.look_up(attempt).await? {
            return self.settled(found, &outcome).await;
        }
        match self.change(found, |payment| payment.try_again(self.trigger.now())).await? {
            Step::Wrote(counted) => match counted.value.due() {
                Some(Due::Confirm(attempt)) => self.confirm(counted, &attempt).await,
                _ => Ok(Step::Wrote(counted)),
            },
            step => Ok(step),
        }
    }

    async fn settled(&self, found: Stored<Payment>, outcome: &ChargeOutcome) -> Result<Step, Failure> {
        self.change(found, |payment| payment.settle(outcome.clone(), self.trigger.now())).await
    }

    /// Decides on the payment as it was last seen, and writes that if it has not changed since; otherwise decides again on the
    /// payment as it is stored now.
    async fn change(
        &self,
        found: Stored<Payment>,
        decide: impl Fn(&Payment) -> Option<Change>,
    ) -> Result<Step, Failure> {
        let id = found.value.payment_id;
        let decide = async |found: Option<Stored<Payment>>| {
            let found = found.ok_or_else(|| format!("the payment {id} does not exist"))?;
            let change = decide(&found.value);
            let event = change.as_ref().and_then(|change| change.event.clone());
            Ok::<_, Failure>(Decision::new(change.map(rows::change), event))
        };
        let done = self.payments.table.seen::<PaymentRow>(found).consume(self.trigger, decide).await?;
        match (done.outcome, done.row) {
            (Outcome::Written, Some(written)) => {
                measure(done.answer.as_ref());
                Ok(Step::Wrote(written))
            }
            (Outcome::Unchanged, Some(found)) => Ok(Step::Found(found)),
            // Another delivery of the same event has done it all.
            (Outcome::Duplicate, _) | (_, None) => Ok(Step::Over),
        }
    }
}

/// Counts an outcome that has just been written.
fn measure(event: Option<&PaymentEvent>) {
    match event {
        Some(PaymentEvent::Captured(_)) => Metric::PaymentsCaptured.publish(1),
        Some(PaymentEvent::Failed(_)) => Metric::PaymentsDeclined.publish(1),
        Some(PaymentEvent::ActionRequired(_) | PaymentEvent::RefundSucceeded(_)) | None => {}
    }
}
