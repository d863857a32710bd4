//! A signed-in session: one family of refresh tokens, each derived from the one before it, of which only the newest is
//! valid.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::words::id::{SessionId, UserId};
use crate::words::sha256;

/// Lifetime of a session, however often it is refreshed.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long the token before the newest may be presented again. It covers a client that repeats a request whose answer
/// was lost, and two tabs that refresh at the same time.
pub const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// The SHA-256 of a part of a refresh token, in hexadecimal. The parts are random, so a plain hash is sufficient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenHash(String);

impl TokenHash {
    /// Hashes a part.
    #[must_use]
    pub fn of(part: &[u8]) -> Self {
        Self(sha256::hex(part))
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

/// The client's `User-Agent`. It helps users to recognise their devices, and proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Device(#[cfg_attr(feature = "schema", schemars(length(min = 1, max = 120)))] String);

impl Device {
    /// The maximum number of characters that are kept.
    pub const MAX_CHARS: usize = 120;

    /// Returns the first [`MAX_CHARS`](Self::MAX_CHARS) characters of a name, without control characters. `None` if
    /// nothing is left.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let printable: String = text.chars().filter(|character| !character.is_control()).collect();
        let name: String = printable.trim().chars().take(Self::MAX_CHARS).collect();
        (!name.is_empty()).then_some(Self(name))
    }
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
    /// The device on which the user signed in, if the client named itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// The version of the password that the user signed in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_version: Option<u64>,
    /// Whether the user signed in with a second factor, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub second_factor: bool,
    /// Whether it began without an account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

refusals! {
    /// Why a session was not started or refreshed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum SessionRefusal {
        /// No account has this e-mail address and password. The reply does not state which of the two is wrong.
        #[error("the e-mail address or the password is wrong")]
        InvalidCredentials => Unauthorized, "invalid_credentials", "Ask the user again.";
        /// The refresh token is not valid, or its session has expired.
        #[error("the refresh token is not valid; sign in again")]
        InvalidRefreshToken => Unauthorized, "invalid_refresh_token", "Sign in again.";
        /// Too many passwords were tried: to sign in, by clients that the user is not known to use together or by this one; or
        /// to change the password.
        #[error("too many passwords were tried; wait, or reset the password")]
        TooManyTries => TooMany, "too_many_tries", "Try again after `Retry-After` seconds, or reset the password.";
        /// The session was revoked: its user ended it, or an old refresh token was used again.
        #[error("the session has been revoked; sign in again")]
        Revoked => Unauthorized, "session_revoked", "Sign in again.";
    }
}

/// The effect of a refresh token on its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refresh {
    /// It was the newest token. The session continues with the next one.
    Rotated(Session),
    /// It was the token before the newest, used less than [`GRACE`] ago. The client receives the newest token again,
    /// and the session does not change, so there is never a second valid token.
    Repeated(Session),
    /// It had been used before. Thief and owner cannot be distinguished, so the session is revoked for both (RFC 9700
    /// §4.14.2).
    Reused(Session),
}

impl Session {
    /// Starts a session with its first refresh token.
    #[must_use]
    pub fn start(session_id: SessionId, user_id: UserId, token: TokenHashes, now: Timestamp) -> Self {
        Self {
            device: None,
            password_version: None,
            second_factor: false,
            guest: false,
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

    /// Sets the device.
    #[must_use]
    pub fn with_device(self, device: Option<Device>) -> Self {
        Self { device, ..self }
    }

    /// Sets the version of the password that the user signed in with.
    #[must_use]
    pub fn with_password(self, version: u64) -> Self {
        Self { password_version: Some(version), ..self }
    }

    /// Records that the user signed in with a second factor, too.
    #[must_use]
    pub fn with_second_factor(self) -> Self {
        Self { second_factor: true, ..self }
    }

    /// Records that the user has no account.
    #[must_use]
    pub fn of_guest(self) -> Self {
        Self { guest: true, ..self }
    }

    /// Returns whether the session can still be refreshed, unless it was revoked with all others: [`User::has_revoked`].
    ///
    /// [`User::has_revoked`]: crate::users::User::has_revoked
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.ends_at
    }

    /// Returns whether a refresh token is the session's newest, so that who presents it is the session's user.
    #[must_use]
    pub fn is_proved_by(&self, presented: &TokenHashes, now: Timestamp) -> bool {
        self.is_live(now) && presented.family == self.family_hash && presented.own == self.token_hash
    }

    /// Ends the session for `user`. `None` if it is another user's, or has ended already.
    #[must_use]
    pub fn end(&self, user: UserId, now: Timestamp) -> Option<Self> {
        (self.is_live(now) && self.user_id == user).then(|| Self { revoked_at: Some(now), ..self.clone() })
    }

    /// Applies a refresh token; `next` is the hash of the one token that can follow it. So if the newest token is
    /// `next`, the presented token is the one before it, and the newest has not been used.
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
        if presented.own == self.token_hash {
            return Ok(Refresh::Rotated(Self { token_hash: next, refreshed_at: now, ..self.clone() }));
        }
        if next == self.token_hash && now < self.refreshed_at + GRACE {
            return Ok(Refresh::Repeated(self.clone()));
        }
        Ok(Refresh::Reused(Self { revoked_at: Some(now), ..self.clone() }))
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

    /// Presents the token `own`, which the token `own + 1` follows.
    fn present(session: &Session, own: u8, now: Timestamp) -> Result<Refresh, SessionRefusal> {
        session.refresh(&token(0, own), token(0, own + 1).own, now)
    }

    fn rotated(session: &Session, own: u8, now: Timestamp) -> Session {
        let Ok(Refresh::Rotated(rotated)) = present(session, own, now) else {
            panic!("the token {own} is the newest");
        };
        rotated
    }

    #[test]
    fn the_token_before_the_newest_repeats_for_less_than_the_grace_period() {
        let second = rotated(&session(), 0, START);
        let just_before = START + GRACE - SignedDuration::from_nanos(1);
        assert_eq!(present(&second, 0, just_before), Ok(Refresh::Repeated(second.clone())));
        let revoked = Session { revoked_at: Some(START + GRACE), ..second.clone() };
        assert_eq!(present(&second, 0, START + GRACE), Ok(Refresh::Reused(revoked.clone())));
        let newest = present(&revoked, 1, START + GRACE);
        assert_eq!(newest, Err(SessionRefusal::Revoked), "the newest token is revoked with its family");
    }

    #[test]
    fn a_token_whose_successor_was_used_revokes_immediately() {
        let third = rotated(&rotated(&session(), 0, START), 1, START);
        assert!(matches!(present(&third, 0, START), Ok(Refresh::Reused(_))));
    }

    /// A version without derivation, or another server key, gave the successor.
    #[test]
    fn a_token_that_another_than_its_successor_followed_revokes() {
        let Ok(Refresh::Rotated(second)) = session().refresh(&token(0, 0), token(0, 9).own, START) else {
            panic!("the first token is valid");
        };
        assert!(matches!(present(&second, 0, START), Ok(Refresh::Reused(_))));
    }

    #[test]
    fn a_device_has_a_short_name_without_control_characters() {
        let named = |text: &str| Device::named(text).map(|device| device.0);
        assert_eq!(named("Mozilla/5.0 (X11)").as_deref(), Some("Mozilla/5.0 (X11)"));
        assert_eq!(named("\u{1} a\u{0}b\u{7f}\n").as_deref(), Some("ab"));
        for nothing in ["", " ", "\n\u{1}"] {
            assert_eq!(named(nothing), None, "{nothing:?}");
        }
        assert_eq!(named(&"é".repeat(121)), Some("é".repeat(120)));
    }

    #[test]
    fn only_its_user_ends_a_session_and_once() {
        let owner = session().user_id;
        assert_eq!(session().end(UserId::from_parts(0, 3), START), None, "another user");
        assert_eq!(session().end(owner, START + LIFETIME), None, "it is over");
        let ended = session().end(owner, START).expect("the session ends");
        assert_eq!(ended, Session { revoked_at: Some(START), ..session() });
        assert_eq!(ended.end(owner, START), None, "it has ended");
        assert_eq!(present(&ended, 0, START), Err(SessionRefusal::Revoked));
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
        pause: SignedDuration,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let seconds = prop_oneof![6 => 0i64..40, 1 => 0i64..360_000];
        let step = (prop_oneof![9 => Just(0u8), 1 => Just(1u8)], 0u8..6, seconds);
        let step = step.prop_map(|(family, own, seconds)| Step {
            family,
            own,
            pause: SignedDuration::from_secs(seconds),
        });
        proptest::collection::vec(step, 1..20)
    }

    proptest! {
        /// In any sequence, only the newest token is valid. The one before it gives the newest again within the grace
        /// period, any other revokes the session, a forged one changes nothing, and the session's end never moves.
        #[test]
        fn only_the_newest_token_is_valid(steps in steps()) {
            let (mut session, mut newest, mut now) = (session(), 0u8, START);
            for Step { family, own, pause } in steps {
                now += pause;
                let live = family == 0 && now < session.ends_at;
                let repeats = newest > 0 && own == newest - 1 && now < session.refreshed_at + GRACE;
                match session.refresh(&token(family, own), token(0, own + 1).own, now) {
                    Ok(Refresh::Rotated(rotated)) => {
                        prop_assert!(live && own == newest && session.revoked_at.is_none());
                        prop_assert_eq!(rotated.ends_at, session.ends_at);
                        (session, newest) = (rotated, newest + 1);
                    }
                    Ok(Refresh::Repeated(repeated)) => {
                        prop_assert!(live && repeats && session.revoked_at.is_none());
                        prop_assert_eq!(&repeated, &session);
                    }
                    Ok(Refresh::Reused(revoked)) => {
                        prop_assert!(live && own != newest && !repeats && session.revoked_at.is_none());
                        prop_assert_eq!(revoked.revoked_at, Some(now));
                        session = revoked;
                    }
                    Err(SessionRefusal::Revoked) => prop_assert!(live && session.revoked_at.is_some()),
                    Err(refusal) => {
                        prop_assert_eq!(refusal, SessionRefusal::InvalidRefreshToken);
                        prop_assert!(!live);
                    }
                }
                prop_assert_eq!(&session.token_hash, &token(0, newest).own);
            }
        }
    }
}
