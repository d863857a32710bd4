//! Limits on how often something may happen to one account.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::users::claim::ClaimKind;
use crate::words::id::{DeviceId, UserId};
use crate::words::order_number::DeclaredNumber;
use crate::words::person::Email;
use crate::words::sha256;

/// How many times something may happen, each less than a period after the one before. So it happens no more than that
/// many times in any period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The number of times.
    pub times: u32,
    /// The period. After the last of the times, it is also how long to wait.
    pub period: SignedDuration,
}

/// Mails with a link that somebody asks for, per address.
pub const LINK_MAILS: Limit = Limit { times: 3, period: SignedDuration::from_hours(1) };

/// Requests to change an account's address, whether or not the password is right. Each may send a mail to a stranger.
pub const EMAIL_CHANGES: Limit = Limit { times: 5, period: SignedDuration::from_hours(1) };

/// Passwords that are tried for an address, by all clients that are not known to its user, or by one that is. That is 40 an
/// hour; OWASP ASVS 4.0.3 §2.2.1 allows 100.
pub const PASSWORD_TRIES: Limit = Limit { times: 10, period: SignedDuration::from_mins(15) };

/// Guests who leave an address for the mails about their orders, per address, which may be a stranger's.
pub const GUESTS: Limit = Limit { times: 10, period: SignedDuration::from_hours(1) };

/// What somebody states about an order without signing in, per number and per address. Each may send a mail to a stranger.
pub const CLAIMS: Limit = Limit { times: 5, period: SignedDuration::from_hours(1) };

/// Codes of a second factor that are tried for an account. Each has a chance of three in a million: the current code, and one
/// before and after it.
pub const CODE_TRIES: Limit = Limit { times: 10, period: SignedDuration::from_mins(15) };

/// What is counted, and for whom. It contains the SHA-256 of the address and not the address, since such counters also exist
/// for people who never used the shop. Whoever has a list of addresses can still find those that are on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted(String);

impl Counted {
    /// Mails to this address with a link to choose a new password.
    #[must_use]
    pub fn link_mails(email: &Email) -> Self {
        Self::of("reset", email)
    }

    /// Mails to this address with a link that makes it an account's. They are counted apart: anyone with an account can cause
    /// them, and must not use up the mails by which the address's owner gets a new password.
    #[must_use]
    pub fn confirmations(email: &Email) -> Self {
        Self::of("confirm", email)
    }

    /// Invitations to this address to work in the shop. They are counted apart: anyone can use up the mails by which the address's
    /// owner gets a new password.
    #[must_use]
    pub fn invitations(email: &Email) -> Self {
        Self::of("invitation", email)
    }

    /// Passwords that are tried for this address: by a device that its user is known to use, or by all others together. An
    /// attacker who has used up the tries of the others does not keep the user from signing in on such a device.
    ///
    /// `version` is the password's. A new password begins with new counters, so a user who is kept from signing in on a new
    /// device gets in by resetting the password.
    #[must_use]
    pub fn password_tries(email: &Email, version: u64, device: Option<DeviceId>) -> Self {
        let Self(counted) = Self::of("password", email);
        let device = device.map_or_else(|| "others".to_owned(), |device| device.to_string());
        Self(format!("{counted}#{version}#{device}"))
    }

    /// Changes of this user's password, tried and done: each may send a mail.
    #[must_use]
    pub fn password_changes(user: UserId) -> Self {
        Self(format!("password#{user}"))
    }

    /// Guests who leave this address for the mails about their orders.
    #[must_use]
    pub fn guests(email: &Email) -> Self {
        Self::of("guests", email)
    }

    /// Claims about an order with this number, whether there is one or not.
    #[must_use]
    pub fn claims_of_number(claim: ClaimKind, number: &DeclaredNumber) -> Self {
        Self(format!("{}-number#{number}", claim.name()))
    }

    /// Claims from somebody with this address.
    #[must_use]
    pub fn claims_of_address(claim: ClaimKind, email: &Email) -> Self {
        Self::of(claim.name(), email)
    }

    /// Codes of this user's second factor that are tried.
    #[must_use]
    pub fn codes(user: UserId) -> Self {
        Self(format!("code#{user}"))
    }

    /// Requests of this user to change the address.
    #[must_use]
    pub fn email_changes(user: UserId) -> Self {
        Self(format!("email#{user}"))
    }

    fn of(what: &str, email: &Email) -> Self {
        let hash = sha256::hex(email.as_ref());
        Self(format!("{what}#{hash}"))
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

    /// Takes back the last time that was counted.
    #[must_use]
    pub fn forgive(&self) -> Self {
        Self { count: self.count.saturating_sub(1), ..self.clone() }
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
        Counted::link_mails(&Email::try_new("ada@example.com").unwrap())
    }

    fn count(found: Option<Throttle>, second: i64) -> Result<Throttle, Throttle> {
        Throttle::count(found, subject(), LIMIT, at(second))
    }

    #[test]
    fn a_counter_names_no_address() {
        let other = Counted::link_mails(&Email::try_new("eve@example.com").unwrap());
        assert!(subject() != other && !subject().to_string().contains("ada"));
    }

    #[test]
    fn the_fourth_time_waits_a_period_from_the_third() {
        let third = count(count(count(None, 0).ok(), 10).ok(), 50);
        assert_eq!(third, Ok(Throttle { counted: subject(), count: 3, until: at(110) }));
        assert_eq!(count(third.clone().ok(), 109).map_err(Ok), Err(third.clone()));
        assert_eq!(count(third.ok(), 110), Ok(Throttle { counted: subject(), count: 1, until: at(170) }));
    }

    /// 100,000 guesses in a day, as fast as the clock allows.
    #[test]
    fn an_attacker_gets_40_guesses_an_hour() {
        let (mut counter, mut allowed) = (None::<Throttle>, Vec::new());
        for guess in 0..100_000 {
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(guess * 864);
            if let Ok(counted) = Throttle::count(counter.clone(), subject(), PASSWORD_TRIES, now) {
                counter = Some(counted);
                allowed.push(now);
            }
        }
        let hour = SignedDuration::from_hours(1);
        let most =
            allowed.iter().map(|from| allowed.iter().filter(|at| (*from..*from + hour).contains(at)).count());
        assert_eq!(most.max(), Some(40));
    }

    #[test]
    fn devices_passwords_and_addresses_are_counted_apart() {
        let (ada, eve) =
            (Email::try_new("ada@example.com").unwrap(), Email::try_new("eve@example.com").unwrap());
        let device = DeviceId::from_parts(0, 1);
        let counted = [
            Counted::password_tries(&ada, 1, None),
            Counted::password_tries(&ada, 2, None),
            Counted::password_tries(&ada, 1, Some(device)),
            Counted::password_tries(&ada, 1, Some(DeviceId::from_parts(0, 2))),
            Counted::password_tries(&eve, 1, None),
            Counted::link_mails(&ada),
        ];
        let different: std::collections::HashSet<String> = counted.iter().map(Counted::to_string).collect();
        assert_eq!(different.len(), counted.len());
    }

    proptest! {
        #[test]
        fn what_is_forgiven_can_be_done_again(times in 1u32..20) {
            let mut counter = None;
            for _ in 0..times {
                let counted = count(counter, 0);
                prop_assert!(counted.is_ok());
                counter = counted.ok().map(|counted| counted.forgive());
            }
            prop_assert_eq!(counter.map(|counter| counter.count), Some(0));
        }

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
