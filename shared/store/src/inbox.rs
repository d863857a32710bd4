//! The inbox: an event's mark, written with its effect, so that a duplicate has no effect, however late it arrives.

use domain::words::id::EventId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::item::{Item, Key};

/// Longer than a message can be redelivered: 4 days in the queue, 14 in its dead-letter queue, and as long again.
const KEPT: SignedDuration = SignedDuration::from_hours(36 * 24);

/// The label of the mark.
pub(crate) const DUPLICATE: &str = "duplicate";

#[derive(Serialize)]
struct Mark {
    applied_at: Timestamp,
}

/// Returns the mark of an event applied at `now`.
pub(crate) fn mark(event: EventId, now: Timestamp) -> Item {
    let key = Key::new(format!("INBOX#{event}"), "INBOX");
    Item::new(key, "inbox", &Mark { applied_at: now }).expires(now + KEPT)
}
