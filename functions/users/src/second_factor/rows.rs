//! Rows of the users table for second factors.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | second factor | `USER#<user>` | `TOTP` | a user's app, without its secret, and the MACs of recovery codes |
//! | challenge | `CHALLENGE#<challenge>` | `CHALLENGE` | a sign-in that waits for its second factor |

use domain::users::second_factor::{Challenge, SecondFactor};
use domain::words::id::{ChallengeId, UserId};
use store::{Item, Key, Row};

/// A user's app.
#[derive(Debug)]
pub struct SecondFactorRow;

impl Row for SecondFactorRow {
    type Value = SecondFactor;
    const KIND: &'static str = "second_factor";

    fn key(factor: &SecondFactor) -> Key {
        second_factor_key(factor.user_id)
    }
}

/// A sign-in that waits for its second factor.
#[derive(Debug)]
pub struct ChallengeRow;

impl Row for ChallengeRow {
    type Value = Challenge;
    const KIND: &'static str = "challenge";

    fn key(challenge: &Challenge) -> Key {
        challenge_key(challenge.challenge_id)
    }

    fn place(challenge: &Challenge, item: Item) -> Item {
        item.expires(challenge.valid_until)
    }
}

/// Returns the key of a user's app.
#[must_use]
pub fn second_factor_key(user: UserId) -> Key {
    Key::new(format!("USER#{user}"), "TOTP")
}

/// Returns a challenge's key.
#[must_use]
pub fn challenge_key(id: ChallengeId) -> Key {
    Key::new(format!("CHALLENGE#{id}"), "CHALLENGE")
}
