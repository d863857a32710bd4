//! What the users table holds of sessions.
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

    /// A session that has ended is of no use to anyone; DynamoDB deletes it some time after.
    fn place(session: &Session, item: Item) -> Item {
        item.expires(session.ends_at)
    }
}

/// A session's key.
#[must_use]
pub fn session_key(id: SessionId) -> Key {
    Key::new(format!("SESSION#{id}"), "SESSION")
}
