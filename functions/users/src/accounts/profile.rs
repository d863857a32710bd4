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
    /// The user's roles. Admins decide on them.
    pub roles: Vec<Role>,
    /// Whether signing in requires a second factor.
    pub second_factor: bool,
    /// Creation time.
    pub created_at: Timestamp,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let User { user_id, email, name, locale, roles, created_at, .. } = user;
        Self {
            email_verified: user.email_verified_at.is_some(),
            marketing: user.marketing_consent_at.is_some(),
            second_factor: user.second_factor_since.is_some(),
            user_id,
            email,
            name,
            locale,
            roles,
            created_at,
        }
    }
}
