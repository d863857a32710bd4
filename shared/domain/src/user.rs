//! A user's account, without its secrets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{Event, UserRegistered};
use crate::id::UserId;
use crate::person::{Contact, Email, Name, Role};
use crate::refusal::{Kind, Refusal};

/// A user's account. The password is kept apart from it, so nothing that shows an account has ever read one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The account.
    pub user_id: UserId,
    /// The address that the user signs in with.
    pub email: Email,
    /// What the user is called.
    pub name: Name,
    /// What the user may do beyond their own affairs. Operators give roles; see `docs/runbooks/make-an-admin.md`.
    pub roles: Vec<Role>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Why an account was not made or shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserRefusal {
    /// There is no such user, or it is another's account.
    #[error("there is no such user")]
    NotFound,
    /// There is an account with this e-mail address.
    #[error("there is an account with this e-mail address; sign in instead")]
    EmailTaken,
    /// The password is the e-mail address.
    #[error("the password must not be the e-mail address")]
    PasswordIsEmail,
}

impl Refusal for UserRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::EmailTaken => Kind::Conflict,
            Self::PasswordIsEmail => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "user_not_found",
            Self::EmailTaken => "email_taken",
            Self::PasswordIsEmail => "password_is_email",
        }
    }
}

impl User {
    /// Makes an account, which has no roles.
    #[must_use]
    pub fn register(user_id: UserId, email: Email, name: Name, now: Timestamp) -> (Self, Event) {
        let event = Event::UserRegistered(UserRegistered { user_id });
        (Self { user_id, email, name, roles: Vec::new(), created_at: now }, event)
    }

    /// How to reach the user.
    #[must_use]
    pub fn contact(&self) -> Contact {
        Contact { name: self.name.clone(), email: self.email.clone() }
    }
}
