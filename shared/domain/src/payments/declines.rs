//! A customer's declined payments. Somebody who tests stolen cards has many.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::words::id::{AttemptId, UserId};

/// Maximum number of a customer's declined attempts to pay within [`COUNT_FOR`], all orders together.
pub const MAX_DECLINES: usize = 10;

/// How long a decline counts.
pub const COUNT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A customer's latest declined attempts to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declines {
    /// The customer.
    pub user_id: UserId,
    /// The declined attempts, oldest first.
    pub attempts: Vec<Decline>,
}

/// A declined attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// The attempt.
    pub attempt_id: AttemptId,
    /// When it was declined.
    pub at: Timestamp,
}

impl Declines {
    /// Creates the declines of a customer who has none.
    #[must_use]
    pub fn none(user_id: UserId) -> Self {
        Self { user_id, attempts: Vec::new() }
    }

    /// Adds an attempt, and leaves out those that count no longer.
    #[must_use]
    pub fn with(&self, attempt_id: AttemptId, now: Timestamp) -> Self {
        let others =
            self.attempts.iter().filter(|decline| counts(decline, now) && decline.attempt_id != attempt_id);
        let attempts = others.cloned().chain([Decline { attempt_id, at: now }]).collect();
        Self { user_id: self.user_id, attempts }
    }

    /// Returns whether the customer has to stop trying.
    #[must_use]
    pub fn are_too_many(&self, now: Timestamp) -> bool {
        self.attempts.iter().filter(|decline| counts(decline, now)).count() >= MAX_DECLINES
    }

    /// Returns when none of them counts any more.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.attempts.iter().map(|decline| decline.at + COUNT_FOR).max()
    }
}

fn counts(decline: &Decline, now: Timestamp) -> bool {
    now.duration_since(decline.at) < COUNT_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn attempt(number: u128) -> AttemptId {
        AttemptId::from_parts(0, number)
    }

    #[test]
    fn ten_declines_within_a_day_are_too_many_until_a_day_after_the_first() {
        let none = Declines::none(UserId::from_parts(0, 1));
        assert_eq!((none.are_too_many(at(0)), none.until()), (false, None));
        let nine = (0..9u8)
            .fold(none, |declines, number| declines.with(attempt(u128::from(number)), at(i64::from(number))));
        assert!(!nine.are_too_many(at(9)));
        let same = nine.with(attempt(8), at(9));
        assert!(!same.are_too_many(at(9)), "the same attempt again");
        let ten = nine.with(attempt(9), at(9));
        assert!(ten.are_too_many(at(23)));
        assert!(!ten.are_too_many(at(24)), "the first no longer counts");
        assert_eq!(ten.until(), Some(at(9 + 24)));
        assert_eq!(ten.with(attempt(10), at(30)).attempts.len(), 4, "of the hours 7, 8, 9 and 30");
    }
}
