//! What the payments table holds of payments.
//!
//! | row | pk | sk | gsi1 (what is due at the gateway, by its last change) |
//! |---|---|---|---|
//! | payment | `PAYMENT#<payment>` | `PAYMENT` | `UNSETTLED#<shard>` / `<updated_at>#<payment>` |
//! | posting | `PAYMENT#<payment>` | `POSTING#<attempt or refund>` | |
//!
//! A posting is keyed by what moved the money, and only ever inserted, so nothing is posted twice.

use domain::payments::ledger::Posting;
use domain::payments::{self, Payment};
use domain::words::id::PaymentId;
use serde::{Deserialize, Serialize};
use store::{Change, DueIndex, Item, Key, Row};

/// Payments with something due at the gateway, by the minute of their last change: most payments change several times within one.
pub const UNSETTLED: DueIndex = DueIndex::new(1, "UNSETTLED").by_minute();

/// A payment.
#[derive(Debug)]
pub struct PaymentRow;

impl Row for PaymentRow {
    type Value = Payment;
    const KIND: &'static str = "payment";

    fn key(payment: &Payment) -> Key {
        key(payment.payment_id)
    }

    fn place(payment: &Payment, item: Item) -> Item {
        match payment.due() {
            Some(_) => UNSETTLED.enter(item, &payment.payment_id.to_string(), payment.updated_at),
            None => item,
        }
    }

    fn is_understood(payment: &Payment) -> bool {
        payment.is_understood()
    }
}

/// A posting of a payment.
#[derive(Debug)]
pub struct PostingRow;

/// A posting, and the payment whose money it moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPosting {
    /// The payment.
    pub payment_id: PaymentId,
    /// The posting.
    #[serde(flatten)]
    pub posting: Posting,
}

impl Row for PostingRow {
    type Value = PaymentPosting;
    const KIND: &'static str = "posting";

    fn key(posted: &PaymentPosting) -> Key {
        Key::new(partition(posted.payment_id), format!("POSTING#{}", posted.posting.reference))
    }
}

/// A payment's key.
#[must_use]
pub fn key(id: PaymentId) -> Key {
    Key::new(partition(id), "PAYMENT")
}

fn partition(id: PaymentId) -> String {
    format!("PAYMENT#{id}")
}

/// Writes a payment. That finishes the event that is the reason for it only if nothing is due at the gateway any more.
pub fn to<E>(payment: Payment) -> Change<PaymentRow, E> {
    let is_settled = payment.due().is_none();
    Change::to(payment).finishing(is_settled)
}

/// What a decision writes.
pub fn change<E>(decided: payments::Change) -> Change<PaymentRow, E> {
    let payments::Change { payment, event, posting } = decided;
    let payment_id = payment.payment_id;
    let change = to(payment).emit(event);
    match posting {
        Some(posting) => change.insert::<PostingRow>(&PaymentPosting { payment_id, posting }),
        None => change,
    }
}
