//! Refresh tokens: opaque to clients, stored as hashes. The first of a session is random, and each of the others is
//! derived from the one before it with a key of the server. So a repeated request gets the same token, although only
//! hashes are stored.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::users::session::{SessionRefusal, TokenHash, TokenHashes};
use domain::words::id::SessionId;
use edge::Problem;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::keys::secret::{KeyError, derived, token};

const FAMILY: usize = 16;
const OWN: usize = 32;

/// The purpose of the key that refresh tokens are derived with.
const PURPOSE: &[u8] = b"bodega refresh tokens, hmac-sha256, v1";

/// The key that derives a refresh token from the one before it.
#[derive(Debug, Clone)]
pub struct SuccessorKey(hmac::Key);

impl SuccessorKey {
    /// Derives the key from the signing secret.
    ///
    /// # Errors
    /// If the secret is too short.
    pub fn derive(secret: &SecretString) -> Result<Self, KeyError> {
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &*derived(secret, PURPOSE)?)))
    }
}

/// A refresh token: `<session id>.<base64url>`, with 128 random bits that all tokens of the session share and 256 that
/// are unique to this token. The session id is the key of the row.
pub struct RefreshToken {
    session_id: SessionId,
    secret: SecretBox<[u8; FAMILY + OWN]>,
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

impl RefreshToken {
    /// Creates the first token of a session.
    ///
    /// # Errors
    /// 500 if the system has no randomness left.
    pub fn first(session_id: SessionId) -> Result<Self, Problem> {
        let mut secret = [0; FAMILY + OWN];
        rand::fill(&mut secret).map_err(Problem::internal)?;
        Ok(Self { session_id, secret: SecretBox::new(Box::new(secret)) })
    }

    /// Returns the token that follows this one, always the same. Only the server's key leads from one to the next.
    #[must_use]
    pub fn next(&self, key: &SuccessorKey) -> Self {
        let mut secret = *self.secret.expose_secret();
        let mut input = hmac::Context::with_key(&key.0);
        input.update(self.session_id.to_string().as_bytes());
        input.update(&secret);
        secret[FAMILY..].copy_from_slice(input.sign().as_ref());
        Self { session_id: self.session_id, secret: SecretBox::new(Box::new(secret)) }
    }

    /// Returns the session named in the token. Only the hashes prove that the token belongs to it.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Returns the hashes to store.
    #[must_use]
    pub fn hashes(&self) -> TokenHashes {
        let (family, own) = self.secret.expose_secret().split_at(FAMILY);
        TokenHashes { family: TokenHash::of(family), own: TokenHash::of(own) }
    }

    /// Returns the token as sent to the client.
    #[must_use]
    pub fn reveal(&self) -> SecretString {
        format!("{}.{}", self.session_id, URL_SAFE_NO_PAD.encode(self.secret.expose_secret())).into()
    }
}

impl FromStr for RefreshToken {
    type Err = SessionRefusal;

    fn from_str(text: &str) -> Result<Self, SessionRefusal> {
        let (session_id, secret) = token(text).ok_or(SessionRefusal::InvalidRefreshToken)?;
        Ok(Self { session_id, secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        RefreshToken::first(SessionId::from_parts(0, 1)).unwrap()
    }

    #[test]
    fn a_revealed_token_parses_to_itself() {
        let token = token();
        let text = token.reveal();
        let read: RefreshToken = text.expose_secret().parse().unwrap();
        assert_eq!((read.session_id(), read.hashes()), (token.session_id(), token.hashes()));
    }

    fn key(secret: &str) -> SuccessorKey {
        SuccessorKey::derive(&secret.into()).unwrap()
    }

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn the_next_token_has_the_same_family_and_another_secret() {
        let (token, key) = (token(), key(SECRET));
        let next = token.next(&key);
        assert_eq!(next.hashes().family, token.hashes().family);
        assert_ne!(next.hashes().own, token.hashes().own);
        assert_eq!(next.hashes(), token.next(&key).hashes(), "it is the same each time");
        assert_ne!(next.hashes().own, next.next(&key).hashes().own);
    }

    #[test]
    fn the_next_token_depends_on_key_session_and_secret() {
        let (first, other) = (token(), token());
        let elsewhere = format!("{}{}", SessionId::from_parts(0, 2), &first.reveal().expose_secret()[30..]);
        let elsewhere: RefreshToken = elsewhere.parse().unwrap();
        assert_eq!(elsewhere.hashes(), first.hashes());
        let next = first.next(&key(SECRET)).hashes().own;
        assert_ne!(next, elsewhere.next(&key(SECRET)).hashes().own);
        assert_ne!(next, other.next(&key(SECRET)).hashes().own);
        assert_ne!(next, first.next(&key("another secret of the same length")).hashes().own);
    }

    #[test]
    fn a_token_has_the_same_successor_in_every_version() {
        // If this changes, a request repeated during a deployment ends its session.
        let token: RefreshToken =
            format!("ses_00000000000000000000000001.{}", "A".repeat(64)).parse().unwrap();
        insta::assert_snapshot!(token.next(&key(SECRET)).reveal().expose_secret(), @"ses_00000000000000000000000001.AAAAAAAAAAAAAAAAAAAAAAC8Orp51LvN1UibFk2DQNu73q4epBkszYT3IB_iS7fD");
    }

    #[test]
    fn a_malformed_token_is_refused() {
        let good = token().reveal().expose_secret().to_owned();
        let shorter = good[..good.len() - 4].to_owned();
        for bad in [
            "",
            ".",
            "ses_1.AAAA",
            &shorter,
            &format!("{good}AAAA"),
            &good.replace('.', ":"),
            &format!("{good}="),
        ] {
            assert_eq!(
                bad.parse::<RefreshToken>().unwrap_err(),
                SessionRefusal::InvalidRefreshToken,
                "{bad}"
            );
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let token = token();
        let secret = token.reveal().expose_secret().split_once('.').unwrap().1.to_owned();
        assert!(!format!("{token:?}").contains(&secret[..8]));
    }
}
