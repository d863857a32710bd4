//! The keys of the notifications table.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | notification | `EVENT#<event>` | `RECIPIENT#<user>` |

use domain::id::{EventId, UserId};
use store::Key;

/// What a user is told of an event.
#[must_use]
pub fn notification(event: EventId, recipient: UserId) -> Key {
    Key::new(format!("EVENT#{event}"), format!("RECIPIENT#{recipient}"))
}
