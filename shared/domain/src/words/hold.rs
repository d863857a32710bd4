//! How long stock is held for payment, and which events are accepted after that.
//!
//! Three services must agree on these times, so they are defined together: [`HOLD`] < `HOLD` + [`LATE_PAYMENT`] <
//! `HOLD` + [`GRACE`].

use jiff::{SignedDuration, Timestamp};

/// How long a customer's stock is held for payment.
pub const HOLD: SignedDuration = SignedDuration::from_mins(15);

/// How long after the end of its hold a payment still confirms an open order. A payment made at the last moment is then
/// not refunded because of a slow message. The confirmation must reach the product service before that service releases
/// the stock, [`GRACE`] after the end of the hold.
pub const LATE_PAYMENT: SignedDuration = SignedDuration::from_mins(5);

/// How long after the end of the hold the product service waits before it releases unsettled stock. Orders normally
/// expire first and publish it; this covers orders that were never written.
///
/// An order may be confirmed until [`LATE_PAYMENT`] after the hold. The remaining time allows for delayed delivery of
/// the confirmation: 6 minutes until the outbox is sent again, and at most 12 minutes of retries.
pub const GRACE: SignedDuration = SignedDuration::from_mins(30);

/// Returns whether it is too late to take or keep money for an order whose hold ends at `held_until`.
#[must_use]
pub fn is_too_late_to_pay(held_until: Timestamp, now: Timestamp) -> bool {
    now.duration_since(held_until) >= LATE_PAYMENT
}
