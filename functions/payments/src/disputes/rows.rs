//! Rows of the payments table for disputes.
//!
//! | row | pk | sk | gsi1 (open disputes, by when the shop has to answer) |
//! |---|---|---|---|
//! | dispute | `PAYMENT#<payment>` | `DISPUTE#<dispute>` | `DISPUTES` / `<due_by>#<dispute>` |
//!
//! The payment has its disputes as well, and decides: each change of a dispute is a change of its payment, in one transaction.

use domain::payments::{Dispute, Payment};
use domain::words::id::{OrderId, PaymentId};
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

/// The index partition of the disputes that are undecided.
pub const OPEN: &str = "DISPUTES";

/// A dispute of a payment.
#[derive(Debug)]
pub struct DisputeRow;

/// A dispute with its payment and order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDispute {
    /// The payment.
    pub payment_id: PaymentId,
    /// The order that it pays.
    pub order_id: OrderId,
    /// The dispute.
    #[serde(flatten)]
    pub dispute: Dispute,
}

impl PaymentDispute {
    /// Returns a dispute of a payment.
    #[must_use]
    pub fn of(payment: &Payment, dispute: Dispute) -> Self {
        Self { payment_id: payment.payment_id, order_id: payment.order_id, dispute }
    }
}

impl Row for DisputeRow {
    type Value = PaymentDispute;
    const KIND: &'static str = "dispute";

    fn key(disputed: &PaymentDispute) -> Key {
        Key::new(
            format!("PAYMENT#{}", disputed.payment_id),
            format!("DISPUTE#{}", disputed.dispute.dispute_id),
        )
    }

    fn place(disputed: &PaymentDispute, item: Item) -> Item {
        let dispute = &disputed.dispute;
        if !dispute.status.is_open() {
            return item;
        }
        // What has no deadline sorts by its beginning. Always with milliseconds, so that the strings sort chronologically.
        let due = dispute.due_by.unwrap_or(dispute.opened_at);
        item.indexed(1, OPEN, format!("{due:.3}#{}", dispute.dispute_id))
    }

    fn is_understood(disputed: &PaymentDispute) -> bool {
        disputed.dispute.status != domain::payments::DisputeStatus::Unknown
    }
}
