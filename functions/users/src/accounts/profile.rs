//! The account in replies.

use domain::users::User;
use domain::words::id::UserId;
use domain::words::person::{Email, Name, Role};
use jiff::Timestamp;
use serde::Serialize;

/// A user's account, as its owner and admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "User"))]
pub struct Profile {
    /// Its id.
    pub user_id: UserId,
    /// The address that the user signs in with.
    pub email: Email,
    /// Whether the user has proved to read the mails of the address.
    pub email_verified: bool,
    /// The user's name.
    pub name: Name,
    /// The user's roles. They are granted by operators; see `docs/runbooks/make-an-admin.md`.
    pub roles: Vec<Role>,
    /// Creation time.
    pub created_at: Timestamp,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let User { user_id, email, email_verified_at, name, roles, created_at, .. } = user;
        Self { user_id, email, email_verified: email_verified_at.is_some(), name, roles, created_at }
    }
}
