//! Rows of the users table for sessions.
//!
//! | row | pk | sk | gsi1 (a user's sessions) | holds |
//! |---|---|---|---|---|
//! | session | `SESSION#<session>` | `SESSION` | `SESSIONS#<user>` / `<started_at>#<session>` | the hashes of the newest refresh token |

use domain::users::session::Session;
use domain::words::id::{SessionId, UserId};
use serde::Deserialize;
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
        let item = item.expires(session.ends_at);
        if session.revoked_at.is_some() {
            return item;
        }
        // Always with milliseconds, so that the strings sort chronologically.
        let started = format!("{:.3}#{}", session.started_at, session.session_id);
        item.indexed(1, of_user(session.user_id), started)
    }
}

/// What the index holds of a session.
#[derive(Debug, Clone, Deserialize)]
pub struct SessionEntry {
    /// Its id.
    pub session_id: SessionId,
}

/// Returns the partition of a user's sessions in the index.
#[must_use]
pub fn of_user(user: UserId) -> String {
    format!("SESSIONS#{user}")
}

/// Returns a session's key.
#[must_use]
pub fn session_key(id: SessionId) -> Key {
    Key::new(format!("SESSION#{id}"), "SESSION")
}
