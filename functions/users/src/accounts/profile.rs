//! The account in replies.

use domain::users::User;
use domain::words::id::UserId;
use domain::words::locale::Locale;
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
    /// The language that the user reads.
    pub locale: Locale,
    /// Whether the user agrees to be written to about offers.
    pub marketing: bool,
    /// The user's roles. They are granted by operators; see `docs/runbooks/make-an-admin.md`.
    pub roles: Vec<Role>,
    /// Creation time.
    pub created_at: Timestamp,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let User { user_id, email, name, locale, roles, created_at, .. } = user;
        let (email_verified, marketing) =
            (user.email_verified_at.is_some(), user.marketing_consent_at.is_some());
        Self { user_id, email, email_verified, name, locale, marketing, roles, created_at }
    }
}
