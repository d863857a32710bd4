//! A user's account, without its credential.

pub mod address_book;
pub mod claim;
pub mod erasure;
pub mod guest;
pub mod key_ring;
pub mod link;
pub mod second_factor;
pub mod session;
pub mod staff;
pub mod throttle;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::{
    EmailChanged, LinkPurpose, PasswordChanged, SecondFactorChanged, UserEvent, UserRegistered,
};
use crate::refusals;
use crate::users::link::LinkToken;
use crate::users::session::Session;
use crate::words::contact::Contact;
use crate::words::id::{AddressId, LinkTokenId, UserId};
use crate::words::locale::Locale;
use crate::words::person::{Email, Name, Role};

/// A user's account. The password is stored separately, so code that shows an account never reads one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub user_id: UserId,
    /// The address that the user signs in with.
    pub email: Email,
    /// The user's name.
    pub name: Name,
    /// The user's roles. Admins decide on them.
    pub roles: Vec<Role>,
    /// Creation time.
    pub created_at: Timestamp,
    /// The language that the user reads.
    #[serde(default)]
    pub locale: Locale,
    /// When the user agreed to be written to about offers, if they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_consent_at: Option<Timestamp>,
    /// When the user last proved to read the mails of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_verified_at: Option<Timestamp>,
    /// The link that may give the account another address: the newest that was requested, until the address changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_change: Option<LinkTokenId>,
    /// Sessions that started before this time are revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions_not_before: Option<Timestamp>,
    /// Sessions that started with an older version of the password are revoked. Compared with times, a session that starts
    /// while the password is replaced, and with the old one, would go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_version: Option<u64>,
    /// Since when signing in requires a second factor, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor_since: Option<Timestamp>,
    /// When the account will be erased, if the user has asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erases_at: Option<Timestamp>,
    /// The saved address that orders go to unless the user says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_shipping: Option<AddressId>,
    /// The saved address that bills go to unless the user says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_billing: Option<AddressId>,
}

/// What a user changes of the account. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// The user's name.
    pub name: Option<Name>,
    /// The language that the user reads.
    pub locale: Option<Locale>,
    /// Whether the user agrees to be written to about offers.
    pub marketing: Option<bool>,
}

refusals! {
    /// Why an account was not created or shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum UserRefusal {
        /// The user does not exist, or it is another user's account.
        #[error("user not found")]
        NotFound => NotFound, "user_not_found", "Check the id or the address.";
        /// The password is the e-mail address.
        #[error("the password must not be the e-mail address")]
        PasswordIsEmail => Invalid, "password_is_email", "Choose another password.";
        /// The password consists of the user's name, the e-mail address or the shop's name, perhaps with a few digits.
        #[error("the password must not be made of the name, the e-mail address or the shop's name")]
        PasswordIsPersonal => Invalid, "password_is_personal", "Choose another password.";
        /// Another account has the address. Only whoever reads its mails is told.
        #[error("the e-mail address belongs to another account")]
        EmailTaken => Conflict, "email_taken", "Sign in to the other account, or choose another address.";
        /// Nobody has confirmed the account's address, so its owner may be another person than the one who chose the password.
        #[error("the account's address is not confirmed")]
        EmailUnconfirmed => Conflict, "email_unconfirmed", "Have the user open the link in the welcome, or ask for another one.";
        /// What an account with a role has done in the shop must stay attributable.
        #[error("an account with a role cannot be erased")]
        StaffCannotBeErased => Conflict, "staff_cannot_be_erased", "Have the role taken away first.";
        /// The guest has become the owner of an account, and the guest's access token is still valid, for some minutes.
        #[error("the guest has become a customer with an account; sign in")]
        GuestMerged => Conflict, "guest_merged", "Sign in, and look at `GET /orders` before ordering again: what the guest has ordered is there.";
        /// Too many guests have left this address for their orders.
        #[error("too many guests have ordered with this e-mail address; wait")]
        TooManyGuests => TooMany, "too_many_guests", "Try again after `Retry-After` seconds, or sign in.";
        /// The order is an account's, so a link to it starts no session.
        #[error("the order belongs to an account")]
        SignInNeeded => Conflict, "sign_in_needed", "Sign in with the account that has the order.";
        /// Too much was stated about an order without signing in.
        #[error("too many requests about this order or from this e-mail address; wait")]
        TooManyClaims => TooMany, "too_many_claims", "Try again after `Retry-After` seconds, or sign in.";
        /// The user has asked for another address too often, or with a wrong password.
        #[error("too many changes of the address were requested; wait")]
        TooManyEmailChanges => TooMany, "too_many_email_changes", "Try again after `Retry-After` seconds.";
    }
}

impl User {
    /// Creates an account without roles, whose address is confirmed by the link `confirmation`.
    #[must_use]
    pub fn register(
        user_id: UserId,
        email: Email,
        name: Name,
        locale: Locale,
        confirmation: LinkTokenId,
        now: Timestamp,
    ) -> (Self, UserEvent) {
        let event = UserEvent::Registered(UserRegistered { user_id, token_id: Some(confirmation) });
        let user = Self {
            user_id,
            email,
            name,
            roles: Vec::new(),
            created_at: now,
            locale,
            marketing_consent_at: None,
            email_verified_at: None,
            email_change: None,
            sessions_not_before: None,
            password_version: None,
            second_factor_since: None,
            erases_at: None,
            default_shipping: None,
            default_billing: None,
        };
        (user, event)
    }

    /// Records that the user, who reads the mails of the address, has set a new password, of this version. Whoever signed in
    /// with an older one is signed out.
    #[must_use]
    pub fn reset_password(&self, version: u64, now: Timestamp) -> (Self, Option<UserEvent>) {
        // Someone else who had the password may have asked for it, and is signed out.
        let kept = Self { erases_at: None, ..self.confirm_email(now) };
        kept.change_password(version)
    }

    /// Records that the user has replaced the password by one of this version. Sessions with an older one end. Its mail is not
    /// sent to an address that nobody has confirmed: it may be a stranger's.
    #[must_use]
    pub fn change_password(&self, version: u64) -> (Self, Option<UserEvent>) {
        let event = UserEvent::PasswordChanged(PasswordChanged { user_id: self.user_id });
        let event = self.email_verified_at.map(|_| event);
        (Self { password_version: Some(version), ..self.clone() }, event)
    }

    /// Records whether signing in requires a second factor from now on. Its mail is not sent to an address that nobody has
    /// confirmed.
    #[must_use]
    pub fn change_second_factor(&self, is_required: bool, now: Timestamp) -> (Self, Option<UserEvent>) {
        let event = SecondFactorChanged { user_id: self.user_id, is_required };
        let event = self.email_verified_at.map(|_| UserEvent::SecondFactorChanged(event));
        (Self { second_factor_since: is_required.then_some(now), ..self.clone() }, event)
    }

    /// Returns whether the session began with the second factor that the account has.
    #[must_use]
    pub fn has_second_factor_in(&self, session: &Session) -> bool {
        session.second_factor && self.second_factor_since.is_some_and(|since| since <= session.started_at)
    }

    /// Records the request for a link to an address: only the newest link may change the account's. None may if it is asked for
    /// the account's own address, or if the link cannot be mailed. `None` if nothing changes.
    #[must_use]
    pub fn request_email(&self, link: Option<&LinkToken>) -> Option<Self> {
        let email_change = link.filter(|link| link.email != self.email).map(|link| link.token_id);
        (email_change != self.email_change).then(|| Self { email_change, ..self.clone() })
    }

    /// Gives the account another address, whose mails the user reads. The address that it had is told by a mail, unless nobody
    /// has ever confirmed it: `notice` is the id of what holds it until then, since the account no longer does.
    #[must_use]
    pub fn change_email(
        &self,
        email: Email,
        notice: LinkTokenId,
        now: Timestamp,
    ) -> (Self, Option<(LinkToken, UserEvent)>) {
        let told = self.email_verified_at.map(|_| {
            let event = UserEvent::EmailChanged(EmailChanged { user_id: self.user_id, token_id: notice });
            let holder = LinkToken::issue(notice, LinkPurpose::Notice, self.user_id, self.email.clone(), now);
            (holder, event)
        });
        (Self { email, email_change: None, ..self.confirm_email(now) }, told)
    }

    /// Records that the user reads the mails of the address.
    #[must_use]
    pub fn confirm_email(&self, now: Timestamp) -> Self {
        // Before, nobody was told that the account would be erased.
        let erases_at = self.erases_at.filter(|_| self.email_verified_at.is_some());
        Self { email_verified_at: Some(now), erases_at, ..self.clone() }
    }

    /// Checks that the owner of the address has confirmed that the account is theirs, before it gets what a stranger must not have:
    /// a role, or a second factor, which would keep the owner out since resetting the password does not remove it.
    ///
    /// # Errors
    /// If nobody has.
    pub fn is_confirmed(&self) -> Result<(), UserRefusal> {
        self.email_verified_at.map(drop).ok_or(UserRefusal::EmailUnconfirmed)
    }

    /// Makes the changes that the user asks for; `None` if everything is already so. Agreeing again keeps the time of the first
    /// agreement, which is what has to be proved (GDPR Art. 7).
    #[must_use]
    pub fn edit(&self, edit: Edit, now: Timestamp) -> Option<Self> {
        let marketing_consent_at = match edit.marketing {
            Some(true) => Some(self.marketing_consent_at.unwrap_or(now)),
            Some(false) => None,
            None => self.marketing_consent_at,
        };
        let edited = Self {
            name: edit.name.unwrap_or_else(|| self.name.clone()),
            locale: edit.locale.unwrap_or_else(|| self.locale.clone()),
            marketing_consent_at,
            ..self.clone()
        };
        (edited != *self).then_some(edited)
    }

    /// Revokes every session that has started. It is one write, however many they are. Two such writes can arrive in
    /// another order than they were sent, so the time never moves back.
    #[must_use]
    pub fn revoke_sessions(&self, now: Timestamp) -> Self {
        let time = self.sessions_not_before.map_or(now, |time| time.max(now));
        Self { sessions_not_before: Some(time), ..self.clone() }
    }

    /// Returns whether the user is signed in with the session.
    #[must_use]
    pub fn is_signed_in(&self, session: &Session, now: Timestamp) -> bool {
        session.user_id == self.user_id && session.is_live(now) && !self.has_revoked(session)
    }

    /// Returns whether the session was revoked with all others of the user, or began before the account did: someone else who knows
    /// the tokens of a guest, on a shared computer, must not get into the account.
    #[must_use]
    pub fn has_revoked(&self, session: &Session) -> bool {
        session.guest
            || self.sessions_not_before.is_some_and(|time| session.started_at < time)
            || session.password_version < self.password_version
    }

    /// Returns the user's contact details.
    #[must_use]
    pub fn contact(&self) -> Contact {
        Contact {
            name: self.name.clone(),
            email: self.email.clone(),
            locale: self.locale.clone(),
            is_confirmed: self.email_verified_at.is_some(),
            link: None,
        }
    }
}

#[cfg(test)]
mod tests;
