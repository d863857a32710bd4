//! The keys of the payments table.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | payment | `PAYMENT#<payment>` | `PAYMENT` |
//! | posting | `PAYMENT#<payment>` | `POSTING#<attempt or refund>` |
//!
//! A posting is keyed by what moved the money, and only ever inserted: nothing is posted twice.

use domain::id::PaymentId;
use domain::ledger::Posting;
use store::Key;

/// A payment.
#[must_use]
pub fn payment(id: PaymentId) -> Key {
    Key::new(partition(id), "PAYMENT")
}

/// A posting of a payment.
#[must_use]
pub fn posting(id: PaymentId, posting: &Posting) -> Key {
    Key::new(partition(id), format!("POSTING#{}", posting.reference))
}

fn partition(id: PaymentId) -> String {
    format!("PAYMENT#{id}")
}
