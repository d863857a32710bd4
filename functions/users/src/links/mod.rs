//! Links in mails: what proves that a link is the shop's.
//!
//! The token in a link is `<link's id>.<base64url of a MAC>`. The MAC is an HMAC-SHA256 over the link's row, with a key that
//! is derived from a secret of its own: it is computed when a mail is sent, and again when the link is opened. So no table,
//! event, queue or log holds anything that opens an account. The signing secret is not used, because it is replaced now and
//! then, and links should survive that.

pub mod rows;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::events::LinkPurpose;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::words::contact::MailLink;
use domain::words::id::LinkTokenId;
use edge::{Connect, Environment, InitError};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::keys::secret::{KeyError, derived, secret, token};

/// The purpose of the key. Another text derives another key.
const PURPOSE: &[u8] = b"bodega links v1";

const MAC: usize = 32;

/// Makes links, and verifies the tokens in them. `Debug` does not show the key.
#[derive(Debug, Clone)]
pub struct Links {
    key: hmac::Key,
    shop_url: Arc<str>,
}

impl Connect for Links {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let secret = secret(environment, "LINK_SECRET_ARN").await?;
        Ok(Self::derive(&secret, environment.variable("PUBLIC_URL")?)?)
    }
}

impl Links {
    /// Derives the key from the link secret, for links to the shop at `shop_url`.
    ///
    /// # Errors
    /// If the secret is too short.
    pub fn derive(secret: &SecretString, shop_url: &str) -> Result<Self, KeyError> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*derived(secret, PURPOSE)?);
        Ok(Self { key, shop_url: shop_url.into() })
    }

    /// Returns the link to mail, to the shop's page for its purpose; `None` if there is nothing to open.
    #[must_use]
    pub fn link(&self, token: &LinkToken) -> Option<MailLink> {
        let page = match token.purpose {
            LinkPurpose::ConfirmEmail => "confirm-email",
            LinkPurpose::ResetPassword => "reset-password",
            LinkPurpose::Invitation => "accept-invitation",
            LinkPurpose::OrderLink => "order-lookup",
            LinkPurpose::Notice | LinkPurpose::Unknown => return None,
        };
        let mac = hmac::sign(&self.key, &signed(token));
        let token = format!("{}.{}", token.token_id, URL_SAFE_NO_PAD.encode(mac));
        Some(MailLink::to(&self.shop_url, page, &token))
    }

    /// Verifies that a presented token is of this link, in constant time.
    ///
    /// # Errors
    /// If it is not.
    pub fn verify(&self, presented: &PresentedLink, token: &LinkToken) -> Result<(), LinkRefusal> {
        let verified = hmac::verify(&self.key, &signed(token), presented.mac.expose_secret());
        verified.map_err(|_| LinkRefusal::Invalid)
    }
}

/// Returns what the MAC is over: every part of the link that must not be exchanged. No part contains a line break.
fn signed(token: &LinkToken) -> Vec<u8> {
    let LinkToken { token_id, purpose, user_id, email, .. } = token;
    let purpose: &str = purpose.into();
    format!("link\n{token_id}\n{purpose}\n{user_id}\n{email}").into_bytes()
}

/// A token as a client presents it. `Debug` does not show what proves it.
pub struct PresentedLink {
    /// The link that it claims to be of.
    pub id: LinkTokenId,
    mac: SecretBox<[u8; MAC]>,
}

impl fmt::Debug for PresentedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresentedLink").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FromStr for PresentedLink {
    type Err = LinkRefusal;

    fn from_str(text: &str) -> Result<Self, LinkRefusal> {
        let (id, mac) = token(text).ok_or(LinkRefusal::Invalid)?;
        Ok(Self { id, mac })
    }
}

#[cfg(test)]
mod tests {
    use domain::words::id::UserId;
    use domain::words::person::Email;
    use jiff::Timestamp;

    use super::*;

    fn links(secret: &str) -> Links {
        Links::derive(&secret.into(), "https://bodega.example").unwrap()
    }

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn token(number: u128, purpose: LinkPurpose, user: u128, email: &str) -> LinkToken {
        let (id, user) = (LinkTokenId::from_parts(0, number), UserId::from_parts(0, user));
        LinkToken::request(id, purpose, user, Email::try_new(email).unwrap(), Timestamp::UNIX_EPOCH).0
    }

    fn ada() -> LinkToken {
        token(1, LinkPurpose::ResetPassword, 1, "ada@example.com")
    }

    fn presented(link: &MailLink) -> PresentedLink {
        link.reveal().split_once("#token=").unwrap().1.parse().unwrap()
    }

    #[test]
    fn a_link_is_the_same_in_every_version() {
        // If this changes, links that were mailed before a deployment stop working.
        insta::assert_snapshot!(links(SECRET).link(&ada()).unwrap().reveal(), @"https://bodega.example/reset-password#token=tok_00000000000000000000000001.biRYOfZ3GXt2zZNvVkdkYMamBuJ-LMybA30f0vPRTMo");
    }

    #[test]
    fn a_token_is_of_its_link_only() {
        let links = links(SECRET);
        let mailed = presented(&links.link(&ada()).unwrap());
        assert_eq!(links.verify(&mailed, &ada()), Ok(()));
        for (other, what) in [
            (token(2, LinkPurpose::ResetPassword, 1, "ada@example.com"), "another link"),
            (token(1, LinkPurpose::ConfirmEmail, 1, "ada@example.com"), "another purpose"),
            (token(1, LinkPurpose::ResetPassword, 2, "ada@example.com"), "another user"),
            (token(1, LinkPurpose::ResetPassword, 1, "eve@example.com"), "another address"),
        ] {
            assert_eq!(links.verify(&mailed, &other), Err(LinkRefusal::Invalid), "{what}");
        }
        let other_secret = self::links("another secret of the same length");
        assert_eq!(other_secret.verify(&mailed, &ada()), Err(LinkRefusal::Invalid));
    }

    #[test]
    fn a_token_with_one_other_character_is_refused() {
        let links = links(SECRET);
        let link = links.link(&ada()).unwrap();
        let text = link.reveal().split_once("#token=").unwrap().1;
        for (position, letter) in text.char_indices() {
            let other = if letter == 'A' { "B" } else { "A" };
            let mut altered = text.to_owned();
            altered.replace_range(position..=position, other);
            let is_refused = altered.parse::<PresentedLink>().map_or(true, |altered| {
                altered.id != ada().token_id || links.verify(&altered, &ada()).is_err()
            });
            assert!(is_refused, "{altered}");
        }
        for bad in ["", ".", "tok_1.AAAA", &text[..text.len() - 1], &format!("{text}A"), &format!("{text}=")]
        {
            assert_eq!(bad.parse::<PresentedLink>().map(|_| ()), Err(LinkRefusal::Invalid), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let links = links(SECRET);
        let mailed = presented(&links.link(&ada()).unwrap());
        let secret = format!("{:?}", mailed.mac.expose_secret());
        assert!(!format!("{mailed:?} {links:?}").contains(&secret[1..20]));
    }
}
