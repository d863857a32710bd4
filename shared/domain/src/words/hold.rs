//! How long stock is held for payment, and what may still happen after that.
//!
//! Three services have to agree on these times, so they are in one place: [`HOLD`] < `HOLD` + [`LATE_PAYMENT`] < `HOLD` + [`GRACE`].

use jiff::{SignedDuration, Timestamp};

/// How long a customer's stock is held for payment.
pub const HOLD: SignedDuration = SignedDuration::from_mins(15);

/// How long after the end of its hold an open order is still confirmed by a payment, so that a payment made at the last moment is
/// not refunded because a message was slow. The confirmation has to reach the product service before that releases the stock,
/// [`GRACE`] after the end of the hold.
pub const LATE_PAYMENT: SignedDuration = SignedDuration::from_mins(5);

/// How much longer the product service itself waits before it releases stock that nobody settled. The order ends first and says
/// so; this is for orders that were never written.
///
/// An order may be confirmed until [`LATE_PAYMENT`] after the hold. The rest is for the confirmation to arrive while something is
/// out of order: 10 minutes until the outbox is sent again, and 5 of retries.
pub const GRACE: SignedDuration = SignedDuration::from_mins(30);

/// Whether money for an order whose hold ends at `held_until` may no longer be taken or kept.
#[must_use]
pub fn is_too_late_to_pay(held_until: Timestamp, now: Timestamp) -> bool {
    now.duration_since(held_until) >= LATE_PAYMENT
}
