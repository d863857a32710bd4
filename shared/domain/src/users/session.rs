//! A signed-in session: one family of refresh tokens, of which only the newest is valid.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::refusals;
use crate::words::id::{SessionId, UserId};

/// Lifetime of a session, however often it is refreshed.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The SHA-256 of a part of a refresh token, in hexadecimal. The parts are random, so a plain hash is sufficient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenHash(String);

impl TokenHash {
    /// Hashes a part.
    #[must_use]
    pub fn of(part: &[u8]) -> Self {
        Self(Sha256::digest(part).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The hashes of a refresh token's two parts. The family part is the same in every token of a session, and proves that
/// the holder has received one; the other part is unique to the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHashes {
    /// The hash of the session's part.
    pub family: TokenHash,
    /// The hash of the token's own part.
    pub own: TokenHash,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub session_id: SessionId,
    /// The user.
    pub user_id: UserId,
    /// The hash of the part that all of its refresh tokens share.
    pub family_hash: TokenHash,
    /// The hash of the newest refresh token's own part.
    pub token_hash: TokenHash,
    /// When the user signed in.
    pub started_at: Timestamp,
    /// When the newest token was issued.
    pub refreshed_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// When it was revoked, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

refusals! {
    /// Why a session was not started or refreshed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum SessionRefusal {
        /// No account has this e-mail address and password. The reply does not state which of the two is wrong.
        #[error("the e-mail address or the password is wrong")]
        InvalidCredentials => Unauthorized, "invalid_credentials", "Ask the user for both again.";
        /// The refresh token is not valid, or its session has ended.
        #[error("the refresh token is not valid; sign in again")]
        InvalidRefreshToken => Unauthorized, "invalid_refresh_token", "Sign in again.";
        /// The session was revoked, because one of its tokens was used twice.
        #[error("the session has been revoked; sign in again")]
        Revoked => Unauthorized, "session_revoked", "Sign in again. Send one refresh request at a time.";
    }
}

/// The effect of a refresh token on its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// It was the newest token. The session continues with the next one.
    Rotated(Session),
    /// It had been used before. Thief and owner cannot be distinguished, so the session is revoked for both (RFC 9700
    /// §4.14.2).
    Reused(Session),
}

impl Session {
    /// Starts a session with its first refresh token.
    #[must_use]
    pub fn start(session_id: SessionId, user_id: UserId, token: TokenHashes, now: Timestamp) -> Self {
        Self {
            session_id,
            user_id,
            family_hash: token.family,
            token_hash: token.own,
            started_at: now,
            refreshed_at: now,
            ends_at: now + LIFETIME,
            revoked_at: None,
        }
    }

    /// Applies a refresh token; `next` is the hash of the token that follows it.
    ///
    /// # Errors
    /// If the token does not belong to an active session. A token of another family changes nothing: session ids appear
    /// in logs and access tokens, so knowing one must not be enough to revoke the session.
    pub fn refresh(
        &self,
        presented: &TokenHashes,
        next: TokenHash,
        now: Timestamp,
    ) -> Result<Refresh, SessionRefusal> {
        if presented.family != self.family_hash || now >= self.ends_at {
            return Err(SessionRefusal::InvalidRefreshToken);
        }
        if self.revoked_at.is_some() {
            return Err(SessionRefusal::Revoked);
        }
        if presented.own != self.token_hash {
            return Ok(Refresh::Reused(Self { revoked_at: Some(now), ..self.clone() }));
        }
        Ok(Refresh::Rotated(Self { token_hash: next, refreshed_at: now, ..self.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn token(family: u8, own: u8) -> TokenHashes {
        TokenHashes { family: TokenHash::of(&[family]), own: TokenHash::of(&[own]) }
    }

    fn session() -> Session {
        Session::start(SessionId::from_parts(0, 1), UserId::from_parts(0, 2), token(0, 0), START)
    }

    #[test]
    fn a_hash_is_sha_256() {
        assert_eq!(TokenHash::of(b"").0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn the_newest_token_rotates_and_the_one_before_revokes() {
        let Ok(Refresh::Rotated(second)) = session().refresh(&token(0, 0), token(0, 1).own, START) else {
            panic!("the first token is valid");
        };
        let Ok(Refresh::Reused(revoked)) = second.refresh(&token(0, 0), token(0, 2).own, START) else {
            panic!("the first token was used before");
        };
        let newest = revoked.refresh(&token(0, 1), token(0, 2).own, START);
        assert_eq!(newest, Err(SessionRefusal::Revoked), "the newest token is revoked with its family");
    }

    #[test]
    fn a_session_ends_after_exactly_thirty_days() {
        let end = START + LIFETIME;
        let just_before = end - SignedDuration::from_nanos(1);
        assert!(session().refresh(&token(0, 0), token(0, 1).own, just_before).is_ok());
        let late = session().refresh(&token(0, 0), token(0, 1).own, end);
        assert_eq!(late, Err(SessionRefusal::InvalidRefreshToken));
    }

    #[derive(Debug, Clone)]
    struct Step {
        family: u8,
        own: u8,
        hours: i64,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = (prop_oneof![9 => Just(0u8), 1 => Just(1u8)], 0u8..8, 0i64..100);
        proptest::collection::vec(step.prop_map(|(family, own, hours)| Step { family, own, hours }), 1..20)
    }

    proptest! {
        /// In any sequence, only the newest token is valid, a used one revokes the session, a forged one changes
        /// nothing, and the session's end never moves.
        #[test]
        fn only_the_newest_token_is_valid(steps in steps()) {
            let (mut session, mut newest, mut now) = (session(), 0u8, START);
            for Step { family, own, hours } in steps {
                now += SignedDuration::from_hours(hours);
                let next = newest + 1;
                let live = family == 0 && now < session.ends_at;
                match session.refresh(&token(family, own), token(0, next).own, now) {
                    Ok(Refresh::Rotated(rotated)) => {
                        prop_assert!(live && own == newest && session.revoked_at.is_none());
                        prop_assert_eq!(rotated.ends_at, session.ends_at);
                        (session, newest) = (rotated, next);
                    }
                    Ok(Refresh::Reused(revoked)) => {
                        prop_assert!(live && own != newest && session.revoked_at.is_none());
                        prop_assert_eq!(revoked.revoked_at, Some(now));
                        session = revoked;
                    }
                    Err(SessionRefusal::Revoked) => prop_assert!(live && session.revoked_at.is_some()),
                    Err(refusal) => {
                        prop_assert_eq!(refusal, SessionRefusal::InvalidRefreshToken);
                        prop_assert!(!live);
                    }
                }
            }
        }
    }
}
