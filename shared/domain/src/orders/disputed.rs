//! Disputes of an order's payment. They change neither how the order stands nor what was captured for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Change, Order, OrderStatus, PaymentStatus};
use crate::events::{DisputeClosed, DisputeOpened, DisputeOutcome};
use crate::words::id::{DisputeId, OrderId};
use crate::words::money::Money;

/// The status of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "OrderDisputeStatus"))]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// The customer's bank has taken the money, and has decided nothing. Nothing can be refunded.
    Open,
    /// The shop keeps the money.
    Won,
    /// The customer has the money.
    Lost,
    /// A status of a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// A dispute of the order's payment: its customer claims money back through their bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderDispute {
    /// Its id.
    pub dispute_id: DisputeId,
    /// The disputed amount; of a lost dispute, what the bank has taken.
    pub amount: Money,
    /// Its status.
    pub status: DisputeStatus,
}

/// What has become of an order's money, after what can happen to it once it is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// No outcome is known yet.
    Pending,
    /// The customer has to confirm with their bank.
    ActionRequired,
    /// Declined.
    Failed,
    /// Authorised, and captured parcel by parcel. Nothing is captured yet.
    Authorized,
    /// Authorised, and captured in part, for what was shipped.
    PartiallyCaptured,
    /// It was authorised, and nothing was or will be captured, since the order has ended, or only free goods of it were sent.
    Released,
    /// It was authorised, and a part of it, or all, could not be captured and will not be.
    CaptureFailed,
    /// Captured.
    Captured,
    /// Captured, and a part was refunded.
    PartiallyRefunded,
    /// Refunded.
    Refunded,
    /// The refund could not be delivered. The customer is still owed the money.
    RefundFailed,
    /// The customer claims money back through their bank, which has not decided.
    Disputed,
    /// The customer has got money back through their bank.
    Lost,
    /// A state of a newer version.
    Unknown,
}

/// What a dispute's event tells an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisputeNews {
    /// The order.
    pub order_id: OrderId,
    /// The dispute.
    pub dispute_id: DisputeId,
    /// The disputed amount, or the lost one.
    pub amount: Money,
    /// The dispute's status.
    pub status: DisputeStatus,
}

impl From<&DisputeOpened> for DisputeNews {
    fn from(opened: &DisputeOpened) -> Self {
        let DisputeOpened { order_id, dispute_id, amount, .. } = *opened;
        Self { order_id, dispute_id, amount, status: DisputeStatus::Open }
    }
}

impl From<&DisputeClosed> for DisputeNews {
    fn from(closed: &DisputeClosed) -> Self {
        let DisputeClosed { order_id, dispute_id, amount, outcome, .. } = *closed;
        let status = match outcome {
            DisputeOutcome::Won => DisputeStatus::Won,
            DisputeOutcome::Lost => DisputeStatus::Lost,
            DisputeOutcome::Unknown => DisputeStatus::Unknown,
        };
        Self { order_id, dispute_id, amount, status }
    }
}

impl DisputeStatus {
    /// Returns how far a dispute has come: its events arrive in any order. A bank may overturn a loss.
    fn stage(self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Lost => 1,
            Self::Won => 2,
            Self::Unknown => 3,
        }
    }
}

impl Order {
    /// Applies the event of a dispute. Returns `None` for a duplicate or outdated event.
    #[must_use]
    pub fn apply_dispute(&self, news: &DisputeNews, now: Timestamp) -> Option<Change> {
        let DisputeNews { dispute_id, amount, status, .. } = *news;
        let mut order = Self { updated_at: now, ..self.clone() };
        match order.disputes.iter_mut().find(|known| known.dispute_id == dispute_id) {
            Some(known) if known.status.stage() >= status.stage() => return None,
            Some(known) => (known.amount, known.status) = (amount, status),
            None => order.disputes.push(OrderDispute { dispute_id, amount, status }),
        }
        Some(order.into())
    }

    /// Returns whether a dispute is undecided, so that nothing can be refunded.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        self.disputes.iter().any(|dispute| dispute.status == DisputeStatus::Open)
    }

    /// Returns what was lost in disputes.
    #[must_use]
    pub fn lost(&self) -> Money {
        let lost = self.disputes.iter().filter(|dispute| dispute.status == DisputeStatus::Lost);
        Money::sum(lost.map(|dispute| dispute.amount)).ok().flatten().unwrap_or(self.total.nothing_of())
    }

    /// Returns what has become of the order's money.
    #[must_use]
    pub fn payment_state(&self) -> PaymentState {
        if self.is_disputed() {
            return PaymentState::Disputed;
        }
        if !self.lost().is_zero() {
            return PaymentState::Lost;
        }
        match self.payment_status {
            PaymentStatus::Pending => PaymentState::Pending,
            PaymentStatus::ActionRequired => PaymentState::ActionRequired,
            PaymentStatus::Failed => PaymentState::Failed,
            PaymentStatus::Authorized if self.has_failed_capture() => PaymentState::CaptureFailed,
            PaymentStatus::Authorized if self.is_released() => PaymentState::Released,
            PaymentStatus::Authorized if self.captured().is_zero() => PaymentState::Authorized,
            PaymentStatus::Authorized => PaymentState::PartiallyCaptured,
            PaymentStatus::Captured if self.refunded().is_ok_and(|back| !back.is_zero()) => {
                PaymentState::PartiallyRefunded
            }
            PaymentStatus::Captured => PaymentState::Captured,
            PaymentStatus::Refunded => PaymentState::Refunded,
            PaymentStatus::RefundFailed => PaymentState::RefundFailed,
            PaymentStatus::Unknown => PaymentState::Unknown,
        }
    }

    /// Returns whether nothing of what was authorised was captured, or will be.
    fn is_released(&self) -> bool {
        let has_ended = self.status != OrderStatus::Confirmed;
        has_ended || (self.captured().is_zero() && self.is_captured_whole())
    }

    /// Returns whether this version knows the status of each dispute.
    pub(super) fn knows_its_disputes(&self) -> bool {
        self.disputes.iter().all(|dispute| dispute.status != DisputeStatus::Unknown)
    }
}
