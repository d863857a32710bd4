//! Links in mails. Opening one proves that its holder reads the mails of an address.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::events::{LinkPurpose, LinkRequested, UserEvent};
use crate::refusals;
use crate::words::id::{LinkTokenId, OrderId, UserId};
use crate::words::person::Email;

refusals! {
    /// Why a link was refused.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum LinkRefusal {
        /// The link is unknown, altered, used, of another purpose, or has expired. The reply does not distinguish them.
        #[error("the link is invalid or has expired")]
        Invalid => NotFound, "link_invalid", "Ask for a new mail.";
    }
}

impl LinkPurpose {
    /// Returns how long a link is valid. An account's owner reads the mail at once when they wait for it, and a stranger
    /// who gets into the mailbox later should find no key to the account there.
    #[must_use]
    pub const fn lifetime(self) -> SignedDuration {
        match self {
            Self::ResetPassword | Self::Unknown => SignedDuration::from_mins(30),
            Self::ConfirmEmail | Self::OrderLink => SignedDuration::from_hours(24),
            // Whoever is invited may be on holiday.
            Self::Invitation => SignedDuration::from_hours(7 * 24),
            // Longer than its event can wait in a dead-letter queue.
            Self::Notice => SignedDuration::from_hours(15 * 24),
        }
    }
}

/// A link that was or will be sent. What proves it is not part of it: `<token id>.<MAC>` is computed when the mail is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkToken {
    /// Its id.
    pub token_id: LinkTokenId,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// The account.
    pub user_id: UserId,
    /// The address that it is sent to.
    pub email: Email,
    /// When it becomes invalid.
    pub valid_until: Timestamp,
    /// The version of the password that it may replace, or with which it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_version: Option<u64>,
    /// The order that it is to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// When it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl LinkToken {
    /// Creates a link.
    #[must_use]
    pub fn issue(
        token_id: LinkTokenId,
        purpose: LinkPurpose,
        user_id: UserId,
        email: Email,
        now: Timestamp,
    ) -> Self {
        let valid_until = now + purpose.lifetime();
        Self {
            token_id,
            purpose,
            user_id,
            email,
            valid_until,
            password_version: None,
            order_id: None,
            used_at: None,
        }
    }

    /// Sets the order that it is to.
    #[must_use]
    pub fn to_order(self, order_id: Option<OrderId>) -> Self {
        Self { order_id, ..self }
    }

    /// Sets the version of the password that it may replace, or with which it was requested: a new password makes all other
    /// links invalid that could have replaced the one before it, or the address.
    #[must_use]
    pub fn with_password(self, version: u64) -> Self {
        Self { password_version: Some(version), ..self }
    }

    /// Creates a link, and the event upon which it is mailed.
    #[must_use]
    pub fn request(
        token_id: LinkTokenId,
        purpose: LinkPurpose,
        user_id: UserId,
        email: Email,
        now: Timestamp,
    ) -> (Self, UserEvent) {
        let event = UserEvent::LinkRequested(LinkRequested { user_id, token_id, purpose });
        (Self::issue(token_id, purpose, user_id, email, now), event)
    }

    /// Returns whether it can still be used.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.valid_until && self.purpose != LinkPurpose::Unknown
    }

    /// Uses the link for `purpose`, once.
    ///
    /// # Errors
    /// If it is of another purpose, was used, or has expired.
    pub fn redeem(&self, purpose: LinkPurpose, now: Timestamp) -> Result<Self, LinkRefusal> {
        if self.purpose == purpose && self.is_valid(now) {
            Ok(Self { used_at: Some(now), ..self.clone() })
        } else {
            Err(LinkRefusal::Invalid)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PURPOSES: [LinkPurpose; 6] = [
        LinkPurpose::OrderLink,
        LinkPurpose::Invitation,
        LinkPurpose::ConfirmEmail,
        LinkPurpose::ResetPassword,
        LinkPurpose::Notice,
        LinkPurpose::Unknown,
    ];

    fn token(purpose: LinkPurpose) -> LinkToken {
        let email = Email::try_new("ada@example.com").unwrap();
        let (id, user) = (LinkTokenId::from_parts(0, 1), UserId::from_parts(0, 1));
        LinkToken::request(id, purpose, user, email, Timestamp::UNIX_EPOCH).0
    }

    #[test]
    fn links_end_after_half_an_hour_and_after_a_day() {
        let minutes = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        assert_eq!(token(LinkPurpose::ResetPassword).valid_until, minutes(30));
        assert_eq!(token(LinkPurpose::ConfirmEmail).valid_until, minutes(24 * 60));
        assert_eq!(token(LinkPurpose::Notice).valid_until, minutes(15 * 24 * 60));
    }

    #[test]
    fn the_event_names_the_link_and_no_address() {
        let email = Email::try_new("ada@example.com").unwrap();
        let (id, user) = (LinkTokenId::from_parts(0, 1), UserId::from_parts(0, 1));
        let (_, event) =
            LinkToken::request(id, LinkPurpose::ResetPassword, user, email, Timestamp::UNIX_EPOCH);
        assert_eq!(
            serde_json::to_value(event).unwrap()["data"],
            serde_json::json!({ "user_id": user, "token_id": id, "purpose": "reset_password" })
        );
    }

    proptest! {
        #[test]
        fn a_link_is_redeemed_once_for_its_purpose_while_it_is_valid(
            purpose in proptest::sample::select(&PURPOSES[..]),
            tries in proptest::collection::vec((0usize..5, 0i64..700_000), 1..6),
        ) {
            let mut token = token(purpose);
            let mut is_used = false;
            for (wanted, second) in tries {
                let (wanted, now) = (PURPOSES[wanted], Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second));
                let fits = wanted == purpose && purpose != LinkPurpose::Unknown && now < token.valid_until;
                match token.redeem(wanted, now) {
                    Ok(used) => {
                        prop_assert!(fits && !is_used);
                        prop_assert_eq!(used.used_at, Some(now));
                        (token, is_used) = (used, true);
                    }
                    Err(refusal) => {
                        prop_assert_eq!(refusal, LinkRefusal::Invalid);
                        prop_assert!(!fits || is_used);
                    }
                }
            }
        }
    }
}
