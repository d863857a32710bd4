//! The end of an account (GDPR Art. 17). The user has two weeks to think better of it: nobody can bring back what is erased, and
//! it may have been somebody at an unlocked device who asked.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::events::{ErasureRequested, UserErased, UserEvent};
use crate::users::{User, UserRefusal};
use crate::words::id::UserId;

/// How long a user can take back that the account is to be erased.
pub const SECOND_THOUGHTS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// What is left of an account: the proof that it was erased, and nothing about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The account that was.
    pub user_id: UserId,
    /// When it was erased.
    pub erased_at: Timestamp,
}

impl User {
    /// Has the account erased in two weeks. `None` if it will be anyway: asking again does not delay it. The event's mail is not
    /// sent to an address that nobody has confirmed.
    ///
    /// # Errors
    /// If the account has a role: what it does in the shop must stay attributable.
    pub fn request_erasure(&self, now: Timestamp) -> Result<Option<(Self, Option<UserEvent>)>, UserRefusal> {
        if self.is_staff() {
            return Err(UserRefusal::StaffCannotBeErased);
        }
        Ok(self.erases_at.is_none().then(|| {
            let erases_at = now + SECOND_THOUGHTS;
            let event = ErasureRequested { user_id: self.user_id, erases_at };
            let event = self.email_verified_at.map(|_| UserEvent::ErasureRequested(event));
            (Self { erases_at: Some(erases_at), ..self.clone() }, event)
        }))
    }

    /// Keeps the account; `None` if it was to be kept.
    #[must_use]
    pub fn cancel_erasure(&self) -> Option<Self> {
        self.erases_at.map(|_| Self { erases_at: None, ..self.clone() })
    }

    /// Erases the account, if it is due. Returns what is left of it.
    #[must_use]
    pub fn erase(&self, now: Timestamp) -> Option<(Erased, UserEvent)> {
        let user_id = self.user_id;
        let is_due = self.erases_at.is_some_and(|at| at <= now);
        is_due.then_some((Erased { user_id, erased_at: now }, UserEvent::Erased(UserErased { user_id })))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::words::id::LinkTokenId;
    use crate::words::locale::Locale;
    use crate::words::person::{Email, Name, Role};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn user() -> User {
        let (email, name) = (Email::try_new("ada@example.com"), Name::try_new("Ada"));
        let (id, link) = (UserId::from_parts(0, 1), LinkTokenId::from_parts(0, 1));
        User::register(id, email.unwrap(), name.unwrap(), Locale::default(), link, NOW).0
    }

    #[test]
    fn only_a_confirmed_address_is_told() {
        let (asked, event) = user().request_erasure(NOW).unwrap().unwrap();
        assert_eq!((asked.erases_at, event), (Some(NOW + SECOND_THOUGHTS), None));
        let (asked, event) = user().confirm_email(NOW).request_erasure(NOW).unwrap().unwrap();
        let told = ErasureRequested { user_id: user().user_id, erases_at: NOW + SECOND_THOUGHTS };
        assert_eq!(event, Some(UserEvent::ErasureRequested(told)));
        assert_eq!(asked.cancel_erasure(), Some(user().confirm_email(NOW)));
        assert_eq!(user().cancel_erasure(), None);
    }

    #[test]
    fn who_has_a_role_is_not_erased_and_who_gets_one_is_kept() {
        let staff = user().appoint(&[Role::Staff]).unwrap();
        assert_eq!(staff.request_erasure(NOW), Err(UserRefusal::StaffCannotBeErased));
        let (asked, _) = user().request_erasure(NOW).unwrap().unwrap();
        assert_eq!(asked.appoint(&[Role::Staff]).unwrap().erases_at, None);
    }

    /// Someone else may have registered the address, or known the password, and the owner was not told.
    #[test]
    fn who_proves_the_address_keeps_the_account() {
        let (asked, _) = user().request_erasure(NOW).unwrap().unwrap();
        assert_eq!(asked.confirm_email(NOW).erases_at, None, "the address was not confirmed");
        assert_eq!(asked.reset_password(2, NOW).0.erases_at, None);
        let (asked, _) = user().confirm_email(NOW).request_erasure(NOW).unwrap().unwrap();
        assert_eq!(asked.confirm_email(NOW), asked, "its owner was told by mail");
        assert_eq!(asked.reset_password(2, NOW).0.erases_at, None);
    }

    proptest! {
        /// Whatever is asked, and when: nothing is erased sooner than two weeks after the oldest request that stands.
        #[test]
        fn two_weeks_pass_between_request_and_erasure(
            steps in proptest::collection::vec((any::<bool>(), 0i64..40), 1..10), end in 0i64..80,
        ) {
            let day = |day: i64| NOW + SignedDuration::from_hours(24 * day);
            let (mut user, mut since, mut today) = (user(), None, 0);
            for (asks, days) in steps {
                today += days;
                if asks {
                    if let Some((asked, _)) = user.request_erasure(day(today)).unwrap() {
                        user = asked;
                    }
                    since = since.or(Some(today));
                } else {
                    user = user.cancel_erasure().unwrap_or(user);
                    since = None;
                }
            }
            let end = today + end;
            let is_due = since.is_some_and(|since| end >= since + 14);
            prop_assert_eq!(user.erase(day(end)).is_some(), is_due);
        }
    }
}
