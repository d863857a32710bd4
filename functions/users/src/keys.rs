//! The keys of the users table.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | user | `USER#<user>` | `USER` | the account, without secrets |
//! | credential | `EMAIL#<e-mail address>` | `CREDENTIAL` | whose address it is, and the password's hash |
//! | session | `SESSION#<session>` | `SESSION` | the hashes of the newest refresh token |
//!
//! The credential's key makes an e-mail address unique: there is one row it can be, and registering inserts it.

use domain::id::{SessionId, UserId};
use domain::person::Email;
use store::Key;

/// A user's account.
#[must_use]
pub fn user(id: UserId) -> Key {
    Key::new(format!("USER#{id}"), "USER")
}

/// What a user signs in with.
#[must_use]
pub fn credential(email: &Email) -> Key {
    Key::new(format!("EMAIL#{email}"), "CREDENTIAL")
}

/// A session.
#[must_use]
pub fn session(id: SessionId) -> Key {
    Key::new(format!("SESSION#{id}"), "SESSION")
}
