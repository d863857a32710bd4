//! Rows of the users table for sessions.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | session | `SESSION#<session>` | `SESSION` | the hashes of the newest refresh token |

use domain::users::session::Session;
use domain::words::id::SessionId;
use store::{Item, Key, Row};

/// A session.
#[derive(Debug)]
pub struct SessionRow;

impl Row for SessionRow {
    type Value = Session;
    const KIND: &'static str = "session";

    fn key(session: &Session) -> Key {
        session_key(session.session_id)
    }

    /// DynamoDB deletes a session some time after its end.
    fn place(session: &Session, item: Item) -> Item {
        item.expires(session.ends_at)
    }
}

/// Returns a session's key.
#[must_use]
pub fn session_key(id: SessionId) -> Key {
    Key::new(format!("SESSION#{id}"), "SESSION")
}
