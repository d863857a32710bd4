//! Stripe's rate limit, kept before a request is sent: what Stripe rejects with a 429 counts against the limit as well, and costs
//! a message one of its deliveries (<https://docs.stripe.com/rate-limits>).

use std::num::NonZeroU32;

use edge::{Environment, InitError};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// The account's limit: how many requests Stripe accepts per second.
const LIMIT: &str = "STRIPE_REQUESTS_PER_SECOND";

/// How many processes share it. They do not know of each other, so each has an equal part.
const PROCESSES: &str = "STRIPE_PROCESSES";

/// The pace at which this process sends requests.
#[derive(Debug)]
pub(super) struct Pace(Option<DefaultDirectRateLimiter>);

impl Pace {
    /// No limit.
    pub(super) const fn unlimited() -> Self {
        Self(None)
    }

    /// So many requests per second, evenly: a burst in each process would exceed the limit of all.
    pub(super) fn per_second(requests: NonZeroU32) -> Self {
        Self(Some(RateLimiter::direct(Quota::per_second(requests).allow_burst(NonZeroU32::MIN))))
    }

    /// This process's part of the limit in the environment.
    ///
    /// # Errors
    /// If a variable is missing or not a positive number.
    pub(super) fn connect(environment: &Environment) -> Result<Self, InitError> {
        let number = |name: &'static str| {
            let text = environment.variable(name)?;
            text.parse().map_err(|error: std::num::ParseIntError| InitError::InvalidVariable {
                name,
                reason: error.to_string(),
            })
        };
        Ok(Self::per_second(part(number(LIMIT)?, number(PROCESSES)?)))
    }

    /// Waits until it is this request's turn.
    pub(super) async fn turn(&self) {
        let Some(limiter) = &self.0 else { return };
        while let Err(early) = limiter.check() {
            tokio::time::sleep(early.wait_time_from(DefaultClock::default().now())).await;
        }
    }
}

/// At least one: a process that may send nothing would never settle a payment.
fn part(limit: NonZeroU32, processes: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(limit.get() / processes).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_never_exceed_the_limit_of_a_larger_account() {
        let number = |number| NonZeroU32::new(number).unwrap();
        for (limit, processes, expected) in [(100, 6, 16), (25, 6, 4), (25, 1, 25), (5, 6, 1)] {
            assert_eq!(part(number(limit), number(processes)), number(expected), "{limit} / {processes}");
        }
    }
}
