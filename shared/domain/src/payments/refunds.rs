//! Refunds: the whole captured amount of an order that has ended.

use jiff::{SignedDuration, Timestamp};

use super::ledger::{Account, Posting};
use super::{Change, Due, GatewayId, Payment, PaymentStatus, Refund};
use crate::events::{PaymentEvent, RefundFailed, RefundSucceeded};
use crate::words::id::RefundId;

/// How long the gateway is left alone with a refund that it has accepted: it may take days.
pub const REFUND_LOOK_UP: SignedDuration = SignedDuration::from_hours(1);

impl Payment {
    /// Records that the gateway has accepted the refund as `refund` and not completed it.
    #[must_use]
    pub fn refund_taken_on(&self, refund: GatewayId, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Refund(_))) && self.refund.as_ref() != Some(&refund);
        due.then(|| Self { refund: Some(refund), updated_at: now, ..self.clone() }.quietly())
    }

    /// Records that the gateway has refunded the money.
    #[must_use]
    pub fn refunded(&self, now: Timestamp) -> Option<Change> {
        let Some(Due::Refund(refund)) = self.due() else { return None };
        let payment = Self {
            status: PaymentStatus::Refunded,
            refunded: self.captured,
            updated_at: now,
            ..self.clone()
        };
        let (debit, credit) = (Account::CustomerOrders, Account::GatewayReceivable);
        let posting = Posting::transfer(refund.refund_id.to_string(), debit, credit, refund.amount, now);
        let event = PaymentEvent::RefundSucceeded(RefundSucceeded {
            refund_id: refund.refund_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: refund.amount,
        });
        Some(payment.with(event, Some(posting)))
    }

    /// Records that the gateway looked at a pending refund and still has not completed it, so that it is asked again
    /// after a while and not in every run.
    #[must_use]
    pub fn refund_still_pending(&self, now: Timestamp) -> Option<Change> {
        let due =
            matches!(self.due(), Some(Due::Refund(_))) && self.refund.is_some() && self.updated_at < now;
        due.then(|| Self { updated_at: now, ..self.clone() }.quietly())
    }

    /// Records that the gateway could not deliver the refund. Nothing is due any more: the gateway would answer the same
    /// request in the same way, so an operator has to find another way to pay the customer.
    #[must_use]
    pub fn refund_failed(&self, reason: String, now: Timestamp) -> Option<Change> {
        let Some(Due::Refund(refund)) = self.due() else { return None };
        let payment = Self {
            status: PaymentStatus::RefundFailed,
            refund_failure: Some(reason.clone()),
            updated_at: now,
            ..self.clone()
        };
        let event = PaymentEvent::RefundFailed(RefundFailed {
            refund_id: refund.refund_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: refund.amount,
            reason,
        });
        Some(payment.with(event, None))
    }

    /// Returns from when on the action that is due may be performed by the schedule, if any.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due().map(|due| match due {
            Due::Refund(Refund { taken_on: Some(_), .. }) => self.updated_at + REFUND_LOOK_UP,
            Due::Open(_) | Due::Confirm(_) | Due::Cancel(_) | Due::Refund(_) => self.updated_at,
        })
    }

    pub(super) fn refund_of_all(&self) -> Option<Refund> {
        // One refund of the whole amount: every request and every retry asks for the same refund.
        Some(Refund {
            refund_id: RefundId::derived_from(&[&self.payment_id.to_string(), "order_ended"]),
            payment_id: self.payment_id,
            order_id: self.order_id,
            intent: self.intent.clone()?,
            amount: self.captured,
            taken_on: self.refund.clone(),
        })
    }
}
