//! The second factor of signing in: an app that shows a code every 30 seconds (TOTP, RFC 6238), and codes for when it is lost.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::refusals;
use crate::users::session::TokenHash;
use crate::words::id::{ChallengeId, EnrolmentId, UserId};

/// How long an enrolment waits for the first code of the app.
pub const ENROLMENT: SignedDuration = SignedDuration::from_mins(10);

/// How long a sign-in waits for its code.
pub const CHALLENGE: SignedDuration = SignedDuration::from_mins(5);

/// How many codes may be tried for one sign-in.
pub const CHALLENGE_TRIES: u32 = 5;

/// How many recovery codes a user gets.
pub const RECOVERY_CODES: usize = 10;

refusals! {
    /// Why a second factor was not set up, used or removed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum SecondFactorRefusal {
        /// The account has a second factor already.
        #[error("the account has a second factor already")]
        Active => Conflict, "totp_active", "Remove it first.";
        /// The account has no second factor, or its setup was not completed in time.
        #[error("the account has no second factor, or its setup has expired")]
        NotEnrolled => NotFound, "totp_not_enrolled", "Set it up first.";
        /// The code is not the app's current one or was used, or the recovery code is not one of the user's.
        #[error("the code is wrong, or was used already")]
        CodeWrong => Unauthorized, "code_wrong", "Ask the user for the app's next code, or for a recovery code.";
        /// The sign-in has expired, was completed, or had too many wrong codes.
        #[error("the sign-in is no longer valid; begin again")]
        ChallengeInvalid => Unauthorized, "challenge_invalid", "Sign in again, beginning with the password.";
        /// Too many codes were tried.
        #[error("too many codes were tried; wait")]
        TooManyCodes => TooMany, "too_many_codes", "Try again after `Retry-After` seconds.";
        /// Users with a role need a second factor.
        #[error("users with a role need a second factor")]
        Required => Conflict, "second_factor_required", "Have the role taken away first.";
    }
}

/// The MAC of a recovery code, in hexadecimal. Without the server's key, nobody can tell a guess from the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryMac(pub String);

/// What a code proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// It is the app's code of this time step: 30 seconds since the Unix epoch.
    Step(u64),
    /// It may be a recovery code with this MAC.
    Recovery(RecoveryMac),
}

/// A user's app. What its codes are derived from is not part of it: the server derives that from the enrolment's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// The user.
    pub user_id: UserId,
    /// The enrolment, which decides the app's secret.
    pub enrolment: EnrolmentId,
    /// When the user began to set it up.
    pub enrolled_at: Timestamp,
    /// When the app showed its first right code. Until then it is no second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// The time step of the newest code that was used. Each code is good once, and older ones no longer are (RFC 6238 §5.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_step: Option<u64>,
    /// The recovery codes that were not used.
    #[serde(default)]
    pub recovery: Vec<RecoveryMac>,
}

impl SecondFactor {
    /// Begins to set up an app. It replaces one whose setup was not completed.
    ///
    /// # Errors
    /// If there is one that was.
    pub fn enroll(
        found: Option<&Self>,
        user_id: UserId,
        enrolment: EnrolmentId,
        now: Timestamp,
    ) -> Result<Self, SecondFactorRefusal> {
        if found.is_some_and(|found| found.confirmed_at.is_some()) {
            return Err(SecondFactorRefusal::Active);
        }
        let recovery = Vec::new();
        Ok(Self { user_id, enrolment, enrolled_at: now, confirmed_at: None, last_step: None, recovery })
    }

    /// Completes the setup with the app's first code, of the time step `step` if it is right.
    ///
    /// # Errors
    /// If it is completed already, has expired, or the code is wrong.
    pub fn confirm(
        &self,
        step: Option<u64>,
        recovery: Vec<RecoveryMac>,
        now: Timestamp,
    ) -> Result<Self, SecondFactorRefusal> {
        if self.confirmed_at.is_some() {
            return Err(SecondFactorRefusal::Active);
        }
        if now >= self.enrolled_at + ENROLMENT {
            return Err(SecondFactorRefusal::NotEnrolled);
        }
        let step = step.ok_or(SecondFactorRefusal::CodeWrong)?;
        Ok(Self { confirmed_at: Some(now), last_step: Some(step), recovery, ..self.clone() })
    }

    /// Uses a code, which is then good no longer.
    ///
    /// # Errors
    /// If the setup is not completed, or the code proves nothing or was used.
    pub fn prove(&self, proof: Option<&Proof>) -> Result<Self, SecondFactorRefusal> {
        if self.confirmed_at.is_none() {
            return Err(SecondFactorRefusal::NotEnrolled);
        }
        match proof {
            Some(Proof::Step(step)) if self.last_step.is_none_or(|last| last < *step) => {
                Ok(Self { last_step: Some(*step), ..self.clone() })
            }
            Some(Proof::Recovery(mac)) if self.recovery.contains(mac) => {
                let recovery = self.recovery.iter().filter(|known| *known != mac).cloned().collect();
                Ok(Self { recovery, ..self.clone() })
            }
            _ => Err(SecondFactorRefusal::CodeWrong),
        }
    }
}

/// A sign-in with the right password that waits for its second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Its id.
    pub challenge_id: ChallengeId,
    /// The user.
    pub user_id: UserId,
    /// The hash of what the client proves with that it is the one which knew the password.
    pub hash: TokenHash,
    /// The version of the password.
    pub password_version: u64,
    /// When it becomes invalid.
    pub valid_until: Timestamp,
    /// How many codes were tried.
    #[serde(default)]
    pub tries: u32,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
}

impl Challenge {
    /// Begins one.
    #[must_use]
    pub fn begin(
        challenge_id: ChallengeId,
        user_id: UserId,
        hash: TokenHash,
        password_version: u64,
        now: Timestamp,
    ) -> Self {
        let valid_until = now + CHALLENGE;
        Self { challenge_id, user_id, hash, password_version, valid_until, tries: 0, completed_at: None }
    }

    /// Returns when the password was right.
    #[must_use]
    pub fn began_at(&self) -> Timestamp {
        self.valid_until - CHALLENGE
    }

    /// Counts a try, before the code is looked at: tries that arrive together are counted one after another.
    ///
    /// # Errors
    /// If the client does not have what this hash is of, it has expired or was completed, or no try is left.
    pub fn attempt(&self, shown: &TokenHash, now: Timestamp) -> Result<Self, SecondFactorRefusal> {
        self.is_open(shown, now)?;
        if self.tries >= CHALLENGE_TRIES {
            return Err(SecondFactorRefusal::ChallengeInvalid);
        }
        Ok(Self { tries: self.tries + 1, ..self.clone() })
    }

    /// Completes it.
    ///
    /// # Errors
    /// As for [`attempt`](Self::attempt).
    pub fn complete(&self, shown: &TokenHash, now: Timestamp) -> Result<Self, SecondFactorRefusal> {
        self.is_open(shown, now)?;
        Ok(Self { completed_at: Some(now), ..self.clone() })
    }

    fn is_open(&self, shown: &TokenHash, now: Timestamp) -> Result<(), SecondFactorRefusal> {
        let is_open = self.hash == *shown && self.completed_at.is_none() && now < self.valid_until;
        if is_open { Ok(()) } else { Err(SecondFactorRefusal::ChallengeInvalid) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn later(seconds: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(seconds)
    }

    fn enrolled() -> SecondFactor {
        SecondFactor::enroll(None, UserId::from_parts(0, 1), EnrolmentId::from_parts(0, 1), NOW).unwrap()
    }

    fn macs(names: &[&str]) -> Vec<RecoveryMac> {
        names.iter().map(|name| RecoveryMac((*name).to_owned())).collect()
    }

    fn active() -> SecondFactor {
        enrolled().confirm(Some(10), macs(&["a", "b"]), NOW).unwrap()
    }

    fn recovery(name: &str) -> Option<Proof> {
        Some(Proof::Recovery(RecoveryMac(name.to_owned())))
    }

    #[test]
    fn another_enrolment_replaces_one_that_was_not_completed() {
        let again = |found: &SecondFactor| {
            SecondFactor::enroll(Some(found), found.user_id, EnrolmentId::from_parts(0, 2), later(1))
        };
        assert_eq!(again(&enrolled()).unwrap().enrolment, EnrolmentId::from_parts(0, 2));
        assert_eq!(again(&active()), Err(SecondFactorRefusal::Active));
    }

    #[test]
    fn an_enrolment_is_completed_once_within_ten_minutes() {
        let confirm = |factor: &SecondFactor, step, seconds| {
            factor.confirm(step, macs(&["a"]), later(seconds)).map(|factor| factor.confirmed_at)
        };
        assert_eq!(confirm(&enrolled(), Some(1), 599), Ok(Some(later(599))));
        assert_eq!(confirm(&enrolled(), Some(1), 600), Err(SecondFactorRefusal::NotEnrolled));
        assert_eq!(confirm(&enrolled(), None, 0), Err(SecondFactorRefusal::CodeWrong));
        assert_eq!(confirm(&active(), Some(11), 0), Err(SecondFactorRefusal::Active));
        assert_eq!(enrolled().prove(Some(&Proof::Step(1))), Err(SecondFactorRefusal::NotEnrolled));
    }

    #[test]
    fn a_code_is_good_once_and_older_ones_are_not() {
        let wrong = Err(SecondFactorRefusal::CodeWrong);
        for step in [9, 10] {
            assert_eq!(active().prove(Some(&Proof::Step(step))), wrong, "the setup has used 10");
        }
        let used = active().prove(Some(&Proof::Step(12))).unwrap();
        for step in [11, 12] {
            assert_eq!(used.prove(Some(&Proof::Step(step))), wrong, "{step}");
        }
        assert!(used.prove(Some(&Proof::Step(13))).is_ok());
        assert_eq!(active().prove(None), wrong);
    }

    #[test]
    fn a_recovery_code_is_good_once() {
        let used = active().prove(recovery("a").as_ref()).unwrap();
        assert_eq!(used.recovery, macs(&["b"]));
        assert_eq!(used.prove(recovery("a").as_ref()), Err(SecondFactorRefusal::CodeWrong));
        assert_eq!(used.last_step, Some(10), "the app's codes are not affected");
    }

    #[test]
    fn a_challenge_has_five_tries_in_five_minutes() {
        let (mine, other) = (TokenHash::of(b"mine"), TokenHash::of(b"other"));
        let invalid = SecondFactorRefusal::ChallengeInvalid;
        let (id, user) = (ChallengeId::from_parts(0, 1), UserId::from_parts(0, 1));
        let fresh = Challenge::begin(id, user, mine.clone(), 1, NOW);
        assert_eq!(fresh.attempt(&other, NOW), Err(invalid.clone()));
        assert_eq!(fresh.attempt(&mine, later(300)), Err(invalid.clone()));
        let mut tried = fresh.clone();
        for _ in 0..CHALLENGE_TRIES {
            tried = tried.attempt(&mine, later(299)).unwrap();
        }
        assert_eq!(tried.attempt(&mine, later(299)), Err(invalid.clone()));
        let completed = tried.complete(&mine, later(299)).unwrap();
        assert_eq!(
            completed.complete(&mine, later(299)),
            Err(invalid.clone()),
            "of two at once, one signs in"
        );
        assert_eq!(fresh.complete(&mine, NOW).unwrap().attempt(&mine, NOW), Err(invalid));
    }

    proptest! {
        /// Whatever is tried in whatever order: no step is accepted twice, and none after a later one.
        #[test]
        fn accepted_steps_only_grow(steps in prop::collection::vec(0_u64..40, 1..60)) {
            let (mut factor, mut accepted) = (active(), vec![10]);
            for step in steps {
                if let Ok(used) = factor.prove(Some(&Proof::Step(step))) {
                    factor = used;
                    accepted.push(step);
                }
            }
            prop_assert!(accepted.is_sorted_by(|a, b| a < b), "{accepted:?}");
        }
    }
}
