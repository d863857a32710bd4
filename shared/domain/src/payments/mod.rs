//! The payment of one order: `pending → captured`, or `authorized` in between; or `failed`, `action_required`, `voided`, `refunded`,
//! `refund_failed`.
//!
//! The order's events may arrive in any order and more than once, and a reply of the payment gateway may be lost. So
//! every decision here returns `None` for input that is already known. [`Payment::due`] returns the next action at the
//! gateway, so any process can resume a payment after any failure.
//!
//! A payment is created at the gateway before it may take any money (`opened`), and the gateway's id for it is stored
//! first. So every confirmed attempt can be looked up at the gateway later. A further attempt, with another payment
//! method, goes to the same payment at the gateway, which captures at most once.

mod capturing;
mod command;
pub mod customer;
mod decline;
pub mod declines;
pub mod disputes;
mod due;
pub mod ledger;
pub mod payouts;
mod refunds;
mod refusal;
mod retry;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{OrderPlaced, OrderSummary, PaymentEvent, PaymentFailed, PaymentOutcome};
use crate::payments::ledger::{Account, Posting};
use crate::words::attempt::{first, is_first};
use crate::words::capture::CaptureMode;
use crate::words::hold::is_too_late_to_pay;
use crate::words::id::{AttemptId, OrderId, PaymentId, UserId};
use crate::words::money::Money;
use crate::words::pay_with::MethodUse;
use crate::words::payment_method::PaymentMethod;

pub use capturing::{
    Authorization, CAPTURED_AHEAD, CaptureStatus, MAX_CAPTURES, PaymentCapture, SHORTEST_AUTHORIZATION,
    TOLD_AGAIN,
};
pub use command::{About, Command};
pub use customer::{Customer, MethodRefusal, SavedMethod};
pub use decline::DeclineReason;
pub use disputes::{Dispute, DisputeReport, DisputeStatus};
pub use due::{
    ACTION_LOOK_UP, Authorized, Capture, Charge, ChargeOutcome, Due, GatewayId, GatewayIdError, Opened,
    Refund,
};
pub use refunds::{MAX_REFUNDS, PaymentRefund, REFUND_LOOK_UP, RefundStatus};
pub use refusal::{PaymentRefusal, WebhookRefusal};
pub use retry::{MAX_ATTEMPTS, RetryRefusal};

/// The status of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The attempt is at the gateway, and its outcome is not known.
    Pending,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// The money is authorised, and captured parcel by parcel. A part of it may be captured.
    Authorized,
    /// The money is captured.
    Captured,
    /// The attempt was declined.
    Failed,
    /// The order ended, or the authorisation did, and nothing was captured.
    Voided,
    /// The captured money is refunded.
    Refunded,
    /// The gateway could not deliver the refund. The customer is still owed the money.
    RefundFailed,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// The payment of one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id, derived from the order's.
    pub payment_id: PaymentId,
    /// The order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The amount to capture.
    pub amount: Money,
    /// The payment gateway's token to charge. `None` if the order ended before its placement was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// The gateway's id for the customer, if they pay with a payment method that they have saved, or want saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<GatewayId>,
    /// Whether the customer wants the payment method saved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub saves_method: bool,
    /// The end of the order's stock hold. Some time after it, nothing is captured any more, whether or not an event
    /// reports the order's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// When the money is captured.
    #[serde(default, skip_serializing_if = "CaptureMode::is_automatic")]
    pub capture: CaptureMode,
    /// The payment's status.
    pub status: PaymentStatus,
    /// The current attempt, derived from the payment and the attempt's number. Idempotency keys are derived from it.
    pub attempt_id: AttemptId,
    /// The current attempt's number, from 1.
    pub attempt: u32,
    /// The gateway's id for the payment, once it has been created there. All attempts have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<GatewayId>,
    /// The latest attempt whose payment method the gateway has.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub opened_attempt: u32,
    /// Number of requests to the gateway to confirm the attempt.
    pub tries: u32,
    /// Whether the order has ended: an uncaptured amount must not be captured, and a captured amount is refunded.
    pub cancel_requested: bool,
    /// The authorisation, of a payment that is captured parcel by parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// What was captured of what is authorised, or is to be, in the sequence in which it was requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captures: Vec<PaymentCapture>,
    /// The captured amount.
    pub captured: Money,
    /// The refunded part of the captured amount.
    pub refunded: Money,
    /// The refunds, in the sequence in which they were requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<PaymentRefund>,
    /// The gateway's id for the refund of an ended order, in rows from before there was a list of refunds. Only read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<GatewayId>,
    /// What its customer has claimed back through their bank.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disputes: Vec<Dispute>,
    /// The gateway's decline code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decline_code: Option<String>,
    /// Creation time.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The result of a decision: the payment's new state, the event, the ledger posting and the dispute that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The new state.
    pub payment: Payment,
    /// The event to publish, if any.
    pub event: Option<PaymentEvent>,
    /// The ledger posting, if any.
    pub posting: Option<Posting>,
    /// The dispute that has changed, if any.
    pub dispute: Option<Dispute>,
}

impl Payment {
    /// Starts the payment of an order with its first attempt, to be stored before it is sent to the gateway. If the
    /// order is received too late to be paid, nothing will be charged.
    #[must_use]
    pub fn begin(placed: &OrderPlaced, now: Timestamp) -> Self {
        if is_too_late_to_pay(placed.held_until, now) {
            return Self::void_before_start(&placed.order, now);
        }
        Self {
            payment_method: Some(placed.payment_method.clone()),
            saves_method: placed.method_use == MethodUse::ToSave,
            held_until: Some(placed.held_until),
            capture: capturing::mode_of(placed),
            status: PaymentStatus::Pending,
            cancel_requested: false,
            ..Self::void_before_start(&placed.order, now)
        }
    }

    /// Creates a voided payment for an order whose end arrives before its placement. Nothing will be charged when the
    /// placement arrives.
    #[must_use]
    pub fn void_before_start(order: &OrderSummary, now: Timestamp) -> Self {
        let payment_id = PaymentId::of(order.order_id);
        Self {
            payment_id,
            order_id: order.order_id,
            user_id: order.user_id,
            amount: order.total,
            payment_method: None,
            customer: None,
            saves_method: false,
            held_until: None,
            capture: CaptureMode::Automatic,
            status: PaymentStatus::Voided,
            attempt_id: retry::attempt_id(payment_id, first()),
            attempt: first(),
            intent: None,
            opened_attempt: first(),
            tries: 0,
            cancel_requested: true,
            authorization: None,
            captures: Vec::new(),
            captured: order.total.nothing_of(),
            refunded: order.total.nothing_of(),
            refunds: Vec::new(),
            refund: None,
            disputes: Vec::new(),
            decline_code: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Names the customer at the gateway, whose saved payment methods can then be charged. Without one, what is named stays:
    /// the payment has it there.
    #[must_use]
    pub fn billed_to(self, customer: Option<GatewayId>) -> Self {
        Self { customer: customer.or(self.customer), ..self }
    }

    /// Returns whether this version knows the payment's status and mode, and the statuses of its captures, refunds and disputes.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        let is_known = |refund: &PaymentRefund| refund.status != RefundStatus::Unknown;
        self.status != PaymentStatus::Unknown
            && self.capture != CaptureMode::Unknown
            && self.refunds.iter().all(is_known)
            && self.captures.iter().all(|capture| capture.status != CaptureStatus::Unknown)
            && self.disputes.iter().all(|dispute| dispute.status != DisputeStatus::Unknown)
    }

    /// Records that the gateway knows the payment as `intent`; to be stored before the attempt is confirmed. Returns
    /// `None` if the payment has another id already or must no longer be charged; then `intent` must never be
    /// confirmed.
    #[must_use]
    pub fn opened(&self, intent: GatewayId, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Open(_)));
        due.then(|| Self { intent: Some(intent), ..self.with_gateway(now) }.quietly())
    }

    /// Records that the gateway has the payment method of the attempt `of`; to be stored before it is confirmed. Returns
    /// `None` if there has been another attempt since, or nothing must be charged any more.
    #[must_use]
    pub fn prepared(&self, of: AttemptId, now: Timestamp) -> Option<Change> {
        let due = self.attempt_id == of && matches!(self.due(), Some(Due::Prepare(_)));
        due.then(|| self.with_gateway(now).quietly())
    }

    /// Counts another request to confirm the attempt; to be stored before the gateway is asked again. Returns `None` if
    /// the attempt must no longer be charged.
    #[must_use]
    pub fn try_again(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Confirm(_)));
        due.then(|| Self { tries: self.tries.saturating_add(1), updated_at: now, ..self.clone() }.quietly())
    }

    /// Records that the gateway was asked and the customer still has to confirm, so that it is asked again after a while
    /// and not in every run.
    #[must_use]
    pub fn still_waits(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::LookUp(_))) && self.updated_at < now;
        due.then(|| Self { updated_at: now, ..self.clone() }.quietly())
    }

    /// Applies the gateway's outcome of the attempt `of`. Captured money is always recorded, whichever attempt captured
    /// it: if the payment was already cancelled, a refund becomes due. Any other outcome of an earlier attempt is
    /// outdated. An attempt unknown to the gateway can only be declined.
    #[must_use]
    pub fn settle(&self, of: AttemptId, outcome: ChargeOutcome, now: Timestamp) -> Option<Change> {
        use PaymentStatus::{ActionRequired, Pending};
        use PaymentStatus::{Authorized, Captured, Failed, RefundFailed, Refunded, Voided};
        let to = |status| Self { status, updated_at: now, ..self.clone() };
        match (self.status, outcome) {
            (Captured | Refunded | RefundFailed | PaymentStatus::Unknown, _) => None,
            (Authorized, outcome) => self.authorization_settled(&outcome, now),
            (_, ChargeOutcome::Captured | ChargeOutcome::Authorized(_) | ChargeOutcome::ActionRequired)
                if self.intent.is_none() =>
            {
                None
            }
            (_, ChargeOutcome::Captured) => Some(self.capture_all(now)),
            (_, ChargeOutcome::Authorized(authorized)) => Some(self.authorize(&authorized, now)),
            _ if of != self.attempt_id => None,
            // The order has ended: its customer is neither asked to confirm nor notified of a failure.
            (Pending, ChargeOutcome::ActionRequired) if self.cancel_requested => {
                Some(to(ActionRequired).quietly())
            }
            (Pending | ActionRequired, ChargeOutcome::Declined { code }) if self.cancel_requested => {
                Some(Self { decline_code: Some(code), ..to(Voided) }.quietly())
            }
            (Pending, ChargeOutcome::ActionRequired) => {
                let payment = to(ActionRequired);
                let event = PaymentEvent::ActionRequired(payment.outcome());
                Some(payment.with(event, None))
            }
            (Pending | ActionRequired, ChargeOutcome::Declined { code }) => {
                let payment = Self { decline_code: Some(code.clone()), ..to(Failed) };
                let event =
                    PaymentEvent::Failed(PaymentFailed { outcome: payment.outcome(), decline_code: code });
                Some(payment.with(event, None))
            }
            (ActionRequired | Failed | Voided, _) => None,
        }
    }

    /// Cancels the payment because the order has ended. A payment unknown to the gateway is voided immediately: a process
    /// that is creating it there finds that out before it confirms. In all other states, [`Payment::due`] returns the next
    /// action. A declined payment is cancelled at the gateway, too: its customer may be able to confirm it there.
    #[must_use]
    pub fn cancel(&self, now: Timestamp) -> Option<Change> {
        use PaymentStatus::{ActionRequired, Authorized, Captured, Failed, Pending};
        use PaymentStatus::{RefundFailed, Refunded, Voided};
        let status = match self.status {
            Pending | Failed if self.intent.is_none() => Voided,
            Pending | ActionRequired | Failed | Authorized | Captured if !self.cancel_requested => {
                self.status
            }
            Pending | ActionRequired | Failed | Authorized | Captured | Voided => return None,
            Refunded | RefundFailed | PaymentStatus::Unknown => return None,
        };
        let cancelled = Self { status, cancel_requested: true, updated_at: now, ..self.clone() };
        Some(cancelled.releasing_the_rest().claiming_the_rest().quietly())
    }

    /// Makes the payment another customer's, because its order has become theirs. Returns `None` if it is theirs already.
    ///
    /// `updated_at` stays: an action that is due at the gateway is found by it, and must not wait longer for this.
    #[must_use]
    pub fn reown(&self, user_id: UserId) -> Option<Change> {
        (self.user_id != user_id).then(|| Self { user_id, ..self.clone() }.quietly())
    }

    /// Cancels an attempt that is still unconfirmed when it is too late to pay the order: the order has ended, although
    /// its event may never arrive. Call it before [`Payment::due`]. Cancelling at the gateway reveals whether the
    /// attempt was confirmed after all.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Option<Change> {
        match self.due() {
            Some(Due::Open(_) | Due::Prepare(_) | Due::Confirm(_) | Due::LookUp(_))
                if self.is_too_late(now) =>
            {
                self.cancel(now)
            }
            _ => None,
        }
    }

    fn is_too_late(&self, now: Timestamp) -> bool {
        self.held_until.is_some_and(|held_until| is_too_late_to_pay(held_until, now))
    }

    /// Records the gateway's statement that the attempt can no longer capture money.
    #[must_use]
    pub fn voided(&self, now: Timestamp) -> Option<Change> {
        let due = matches!(self.due(), Some(Due::Cancel(_)));
        due.then(|| Self { status: PaymentStatus::Voided, updated_at: now, ..self.clone() }.quietly())
    }

    fn capture_all(&self, now: Timestamp) -> Change {
        let payment = Self {
            status: PaymentStatus::Captured,
            captured: self.amount,
            decline_code: None,
            updated_at: now,
            ..self.clone()
        };
        let (debit, credit) = (Account::GatewayReceivable, Account::CustomerOrders);
        let posting = Posting::transfer(self.attempt_id.to_string(), debit, credit, self.amount, now);
        let event = PaymentEvent::Captured(payment.outcome());
        payment.claiming_the_rest().with(event, Some(posting))
    }

    fn with_gateway(&self, now: Timestamp) -> Self {
        Self { opened_attempt: self.attempt, tries: 1, updated_at: now, ..self.clone() }
    }

    fn outcome(&self) -> PaymentOutcome {
        PaymentOutcome {
            payment_id: self.payment_id,
            attempt_id: self.attempt_id,
            order_id: self.order_id,
            user_id: self.user_id,
            amount: self.amount,
            attempt: self.attempt,
        }
    }

    fn with(self, event: PaymentEvent, posting: Option<Posting>) -> Change {
        Change { event: Some(event), posting, ..self.quietly() }
    }

    fn quietly(self) -> Change {
        Change { payment: self, event: None, posting: None, dispute: None }
    }
}

#[cfg(test)]
mod tests;
