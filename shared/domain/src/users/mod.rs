//! A user's account, without its credential.

pub mod session;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{UserEvent, UserRegistered};
use crate::refusals;
use crate::words::id::UserId;
use crate::words::person::{Contact, Email, Name, Role};

/// A user's account. The password is stored separately, so code that shows an account never reads one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    /// Its id.
    pub user_id: UserId,
    /// The address that the user signs in with.
    pub email: Email,
    /// The user's name.
    pub name: Name,
    /// The user's roles. They are granted by operators; see `docs/runbooks/make-an-admin.md`.
    pub roles: Vec<Role>,
    /// Creation time.
    pub created_at: Timestamp,
}

refusals! {
    /// Why an account was not created or shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum UserRefusal {
        /// The user does not exist, or it is another user's account.
        #[error("user not found")]
        NotFound => NotFound, "user_not_found", "Check the id.";
        /// An account with the e-mail address already exists.
        #[error("an account with this e-mail address already exists")]
        EmailTaken => Conflict, "email_taken", "Sign in with this address, or register another one.";
        /// The password is the e-mail address.
        #[error("the password must not be the e-mail address")]
        PasswordIsEmail => Invalid, "password_is_email", "Choose another password.";
    }
}

impl User {
    /// Creates an account without roles.
    #[must_use]
    pub fn register(user_id: UserId, email: Email, name: Name, now: Timestamp) -> (Self, UserEvent) {
        let event = UserEvent::Registered(UserRegistered { user_id });
        (Self { user_id, email, name, roles: Vec::new(), created_at: now }, event)
    }

    /// Returns the user's contact details.
    #[must_use]
    pub fn contact(&self) -> Contact {
        Contact { name: self.name.clone(), email: self.email.clone() }
    }
}
