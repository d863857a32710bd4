//! How a user is reached.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::words::locale::Locale;
use crate::words::person::{Email, Name};

/// A user's contact details, as sent to authorised services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Contact {
    /// The user's name.
    pub name: Name,
    /// The address to write to: the account's, or the one that the requested link is for.
    pub email: Email,
    /// The language that the user reads.
    #[serde(default)]
    pub locale: Locale,
    /// Whether the user has proved that they read mails to the address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_confirmed: bool,
    /// The requested link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<MailLink>,
}

/// How a guest wants to be reached about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GivenContact {
    /// The guest's name.
    pub name: Name,
    /// The address that mails about the order are sent to. An account finds the order by it, once its owner has confirmed the
    /// address.
    pub email: Email,
    /// The language of the mails; if it is left out, the one that the guest's session began with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
}

/// A link that gives whoever opens it a right, such as to choose a new password. It is sent to the address that has the
/// right, and is neither stored nor logged: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailLink(String);

impl MailLink {
    /// Creates the link to a page of the shop, with a token in its fragment (RFC 3986 §3.5). Browsers send the fragment to
    /// no server, so it is in no server's log and in no `Referer`.
    #[must_use]
    pub fn to(shop_url: &str, page: &str, token: &str) -> Self {
        Self(format!("{}/{page}#token={token}", shop_url.trim_end_matches('/')))
    }

    /// Returns the URL, for the mail.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailLink(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_its_token_in_the_fragment_and_debug_shows_none() {
        let link = MailLink::to("https://bodega.example/", "reset-password", "tok_1.secret");
        assert_eq!(link.reveal(), "https://bodega.example/reset-password#token=tok_1.secret");
        assert!(!format!("{link:?}").contains("secret"));
    }
}
