//! Refresh tokens: opaque to clients, random, stored as hashes.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::users::session::{SessionRefusal, TokenHash, TokenHashes};
use domain::words::id::SessionId;
use edge::Problem;
use secrecy::{ExposeSecret, SecretBox, SecretString};

const FAMILY: usize = 16;
const OWN: usize = 32;

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

    /// Creates the token that follows this one.
    ///
    /// # Errors
    /// 500 if the system has no randomness left.
    pub fn next(&self) -> Result<Self, Problem> {
        let mut secret = *self.secret.expose_secret();
        rand::fill(&mut secret[FAMILY..]).map_err(Problem::internal)?;
        Ok(Self { session_id: self.session_id, secret: SecretBox::new(Box::new(secret)) })
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
        let invalid = SessionRefusal::InvalidRefreshToken;
        let (session_id, secret) = text.split_once('.').ok_or_else(|| invalid.clone())?;
        let session_id = session_id.parse().map_err(|_| invalid.clone())?;
        let mut bytes = [0; FAMILY + OWN];
        match URL_SAFE_NO_PAD.decode_slice(secret, &mut bytes) {
            Ok(length) if length == bytes.len() => {
                Ok(Self { session_id, secret: SecretBox::new(Box::new(bytes)) })
            }
            _ => Err(invalid),
        }
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

    #[test]
    fn the_next_token_has_the_same_family_and_a_new_secret() {
        let token = token();
        let next = token.next().unwrap();
        assert_eq!(next.hashes().family, token.hashes().family);
        assert_ne!(next.hashes().own, token.hashes().own);
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
