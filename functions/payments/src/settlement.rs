//! What is due of a payment at the gateway is done, and each outcome written down, by whoever takes the payment up: the
//! delivery of an event, or the schedule.
//!
//! Several may be at one payment, each may die between any two calls, and any answer may be lost. What keeps the money
//! right:
//!
//! - The gateway's own name for an attempt is written, under a condition, before the attempt is confirmed. Two names may
//!   come to be, when an answer is lost; only the one in the row is ever confirmed, and the other never takes anything.
//! - An attempt is confirmed once and cancelled or captured for good, whatever is asked at once: the gateway sees to that.
//! - An attempt that is not confirmed when it is too late to pay the order is cancelled, whoever has not been heard.
//! - Each write has the condition that nobody wrote in between, and decides anew if somebody did.

use domain::event::{Envelope, Event};
use domain::payment::{Change, ChargeOutcome, Due, Opened, Payment};
use edge::queue::Failure;
use edge::{Cause, Metric};
use jiff::Timestamp;
use store::inbox::DUPLICATE;
use store::{Attempt, Outcome, Stored, until_committed};

use crate::gateway::{Cancellation, Gateway, Opening, Refunding};
use crate::store::Payments;

/// Opened, confirmed, cancelled, captured after all, given back: no payment needs more steps than that, with a few to spare
/// for those that somebody else has taken meanwhile.
const MOST_STEPS: usize = 8;

/// Who settles payments, why, and with what.
#[derive(Debug)]
pub struct Settlement<'a> {
    /// The payments.
    pub payments: &'a Payments,
    /// The gateway.
    pub gateway: &'a Gateway,
    /// The time.
    pub now: Timestamp,
    /// What events go out because of.
    pub cause: &'a Cause,
    /// The event that asks for it, if one does: marked as applied with the write that leaves nothing due.
    pub event: Option<&'a Envelope>,
}

/// How a step ended.
enum Step {
    /// So this run has just written it.
    Wrote(Stored<Payment>),
    /// So it was found, and there was nothing to write.
    Found(Stored<Payment>),
    /// There is nothing to go on with: it is done already, or the gateway will be done with it in its own time.
    Over,
}

impl Settlement<'_> {
    /// Does what is due of a payment until nothing is.
    ///
    /// # Errors
    /// When the table fails, or the gateway gives no answer that settles anything: then it stays due.
    pub async fn settle(&self, mut found: Stored<Payment>) -> Result<(), Failure> {
        // Whether this run is the one that has just written the attempt's name, so that nobody can have confirmed it.
        let mut fresh = false;
        for _ in 0..MOST_STEPS {
            let Some(due) = found.value.due() else { return Ok(()) };
            let is_new = matches!(due, Due::Open(_));
            let step = match due {
                _ if found.value.expire(self.now).is_some() => {
                    self.change(found, |payment| payment.expire(self.now)).await?
                }
                Due::Confirm(attempt) if !fresh => self.confirm_if_nobody_did(found, &attempt).await?,
                due => self.do_once(found, due).await?,
            };
            (found, fresh) = match step {
                Step::Wrote(changed) => (changed, is_new),
                Step::Found(changed) => (changed, false),
                Step::Over => return Ok(()),
            };
        }
        Err(format!("{} does not come to an end", found.value.payment_id).into())
    }

    async fn do_once(&self, found: Stored<Payment>, due: Due) -> Result<Step, Failure> {
        let now = self.now;
        match due {
            Due::Open(charge) => match self.gateway.open(&charge).await? {
                Opening::Opened(intent) => {
                    self.change(found, |payment| payment.opened(intent.clone(), now)).await
                }
                Opening::Declined { code } => {
                    let outcome = ChargeOutcome::Declined { code };
                    // That says nothing of an attempt that somebody else has opened meanwhile.
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
                // Asked about before, it has changed nothing since.
                Refunding::TakenOn(name) if refund.taken_on.as_ref() == Some(&name) => Ok(Step::Over),
                Refunding::TakenOn(name) => {
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

    /// Somebody may have confirmed it and not lived to write down what came of it.
    async fn confirm_if_nobody_did(&self, found: Stored<Payment>, attempt: &Opened) -> Result<Step, Failure> {
        if let Some(outcome) = self.gateway.look_up(attempt).await? {
            return self.settled(found, &outcome).await;
        }
        match self.change(found, |payment| payment.try_again(self.now)).await? {
            Step::Wrote(counted) => match counted.value.due() {
                Some(Due::Confirm(attempt)) => self.confirm(counted, &attempt).await,
                _ => Ok(Step::Wrote(counted)),
            },
            step => Ok(step),
        }
    }

    async fn settled(&self, found: Stored<Payment>, outcome: &ChargeOutcome) -> Result<Step, Failure> {
        self.change(found, |payment| payment.settle(outcome.clone(), self.now)).await
    }

    /// Decides on the payment as it was last seen, and writes it if it still is so; otherwise on what is stored now.
    async fn change<F>(&self, found: Stored<Payment>, decide: F) -> Result<Step, Failure>
    where
        F: Fn(&Payment) -> Option<Change>,
    {
        let id = found.value.payment_id;
        let mut seen = Some(found);
        until_committed(|| {
            let seen = seen.take();
            async {
                let is_old = seen.is_some();
                let found = match seen {
                    Some(seen) => seen,
                    None => {
                        self.payments.get(id).await?.ok_or_else(|| format!("there is no payment {id}"))?
                    }
                };
                let Some(change) = decide(&found.value) else {
                    return Ok(if is_old { Attempt::Raced } else { Attempt::Done(Step::Found(found)) });
                };
                let done = self.event.filter(|_| change.payment.due().is_none());
                let written = self.payments.replace(found.version, &change, self.cause, done).await?;
                Ok::<_, Failure>(match written {
                    Outcome::Committed => {
                        measure(change.event.as_ref());
                        Attempt::Done(Step::Wrote(Stored {
                            value: change.payment,
                            version: found.version + 1,
                        }))
                    }
                    // Another delivery of the same event has done it all.
                    Outcome::Refused(DUPLICATE) => Attempt::Done(Step::Over),
                    Outcome::Refused(_) => Attempt::Raced,
                })
            }
        })
        .await
    }
}

/// Counts an outcome that has just been written.
fn measure(told: Option<&Event>) {
    match told {
        Some(Event::PaymentCaptured(_)) => Metric::PaymentsCaptured.publish(1),
        Some(Event::PaymentFailed(_)) => Metric::PaymentsDeclined.publish(1),
        _ => {}
    }
}
