//! A user's account, without its credential.

pub mod session;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{UserEvent, UserRegistered};
use crate::refusals;
use crate::users::session::Session;
use crate::words::id::{SessionId, UserId};
use crate::words::person::{Contact, Email, Name, Role};

/// A user's account. The password is stored separately, so code that shows an account never reads one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Sessions that started before this time have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions_not_before: Option<Timestamp>,
    /// The one of them that goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_session: Option<SessionId>,
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
        let user = Self {
            user_id,
            email,
            name,
            roles: Vec::new(),
            created_at: now,
            sessions_not_before: None,
            kept_session: None,
        };
        (user, event)
    }

    /// Ends every session that has started, but for `kept`. It is one write, however many they are.
    #[must_use]
    pub fn end_sessions(&self, kept: Option<SessionId>, now: Timestamp) -> Self {
        Self { sessions_not_before: Some(now), kept_session: kept, ..self.clone() }
    }

    /// Returns whether the session ended with the others.
    #[must_use]
    pub fn has_ended(&self, session: &Session) -> bool {
        self.sessions_not_before.is_some_and(|time| session.started_at < time)
            && self.kept_session != Some(session.session_id)
    }

    /// Returns the user's contact details.
    #[must_use]
    pub fn contact(&self) -> Contact {
        Contact { name: self.name.clone(), email: self.email.clone() }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;
    use crate::users::session::{TokenHash, TokenHashes};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn user() -> User {
        let (email, name) = (Email::try_new("ada@example.com"), Name::try_new("Ada"));
        User::register(UserId::from_parts(0, 1), email.unwrap(), name.unwrap(), NOW).0
    }

    fn session(number: u8, started_at: Timestamp) -> Session {
        let token = TokenHashes { family: TokenHash::of(&[number]), own: TokenHash::of(&[number]) };
        Session::start(SessionId::from_parts(0, number.into()), UserId::from_parts(0, 1), token, started_at)
    }

    #[test]
    fn a_session_that_starts_when_the_others_end_goes_on() {
        let ended = user().end_sessions(None, NOW);
        assert!(!ended.has_ended(&session(1, NOW)));
        assert!(ended.has_ended(&session(1, NOW - SignedDuration::from_nanos(1))));
        assert!(!user().has_ended(&session(1, NOW)), "nothing was ended");
    }

    proptest! {
        /// After any sequence of ends, exactly those sessions go on that started since the last, and the one it kept.
        #[test]
        fn what_goes_on_started_since_or_was_kept(
            ends in proptest::collection::vec((0i64..50, proptest::option::of(0u8..4)), 1..6),
            number in 0u8..4,
            started in 0i64..60,
        ) {
            let at = |second: i64| NOW + SignedDuration::from_secs(second);
            let id = |number: u8| SessionId::from_parts(0, number.into());
            let user = ends.iter().fold(user(), |user, (second, kept)| user.end_sessions(kept.map(id), at(*second)));
            let (last, kept) = ends[ends.len() - 1];
            let goes_on = started >= last || kept == Some(number);
            prop_assert_eq!(!user.has_ended(&session(number, at(started))), goes_on);
        }
    }
}
