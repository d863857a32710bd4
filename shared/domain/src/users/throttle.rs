//! Limits on how often something may happen to one account.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::users::session::TokenHash;
use crate::words::person::Email;

/// How many times something may happen, each less than a period after the one before. So it happens no more than that
/// many times in any period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The number of times.
    pub times: u32,
    /// The period. After the last of the times, it is also how long to wait.
    pub period: SignedDuration,
}

/// Mails with a link to reset a password, per address.
pub const RESET_MAILS: Limit = Limit { times: 3, period: SignedDuration::from_hours(1) };

/// Mails upon registrations, per address.
pub const REGISTRATION_MAILS: Limit = RESET_MAILS;

/// What is counted, and for whom. It contains a hash of the address, since such counters also exist for addresses that
/// never gave themselves to the shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted(String);

impl Counted {
    /// Mails with a link to reset the password of the account with this address.
    #[must_use]
    pub fn resets(email: &Email) -> Self {
        Self::of("reset", email)
    }

    /// Mails upon registrations of this address.
    #[must_use]
    pub fn registrations(email: &Email) -> Self {
        Self::of("registration", email)
    }

    fn of(what: &str, email: &Email) -> Self {
        Self(format!("{what}#{}", TokenHash::of(email.as_ref().as_bytes())))
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A counter of what has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// What is counted.
    pub counted: Counted,
    /// How many times it has happened.
    pub count: u32,
    /// When it is forgotten.
    pub until: Timestamp,
}

impl Throttle {
    /// Counts one more time.
    ///
    /// # Errors
    /// The counter as it was, if the limit has been reached: somebody who keeps trying does not extend the wait.
    pub fn count(found: Option<Self>, counted: Counted, limit: Limit, now: Timestamp) -> Result<Self, Self> {
        match found.filter(|found| now < found.until) {
            Some(found) if found.count >= limit.times => Err(found),
            found => {
                let count = found.map_or(0, |found| found.count) + 1;
                Ok(Self { counted, count, until: now + limit.period })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: Limit = Limit { times: 3, period: SignedDuration::from_secs(60) };

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    fn subject() -> Counted {
        Counted::resets(&Email::try_new("ada@example.com").unwrap())
    }

    fn count(found: Option<Throttle>, second: i64) -> Result<Throttle, Throttle> {
        Throttle::count(found, subject(), LIMIT, at(second))
    }

    #[test]
    fn a_counter_names_no_address() {
        let other = Counted::resets(&Email::try_new("eve@example.com").unwrap());
        assert_ne!(subject(), Counted::registrations(&Email::try_new("ada@example.com").unwrap()));
        assert!(subject() != other && !subject().to_string().contains("ada"));
    }

    #[test]
    fn the_fourth_time_waits_a_period_from_the_third() {
        let third = count(count(count(None, 0).ok(), 10).ok(), 50);
        assert_eq!(third, Ok(Throttle { counted: subject(), count: 3, until: at(110) }));
        assert_eq!(count(third.clone().ok(), 109).map_err(Ok), Err(third.clone()));
        assert_eq!(count(third.ok(), 110), Ok(Throttle { counted: subject(), count: 1, until: at(170) }));
    }

    proptest! {
        #[test]
        fn no_period_has_more_than_the_limit_allows(pauses in proptest::collection::vec(0i64..40, 1..80)) {
            let (mut counter, mut second, mut allowed) = (None::<Throttle>, 0, Vec::new());
            for pause in pauses {
                second += pause;
                if let Ok(counted) = count(counter.clone(), second) {
                    prop_assert!(counted.count <= LIMIT.times && at(second) < counted.until);
                    counter = Some(counted);
                    allowed.push(second);
                }
            }
            let within = |from: i64, length: i64| {
                allowed.iter().filter(|second| (from..from + length).contains(*second)).count()
            };
            for from in &allowed {
                prop_assert!(within(*from, 60) <= 3, "{allowed:?}");
                prop_assert!(within(*from, 240) <= 12, "{allowed:?}");
            }
        }
    }
}
