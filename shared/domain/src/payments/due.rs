//! Actions due at the payment gateway, and the gateway's outcomes.

use jiff::{SignedDuration, Timestamp};
use nutype::nutype;

use super::disputes::DISPUTE_LOOK_UP;
use super::refunds::REFUND_LOOK_UP;
use super::{Payment, PaymentStatus};
use crate::words::capture::CaptureMode;
use crate::words::id::{AttemptId, CaptureId, OrderId, PaymentId, RefundId};
use crate::words::money::Money;
use crate::words::payment_method::PaymentMethod;

/// How long the gateway is left alone with a payment that its customer has to confirm. Usually the gateway reports the
/// outcome; the look-up covers reports that are lost.
pub const ACTION_LOOK_UP: SignedDuration = SignedDuration::from_mins(1);

/// The payment gateway's own id for a payment or a refund.
#[nutype(
    validate(predicate = is_gateway_id),
    derive(Debug, Clone, PartialEq, Eq, Hash, AsRef, Display, Serialize, Deserialize)
)]
pub struct GatewayId(String);

/// The id becomes part of a URL's path.
fn is_gateway_id(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// An attempt to charge, as sent to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Idempotency keys are derived from it.
    pub attempt_id: AttemptId,
    /// The payment that the attempt belongs to.
    pub payment_id: PaymentId,
    /// The order being paid.
    pub order_id: OrderId,
    /// The amount.
    pub amount: Money,
    /// The payment gateway's token to charge.
    pub payment_method: PaymentMethod,
    /// The customer at the gateway, if the payment method is one that they have saved, or want saved.
    pub customer: Option<GatewayId>,
    /// Whether the gateway saves the payment method for the customer once it is charged.
    pub saves_method: bool,
    /// When the money is captured. Unless that is at once, a charge only authorises it.
    pub capture: CaptureMode,
    /// Number of requests to confirm the attempt, including the next one.
    pub tries: u32,
}

/// An attempt of a payment known to the gateway. It takes no money until it is confirmed, and it can be confirmed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The gateway's id for the payment.
    pub intent: GatewayId,
    /// The attempt.
    pub charge: Charge,
}

/// A capture of a part of what is authorised, as sent to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The idempotency key.
    pub capture_id: CaptureId,
    /// The authorised attempt.
    pub attempt: Opened,
    /// What was captured before.
    pub before: Money,
    /// The amount; nothing if only the rest is released.
    pub amount: Money,
    /// Whether the rest is released.
    pub is_last: bool,
    /// Whether the gateway takes several captures of the payment. It must not be told of the rest otherwise.
    pub is_one_of_several: bool,
}

/// What the gateway states of an authorisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorized {
    /// Until when it can be captured, if the gateway says.
    pub capture_before: Option<Timestamp>,
    /// Whether parts of it can be captured, one after another. Otherwise, the first capture releases the rest.
    pub takes_several: bool,
}

/// A refund, as sent to the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The idempotency key.
    pub refund_id: RefundId,
    /// The refunded payment.
    pub payment_id: PaymentId,
    /// The order that was paid.
    pub order_id: OrderId,
    /// The gateway's id for the attempt that captured the money.
    pub intent: GatewayId,
    /// The amount: at most the captured amount.
    pub amount: Money,
    /// The gateway's id for the refund, if accepted and not completed.
    pub taken_on: Option<GatewayId>,
    /// The number of disputes that have ended. While one was open, the gateway may have refused the refund, and would repeat that under
    /// the same idempotency key.
    pub ended_disputes: usize,
}

/// The next action at the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// Create the payment at the gateway. This takes no money.
    Open(Charge),
    /// Give the payment at the gateway the payment method of a further attempt. This takes no money.
    Prepare(Opened),
    /// Confirm the attempt, which captures the money, or find out its outcome.
    Confirm(Opened),
    /// Capture a part of what is authorised, or release the rest.
    Capture(Capture),
    /// Have the order say what becomes of the rest before the authorisation ends, from this time on. The gateway is not asked.
    End(Timestamp),
    /// Find out whether the customer has confirmed the attempt.
    LookUp(Opened),
    /// Ensure that the payment can no longer capture money.
    Cancel(Opened),
    /// Refund captured money.
    Refund(Refund),
    /// Give up a refund whose money the customer has got through a dispute. The gateway is not asked.
    Drop(RefundId),
    /// Find out whether a dispute has ended.
    LookUpDispute(GatewayId),
}

impl Due {
    /// Returns whether the shop is waiting for someone else, and only asks now and then.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        match self {
            Self::LookUp(_)
            | Self::LookUpDispute(_)
            | Self::End(_)
            | Self::Refund(Refund { taken_on: Some(_), .. }) => true,
            Self::Open(_)
            | Self::Prepare(_)
            | Self::Confirm(_)
            | Self::Cancel(_)
            | Self::Capture(_)
            | Self::Refund(_)
            | Self::Drop(_) => false,
        }
    }
}

/// The gateway's outcome of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChargeOutcome {
    /// The money is captured.
    Captured,
    /// The money is authorised, and can be captured.
    Authorized(Authorized),
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Nothing is captured.
    Declined {
        /// The gateway's decline code (`card_declined`).
        code: String,
    },
}

impl Payment {
    /// Returns the next action at the gateway, if any.
    #[must_use]
    pub fn due(&self) -> Option<Due> {
        use PaymentStatus::{ActionRequired, Authorized, Captured, Failed, Pending, RefundFailed, Refunded};
        let dispute = || self.unsettled_dispute().map(|dispute| Due::LookUpDispute(dispute.gateway.clone()));
        match (self.status, self.cancel_requested) {
            (Pending, false) if self.intent.is_none() => self.charge().map(Due::Open),
            (Pending, false) if self.attempt > self.opened_attempt => self.at_gateway().map(Due::Prepare),
            (Pending, false) => self.at_gateway().map(Due::Confirm),
            (ActionRequired, false) => self.at_gateway().map(Due::LookUp),
            (Pending | ActionRequired | Failed, true) => self.at_gateway().map(Due::Cancel),
            (Authorized, _) => self.due_of_authorized(),
            (Captured, _) => match self.to_be_dropped() {
                Some(refund) => Some(Due::Drop(refund)),
                None => self.next_refund().map(Due::Refund).or_else(dispute),
            },
            (Refunded | RefundFailed, _) => dispute(),
            _ => None,
        }
    }

    /// Returns from when on the action that is due may be performed by the schedule, if any.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.due().map(|due| self.time_of(&due))
    }

    /// Returns from when on the schedule may perform an action.
    pub(super) fn time_of(&self, due: &Due) -> Timestamp {
        match due {
            Due::LookUp(_) => self.updated_at + ACTION_LOOK_UP,
            Due::Refund(Refund { taken_on: Some(_), refund_id, .. }) => {
                self.refund_asked_at(*refund_id) + REFUND_LOOK_UP
            }
            Due::LookUpDispute(name) => self.dispute_asked_at(name) + DISPUTE_LOOK_UP,
            Due::End(from) => *from,
            Due::Open(_)
            | Due::Prepare(_)
            | Due::Confirm(_)
            | Due::Cancel(_)
            | Due::Capture(_)
            | Due::Refund(_)
            | Due::Drop(_) => self.updated_at,
        }
    }

    /// Returns the attempt of which the gateway may know more than is stored: it is known there, and nothing that it
    /// captured is recorded.
    #[must_use]
    pub fn uncaptured(&self) -> Option<Opened> {
        use PaymentStatus::{ActionRequired, Authorized, Captured, Failed, Pending};
        use PaymentStatus::{RefundFailed, Refunded, Voided};
        match self.status {
            Pending | ActionRequired | Failed | Voided => self.at_gateway(),
            Authorized if self.captures.is_empty() => self.at_gateway(),
            Authorized | Captured | Refunded | RefundFailed | PaymentStatus::Unknown => None,
        }
    }

    /// Returns the attempt that the customer has to confirm with their bank, if any.
    #[must_use]
    pub fn to_be_confirmed(&self) -> Option<Opened> {
        match self.due() {
            Some(Due::LookUp(attempt)) => Some(attempt),
            _ => None,
        }
    }

    /// Returns whether a report of the gateway about the payment may be of something that is not stored yet.
    #[must_use]
    pub fn may_have_news(&self) -> bool {
        self.due().is_some() || self.uncaptured().is_some()
    }

    fn charge(&self) -> Option<Charge> {
        Some(Charge {
            attempt_id: self.attempt_id,
            payment_id: self.payment_id,
            order_id: self.order_id,
            amount: self.amount,
            payment_method: self.payment_method.clone()?,
            customer: self.customer.clone(),
            saves_method: self.saves_method && self.customer.is_some(),
            capture: self.capture,
            tries: self.tries,
        })
    }

    pub(super) fn at_gateway(&self) -> Option<Opened> {
        Some(Opened { intent: self.intent.clone()?, charge: self.charge()? })
    }
}
