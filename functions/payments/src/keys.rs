//! The keys of the payments table.
//!
//! | row | pk | sk | gsi1 (what is due at the gateway, by its last change) |
//! |---|---|---|---|
//! | payment | `PAYMENT#<payment>` | `PAYMENT` | `UNSETTLED#<shard>` / `<updated_at>#<payment>` |
//! | posting | `PAYMENT#<payment>` | `POSTING#<attempt or refund>` | |
//!
//! A posting is keyed by what moved the money, and only ever inserted: nothing is posted twice.

use domain::id::PaymentId;
use domain::ledger::Posting;
use domain::payment::Payment;
use jiff::Timestamp;
use store::Key;

/// Payments that something is due of are spread over this many partitions of gsi1.
pub const UNSETTLED_SHARDS: u8 = 4;

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

/// The partition of gsi1 that a payment is in while something is due of it.
#[must_use]
pub fn unsettled_partition(id: PaymentId) -> String {
    unsettled_shard(id.to_string().bytes().last().unwrap_or_default() % UNSETTLED_SHARDS)
}

/// A partition of payments that something is due of.
#[must_use]
pub fn unsettled_shard(shard: u8) -> String {
    format!("UNSETTLED#{shard}")
}

/// A place in [`unsettled_partition`].
#[must_use]
pub fn changed(payment: &Payment) -> String {
    format!("{}#{}", minute(payment.updated_at), payment.payment_id)
}

/// What every payment that last changed before the minute of `time` sorts below.
#[must_use]
pub fn changed_before(time: Timestamp) -> String {
    minute(time)
}

/// To the minute, because as a rule a payment changes several times within one: an index entry that does not change is not
/// written.
fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%MZ").to_string()
}
