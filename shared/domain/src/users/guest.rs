//! Guests: users without an account. A guest orders like any other user, and leaves an address for the mails about it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::events::{UserEvent, UserMerged};
use crate::users::UserRefusal;
use crate::users::claim::Declarant;
use crate::words::contact::{Contact, GivenContact};
use crate::words::id::UserId;
use crate::words::locale::Locale;
use crate::words::person::{Email, Name};

/// How long a guest is remembered who has left no address: as long as the session lasts. A guest who has become an account's
/// owner is remembered for as long afterwards, which is longer than an event about the guest can wait in a dead-letter queue.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long somebody is remembered who has declared a withdrawal without a session: longer than the shop has for answering, with time
/// for a dispute about it.
pub const DECLARANT_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A user without an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The user's id. An account that the guest creates keeps it.
    pub user_id: UserId,
    /// The language that the guest reads.
    #[serde(default)]
    pub locale: Locale,
    /// When the session began.
    pub started_at: Timestamp,
    /// The guest's name, given with the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// Where the guest wants mails about orders to be sent. Nobody has proved to read them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The account whose owner the guest has turned out to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<UserId>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<Timestamp>,
    /// When the guest is forgotten, if it is somebody who has only declared a withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten_at: Option<Timestamp>,
}

/// An address that a guest has left, by which the account of its owner finds the guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestAddress {
    /// The address.
    pub email: Email,
    /// The guest.
    pub user_id: UserId,
}

impl Guest {
    /// Begins to know a guest.
    #[must_use]
    pub fn start(user_id: UserId, locale: Locale, now: Timestamp) -> Self {
        Self {
            user_id,
            locale,
            started_at: now,
            name: None,
            email: None,
            merged_into: None,
            merged_at: None,
            forgotten_at: None,
        }
    }

    /// Begins to know somebody who has declared a withdrawal without a session, so that a mail can be sent and the staff can answer.
    #[must_use]
    pub fn declaring(declarant: &Declarant, email: &Email, now: Timestamp) -> Self {
        let Declarant { user_id, name, locale } = declarant.clone();
        let forgotten_at = Some(now + DECLARANT_KEPT);
        Self {
            name: Some(name),
            email: Some(email.clone()),
            forgotten_at,
            ..Self::start(user_id, locale, now)
        }
    }

    /// Keeps how the guest is reached; `None` if it is kept already.
    ///
    /// # Errors
    /// If the guest has become an account's owner, who is reached at the account's address.
    pub fn keep(&self, given: &GivenContact) -> Result<Option<Self>, UserRefusal> {
        if !self.is_guest() {
            return Err(UserRefusal::GuestMerged);
        }
        let GivenContact { name, email, locale } = given.clone();
        let locale = locale.unwrap_or_else(|| self.locale.clone());
        let kept = Self { name: Some(name), email: Some(email), locale, ..self.clone() };
        Ok((kept != *self).then_some(kept))
    }

    /// Gives what the guest has to the account `into`, whose owner the guest has turned out to be. `None` if it was given to an
    /// account before.
    #[must_use]
    pub fn merge(&self, into: UserId, now: Timestamp) -> Option<(Self, UserEvent)> {
        self.is_guest().then(|| {
            let event = UserEvent::Merged(UserMerged { from: self.user_id, into });
            // Services that ask for the guest's address get the account's, so the guest's own is needed no longer.
            let merged = Self {
                name: None,
                email: None,
                merged_into: Some(into),
                merged_at: Some(now),
                ..self.clone()
            };
            (merged, event)
        })
    }

    /// Returns whether the guest has no account.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.merged_into.is_none()
    }

    /// Returns how the guest is reached; `None` before an address was left, and if an account's owner is to be reached.
    #[must_use]
    pub fn contact(&self) -> Option<Contact> {
        let (name, email) = (self.name.clone()?, self.email.clone()?);
        Some(Contact { name, email, locale: self.locale.clone(), is_confirmed: false, link: None })
    }

    /// Returns the address that the guest has left, as what the account of its owner finds.
    #[must_use]
    pub fn address(&self) -> Option<GuestAddress> {
        self.email.clone().map(|email| GuestAddress { email, user_id: self.user_id })
    }

    /// Returns when the guest can be forgotten; `None` while mails about orders may have to be sent.
    #[must_use]
    pub fn kept_until(&self) -> Option<Timestamp> {
        if self.forgotten_at.is_some() {
            return self.forgotten_at;
        }
        match (self.merged_at, &self.email) {
            (Some(merged_at), _) => Some(merged_at + REMEMBERED),
            (None, Some(_)) => None,
            (None, None) => Some(self.started_at + REMEMBERED),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn id(number: u128) -> UserId {
        UserId::from_parts(0, number)
    }

    fn guest() -> Guest {
        Guest::start(id(1), Locale::default(), NOW)
    }

    fn given(email: &str) -> GivenContact {
        let (name, email) = (Name::try_new("Ada").unwrap(), Email::try_new(email).unwrap());
        GivenContact { name, email, locale: None }
    }

    #[test]
    fn a_guest_without_an_address_is_forgotten_and_one_with_an_address_is_not() {
        assert_eq!(guest().kept_until(), Some(NOW + REMEMBERED));
        assert_eq!(guest().contact(), None);
        let kept = guest().keep(&given("ada@example.com")).unwrap().unwrap();
        assert_eq!(kept.kept_until(), None);
        assert_eq!(kept.contact().unwrap().email.as_ref(), "ada@example.com");
        assert_eq!(kept.keep(&given("ada@example.com")), Ok(None));
        let german =
            GivenContact { locale: Some(Locale::try_new("de").unwrap()), ..given("ada@example.com") };
        assert_eq!(kept.keep(&german).unwrap().unwrap().locale, Locale::try_new("de").unwrap());
    }

    #[test]
    fn who_has_declared_a_withdrawal_is_reached_and_then_forgotten() {
        let (name, email) = (Name::try_new("Ada").unwrap(), Email::try_new("ada@example.com").unwrap());
        let declarant = Declarant { user_id: id(3), name, locale: Locale::default() };
        let known = Guest::declaring(&declarant, &email, NOW);
        assert_eq!(known.contact().unwrap().email, email);
        assert_eq!(known.kept_until(), Some(NOW + DECLARANT_KEPT));
    }

    #[test]
    fn a_guest_becomes_one_accounts_owner_and_leaves_no_address() {
        let kept = guest().keep(&given("ada@example.com")).unwrap().unwrap();
        let (merged, event) = kept.merge(id(2), NOW).unwrap();
        assert_eq!(event, UserEvent::Merged(UserMerged { from: id(1), into: id(2) }));
        assert_eq!((merged.contact(), merged.address()), (None, None));
        assert_eq!(merged.kept_until(), Some(NOW + REMEMBERED));
        assert_eq!(merged.merge(id(3), NOW), None);
        assert_eq!(merged.keep(&given("ada@example.com")), Err(UserRefusal::GuestMerged));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Keep(u8),
        Merge(u128),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![(0..3u8).prop_map(Step::Keep), (2..5u128).prop_map(Step::Merge)]
    }

    proptest! {
        /// Whatever is tried, and in whatever sequence: what the guest has goes to one account, the first.
        #[test]
        fn a_guest_is_one_accounts_at_most(steps in proptest::collection::vec(step(), 0..8)) {
            let (mut guest, mut owner) = (guest(), None);
            for step in steps {
                match step {
                    Step::Keep(number) => {
                        match guest.keep(&given(&format!("{number}@example.com"))) {
                            Ok(kept) => {
                                prop_assert_eq!(owner, None);
                                guest = kept.unwrap_or(guest);
                            }
                            Err(refusal) => {
                                prop_assert_eq!((owner.is_some(), refusal), (true, UserRefusal::GuestMerged));
                            }
                        }
                    }
                    Step::Merge(number) => {
                        let merged = guest.merge(id(number), NOW);
                        prop_assert_eq!(merged.is_some(), owner.is_none());
                        if let Some((merged, _)) = merged {
                            (guest, owner) = (merged, Some(id(number)));
                        }
                    }
                }
                prop_assert_eq!(guest.merged_into, owner);
            }
        }
    }
}
