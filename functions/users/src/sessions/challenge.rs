//! What a client shows between the password and the second factor: `<challenge id>.<base64url of 256 random bits>`. It proves
//! that it is the client which knew the password. Only its hash is stored.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::users::second_factor::SecondFactorRefusal;
use domain::users::session::TokenHash;
use domain::words::id::ChallengeId;
use edge::Problem;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use crate::keys::secret::token;

const BYTES: usize = 32;

/// What a client shows. `Debug` does not show the secret.
pub struct ChallengeToken {
    /// The challenge that it is of.
    pub id: ChallengeId,
    secret: SecretBox<[u8; BYTES]>,
}

impl fmt::Debug for ChallengeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChallengeToken").field("id", &self.id).finish_non_exhaustive()
    }
}

impl ChallengeToken {
    /// Creates a new one.
    ///
    /// # Errors
    /// 500 if the system has no randomness left.
    pub fn new(id: ChallengeId) -> Result<Self, Problem> {
        let mut secret = [0; BYTES];
        rand::fill(&mut secret).map_err(Problem::internal)?;
        Ok(Self { id, secret: SecretBox::new(Box::new(secret)) })
    }

    /// Returns the hash to store.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.secret.expose_secret())
    }

    /// Returns it as sent to the client.
    #[must_use]
    pub fn reveal(&self) -> SecretString {
        format!("{}.{}", self.id, URL_SAFE_NO_PAD.encode(self.secret.expose_secret())).into()
    }
}

impl FromStr for ChallengeToken {
    type Err = SecondFactorRefusal;

    fn from_str(text: &str) -> Result<Self, SecondFactorRefusal> {
        let (id, secret) = token(text).ok_or(SecondFactorRefusal::ChallengeInvalid)?;
        Ok(Self { id, secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revealed_challenge_parses_to_itself_and_to_nothing_else() {
        let token = ChallengeToken::new(ChallengeId::from_parts(0, 1)).unwrap();
        let text = token.reveal().expose_secret().to_owned();
        let parsed: ChallengeToken = text.parse().unwrap();
        assert_eq!((parsed.id, parsed.hash()), (token.id, token.hash()));
        assert!(!format!("{token:?}").contains(&text[31..]));
        for bad in
            ["", ".", "chl_1.AAAA", &text[..text.len() - 1], &format!("{text}A"), &text.replace("chl", "ses")]
        {
            assert_eq!(bad.parse::<ChallengeToken>().map(|_| ()), Err(SecondFactorRefusal::ChallengeInvalid));
        }
        assert_ne!(ChallengeToken::new(token.id).unwrap().hash(), token.hash());
    }
}
