//! Performs the actions due at the gateway and records each outcome. Used by deliveries of events and by the schedule.
//!
//! Several processes may work on one payment, each may die between any two calls, and any answer may be lost. The
//! following keeps the money correct:
//!
//! - The gateway's id for an attempt is written, under a condition, before the attempt is confirmed. If an answer is
//!   lost, the gateway may create an attempt twice. Only the id in the row is ever confirmed, so the other captures
//!   nothing.
//! - An attempt is confirmed once, and its cancellation or capture is final, whatever is requested concurrently. The
//!   gateway guarantees this. All attempts of a payment are attempts of one payment at the gateway, so it also guarantees
//!   that at most one of them captures anything.
//! - A capture is written with its amount before the gateway is asked, which is asked first what it has captured. So a lost answer
//!   captures nothing twice, even once the gateway has forgotten the key.
//! - An attempt that is still unconfirmed when it is too late to pay the order is cancelled, even if the order's end
//!   was never received.
//! - Each write requires that no other process wrote in between. Otherwise the decision is repeated.

use domain::events::{CaptureRequested, GatewayReported, PaymentEvent, RefundGranted};
use domain::payments::{
    Capture, Change, ChargeOutcome, DisputeReport, Due, GatewayId, Opened, Payment, Refund,
};
use edge::queue::Failure;
use store::{Decision, Outcome, Stored, Trigger};
use telemetry::Metric;

use crate::disputes::rows::PaymentDispute;
use crate::gateway::refunds::FailedRefund;
use crate::gateway::{Cancellation, Capturing, Gateway, GatewayError, Opening, Preparation, Refunding};
use crate::payments::rows::{self, PaymentRow};
use crate::store::Payments;

/// Maximum number of steps beside those for captures and granted refunds. A payment needs at most five (open, confirm, cancel, capture
/// after all, refund); the rest allows for steps that another process takes in the meantime.
const MOST_STEPS: usize = 8;

/// The dependencies of a settlement, and its trigger.
pub struct Settlement<'a> {
    /// The payments table.
    pub payments: &'a Payments,
    /// The payment gateway.
    pub gateway: &'a Gateway,
    /// The trigger. If it is a delivery, the write that leaves nothing due marks the event as done.
    pub trigger: &'a dyn Trigger,
}

/// The result of a step.
enum Step {
    /// This run has written the payment.
    Wrote(Stored<Payment>),
    /// The payment is in this state, and there was nothing to write.
    Found(Stored<Payment>),
    /// The run ends: another delivery has settled the payment.
    Over,
}

impl Settlement<'_> {
    /// Performs due actions until none is left.
    ///
    /// # Errors
    /// If the table fails, or the gateway gives no conclusive answer. The action then stays due.
    pub async fn settle(&self, found: Stored<Payment>) -> Result<(), Failure> {
        counted(self.take_steps(found).await)
    }

    /// Asks the gateway what became of a payment of which it has reported a change, and then performs due actions.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn look_up(&self, found: Stored<Payment>, report: &GatewayReported) -> Result<(), Failure> {
        if let Some(name) = report.failed_refund().filter(|_| found.value.has_made_refunds())
            && let Ok(name) = GatewayId::try_new(name)
            && let Some(failed) = self.gateway.failed_refund(&name).await.map_err(Failure::from)?
        {
            return self.refund_returned(found, &failed).await;
        }
        let attempt = match found.value.due() {
            // The customer may have paid without the shop, as the client secret allows; and an authorisation may have ended.
            None | Some(Due::End(_)) => found.value.uncaptured(),
            Some(_) => None,
        };
        let Some(attempt) = attempt else { return self.settle(found).await };
        let outcome = match self.gateway.look_up(&attempt).await {
            Ok(Some(outcome)) => outcome,
            // Nothing is waited for, so nothing has to be decided: Stripe reports the next change as well.
            Ok(None) | Err(GatewayError::Undecided(_)) => return Ok(()),
            Err(error) => return counted(Err(error.into())),
        };
        match self.settled(found, &attempt, &outcome).await? {
            Step::Wrote(changed) | Step::Found(changed) => self.settle(changed).await,
            Step::Over => Ok(()),
        }
    }

    /// Records that a refund that was made has come back, and then performs due actions.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn refund_returned(
        &self,
        found: Stored<Payment>,
        failed: &FailedRefund,
    ) -> Result<(), Failure> {
        // Whoever has access to the gateway's account can give any refund there the name of one of the shop's.
        let is_of_another = found.value.intent.as_ref() != Some(&failed.intent);
        let decide = |payment: &Payment| {
            let now = self.trigger.now();
            (!is_of_another).then(|| payment.refund_returned(failed.refund_id, &failed.reason, now)).flatten()
        };
        match self.change(found, decide).await? {
            Step::Wrote(changed) | Step::Found(changed) => self.settle(changed).await,
            Step::Over => Ok(()),
        }
    }

    /// Records a refund that the shop has granted, and then performs due actions.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn refund_granted(
        &self,
        found: Stored<Payment>,
        granted: &RefundGranted,
    ) -> Result<(), Failure> {
        let RefundGranted { refund_id, amount, .. } = *granted;
        let request = |payment: &Payment| payment.request_refund(refund_id, amount, self.trigger.now());
        match self.change(found, request).await? {
            Step::Wrote(changed) | Step::Found(changed) => self.settle(changed).await,
            Step::Over => Ok(()),
        }
    }

    /// Records that a part of what is authorised is to be captured, and then performs due actions.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn capture_requested(
        &self,
        found: Stored<Payment>,
        request: &CaptureRequested,
    ) -> Result<(), Failure> {
        let decide = |payment: &Payment| payment.request_capture(request, self.trigger.now());
        match self.change(found, decide).await? {
            Step::Wrote(changed) | Step::Found(changed) => self.settle(changed).await,
            Step::Over => Ok(()),
        }
    }

    /// Records what the gateway states about a dispute of a payment, and then performs due actions.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub async fn disputed(&self, found: Stored<Payment>, report: &DisputeReport) -> Result<(), Failure> {
        match self.record_dispute(found, report).await? {
            Step::Wrote(changed) if changed.value.due().is_some_and(|due| !due.is_waiting()) => {
                self.settle(changed).await
            }
            // What was due before has a message of its own or the schedule.
            Step::Wrote(_) | Step::Found(_) | Step::Over => Ok(()),
        }
    }

    /// The end of a dispute is recorded after its beginning, each with its posting and its event.
    async fn record_dispute(&self, found: Stored<Payment>, report: &DisputeReport) -> Result<Step, Failure> {
        let now = self.trigger.now();
        let next = |payment: &Payment| payment.disputed(report, now);
        let is_last = |payment: &Payment| payment.disputed(report, now).is_none();
        let mut step = self.change_until(found, next, is_last).await?;
        while let Step::Wrote(changed) = &step
            && !is_last(&changed.value)
        {
            step = self.change_until(changed.clone(), next, is_last).await?;
        }
        Ok(step)
    }

    async fn take_steps(&self, mut found: Stored<Payment>) -> Result<(), Failure> {
        let now = self.trigger.now();
        let most = MOST_STEPS + 2 * (found.value.refunds.len() + found.value.captures.len());
        // Whether this run has just written that the gateway has the attempt, so that no other process can have confirmed
        // it.
        let mut fresh = false;
        for taken in 0..most {
            let Some(due) = found.value.due() else { return Ok(()) };
            // Whoever the shop waits for is asked by the next report of the gateway, or by the schedule.
            if taken > 0 && due.is_waiting() {
                return Ok(());
            }
            let is_new = matches!(due, Due::Open(_) | Due::Prepare(_));
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
        Err(format!("the payment {} is not settled after {most} steps", found.value.payment_id).into())
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
                    // Does not apply to a payment that another process has opened in the meantime.
                    self.change(found, |payment| {
                        let is_unopened = payment.intent.is_none();
                        is_unopened.then(|| payment.settle(charge.attempt_id, outcome.clone(), now)).flatten()
                    })
                    .await
                }
            },
            Due::Prepare(attempt) => match self.gateway.prepare(&attempt).await? {
                Preparation::Prepared => {
                    self.change(found, |payment| payment.prepared(attempt.charge.attempt_id, now)).await
                }
                Preparation::Settled(outcome) => self.settled(found, &attempt, &outcome).await,
            },
            Due::Confirm(attempt) => self.confirm(found, &attempt).await,
            Due::LookUp(attempt) => match self.gateway.look_up(&attempt).await? {
                None | Some(ChargeOutcome::ActionRequired) => {
                    self.change(found, |payment| payment.still_waits(now)).await
                }
                Some(outcome) => self.settled(found, &attempt, &outcome).await,
            },
            Due::Cancel(attempt) => match self.gateway.cancel(&attempt).await? {
                Cancellation::Cancelled => self.change(found, |payment| payment.voided(now)).await,
                Cancellation::TooLate => self.settled(found, &attempt, &ChargeOutcome::Captured).await,
            },
            Due::Capture(capture) => self.capture(found, &capture).await,
            Due::End(_) => self.change(found, |payment| payment.authorization_ends(now)).await,
            Due::Refund(refund) => self.refund(found, &refund).await,
            Due::Drop(refund) => self.change(found, |payment| payment.refund_dropped(refund, now)).await,
            Due::LookUpDispute(name) => {
                let dispute = self.gateway.dispute(&name).await?;
                let Some(dispute) = dispute else {
                    return Err(format!("the payment gateway does not know the dispute {name}").into());
                };
                match self.record_dispute(found, &dispute.report).await? {
                    Step::Found(found) => {
                        self.change(found, |payment| payment.dispute_unchanged(&name, now)).await
                    }
                    step => Ok(step),
                }
            }
        }
    }

    /// Records the disputes because of which the gateway refunds nothing. They may have been reported and not received yet.
    async fn refuse_refund(&self, found: Stored<Payment>, refund: &Refund) -> Result<Step, Failure> {
        let mut step = Step::Found(found);
        for dispute in self.gateway.disputes_of(&refund.intent).await? {
            step = match step {
                Step::Wrote(found) | Step::Found(found) => {
                    self.record_dispute(found, &dispute.report).await?
                }
                Step::Over => return Ok(Step::Over),
            };
        }
        match &step {
            Step::Wrote(found) | Step::Found(found)
                if found.value.due() == Some(Due::Refund(refund.clone())) =>
            {
                Err(GatewayError::Undecided("the payment is disputed, and has no dispute".to_owned()).into())
            }
            _ => Ok(step),
        }
    }

    async fn capture(&self, found: Stored<Payment>, capture: &Capture) -> Result<Step, Failure> {
        let (now, id) = (self.trigger.now(), capture.capture_id);
        match self.gateway.capture(capture).await? {
            Capturing::Done => self.change(found, |payment| payment.captured_part(id, now)).await,
            Capturing::Ended { reason } => {
                self.change(found, |payment| payment.capture_failed(id, &reason, now)).await
            }
        }
    }

    async fn refund(&self, found: Stored<Payment>, refund: &Refund) -> Result<Step, Failure> {
        let (now, id) = (self.trigger.now(), refund.refund_id);
        match self.gateway.refund(refund).await? {
            Refunding::Done => self.change(found, |payment| payment.refunded(id, now)).await,
            Refunding::Disputed => self.refuse_refund(found, refund).await,
            Refunding::Failed { reason } => {
                self.change(found, |payment| payment.refund_failed(id, reason.clone(), now)).await
            }
            Refunding::Pending(name) if refund.taken_on.as_ref() == Some(&name) => {
                self.change(found, |payment| payment.refund_still_pending(id, now)).await
            }
            Refunding::Pending(name) => {
                self.change(found, |payment| payment.refund_taken_on(id, name.clone(), now)).await
            }
        }
    }

    async fn confirm(&self, found: Stored<Payment>, attempt: &Opened) -> Result<Step, Failure> {
        let outcome = self.gateway.confirm(attempt).await?;
        self.settled(found, attempt, &outcome).await
    }

    /// Looks the attempt up first, since another process may have confirmed it and died before it recorded the outcome.
    async fn confirm_unless_confirmed(
        &self,
        found: Stored<Payment>,
        attempt: &Opened,
    ) -> Result<Step, Failure> {
        if let Some(outcome) = self.gateway.look_up(attempt).await? {
            return self.settled(found, attempt, &outcome).await;
        }
        match self.change(found, |payment| payment.try_again(self.trigger.now())).await? {
            Step::Wrote(counted) => match counted.value.due() {
                Some(Due::Confirm(attempt)) => self.confirm(counted, &attempt).await,
                _ => Ok(Step::Wrote(counted)),
            },
            step => Ok(step),
        }
    }

    async fn settled(
        &self,
        found: Stored<Payment>,
        attempt: &Opened,
        outcome: &ChargeOutcome,
    ) -> Result<Step, Failure> {
        let of = attempt.charge.attempt_id;
        self.change(found, |payment| payment.settle(of, outcome.clone(), self.trigger.now())).await
    }

    /// Applies `decide` to the payment as last seen and writes the result. If the payment has changed since, decides
    /// again on the stored payment.
    async fn change(
        &self,
        found: Stored<Payment>,
        decide: impl Fn(&Payment) -> Option<Change>,
    ) -> Result<Step, Failure> {
        self.change_until(found, decide, |_| true).await
    }

    /// The same; the event is not finished before the change that is the last.
    async fn change_until(
        &self,
        found: Stored<Payment>,
        decide: impl Fn(&Payment) -> Option<Change>,
        is_last: impl Fn(&Payment) -> bool,
    ) -> Result<Step, Failure> {
        let id = found.value.payment_id;
        let decide = async |found: Option<Stored<Payment>>| {
            let found = found.ok_or_else(|| format!("the payment {id} does not exist"))?;
            let Some(change) = decide(&found.value) else { return Ok(Decision::new(None, None)) };
            let disputed = |dispute| PaymentDispute::of(&change.payment, dispute);
            let (event, dispute) = (change.event.clone(), change.dispute.clone().map(disputed));
            let more_follows = !is_last(&change.payment);
            let mut change = rows::change(change);
            if more_follows {
                change = change.finishing(false);
            }
            if let Some(dispute) = dispute {
                change = self.payments.with_dispute(&dispute, change).await?;
            }
            if let Some(PaymentEvent::Failed(failed)) = &event {
                change = self.payments.count_decline(failed, change, self.trigger.now()).await?;
            }
            Ok::<_, Failure>(Decision::new(Some(change), event))
        };
        let done = self.payments.table.seen::<PaymentRow>(found).consume(self.trigger, decide).await?;
        match (done.outcome, done.row) {
            (Outcome::Written, Some(written)) => {
                measure(done.answer.as_ref());
                Ok(Step::Wrote(written))
            }
            (Outcome::Unchanged, Some(found)) => Ok(Step::Found(found)),
            // Another delivery of the same event has finished it.
            (Outcome::Duplicate, _) | (_, None) => Ok(Step::Over),
        }
    }
}

/// Counts a record of the gateway that is not the shop's.
fn counted(settled: Result<(), Failure>) -> Result<(), Failure> {
    let error = settled.as_ref().err().and_then(|failure| failure.downcast_ref::<GatewayError>());
    if matches!(error, Some(GatewayError::Mismatch { .. })) {
        Metric::CaptureMismatch.publish(1);
    }
    settled
}

/// Publishes the metric of an outcome just written.
fn measure(event: Option<&PaymentEvent>) {
    match event {
        // An authorised payment counts once, and not with each parcel.
        Some(PaymentEvent::Captured(_) | PaymentEvent::Authorized(_)) => Metric::PaymentsCaptured.publish(1),
        Some(PaymentEvent::Failed(_)) => Metric::PaymentsDeclined.publish(1),
        Some(PaymentEvent::CaptureFailed(capture)) => {
            tracing::error!(payment_id = %capture.payment_id, reason = capture.reason, "a capture failed");
            Metric::CapturesFailed.publish(1);
        }
        Some(PaymentEvent::RefundFailed(refund)) if !refund.is_owed() => {
            tracing::info!(payment_id = %refund.payment_id, "a refund is not made: its money was lost in a dispute");
        }
        Some(PaymentEvent::DisputeOpened(dispute)) => {
            tracing::warn!(payment_id = %dispute.payment_id, reason = dispute.reason, "a payment is disputed");
            Metric::DisputesOpened.publish(1);
        }
        Some(PaymentEvent::RefundFailed(refund)) => {
            tracing::error!(payment_id = %refund.payment_id, reason = refund.reason, "a refund failed");
            Metric::RefundsFailed.publish(1);
        }
        Some(
            PaymentEvent::ActionRequired(_)
            | PaymentEvent::Retried(_)
            | PaymentEvent::PartCaptured(_)
            | PaymentEvent::AuthorizationEnding(_)
            | PaymentEvent::RefundSucceeded(_)
            | PaymentEvent::GatewayReported(_)
            | PaymentEvent::DisputeReported(_)
            | PaymentEvent::DisputeClosed(_),
        )
        | None => {}
    }
}
