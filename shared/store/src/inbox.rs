//! The inbox: an event's mark, written with its effect, so that a duplicate at any distance does nothing.

use domain::id::EventId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::item::{Item, Key};
use crate::transaction::Transaction;

/// Longer than a message can come back: 4 days in the queue, 14 in its dead-letter queue, and as long again.
const KEPT: SignedDuration = SignedDuration::from_hours(36 * 24);

/// The label of the mark: [`Outcome::Refused`](crate::Outcome::Refused) with it means that the event was applied before.
pub const DUPLICATE: &str = "duplicate";

#[derive(Serialize)]
struct Mark {
    applied_at: Timestamp,
}

impl Transaction {
    /// Only if the event has not been applied before.
    pub fn once(self, event: EventId, now: Timestamp) -> Self {
        let mark = Item::new(key(event), "inbox", &Mark { applied_at: now }).expires(now + KEPT);
        self.insert(DUPLICATE, mark)
    }
}

/// The mark's key, for operations that look before they do something costly.
#[must_use]
pub fn key(event: EventId) -> Key {
    Key::new(format!("INBOX#{event}"), "INBOX")
}
