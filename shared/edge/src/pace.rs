//! Rate limits of others, kept before a request is sent: what a provider rejects counts against its limit as well, and costs a
//! message one of its deliveries.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::environment::{Environment, InitError};

/// The pace at which this process sends requests. Clones share it.
#[derive(Debug, Clone)]
pub struct Pace(Option<Arc<DefaultDirectRateLimiter>>);

impl Pace {
    /// No limit.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self(None)
    }

    /// So many requests per second, evenly: a burst in each process would exceed the limit of all.
    #[must_use]
    pub fn per_second(requests: NonZeroU32) -> Self {
        let quota = Quota::per_second(requests).allow_burst(NonZeroU32::MIN);
        Self(Some(Arc::new(RateLimiter::direct(quota))))
    }

    /// This process's part of a limit. The variable `limit` is how many requests per second the provider accepts, and `parts`
    /// is into how many parts they are divided: processes do not know of each other, so each has one.
    ///
    /// # Errors
    /// If a variable is missing or not a positive number.
    pub fn part(
        environment: &Environment,
        limit: &'static str,
        parts: &'static str,
    ) -> Result<Self, InitError> {
        let number = |name: &'static str| {
            let text = environment.variable(name)?;
            text.parse().map_err(|error: std::num::ParseIntError| InitError::InvalidVariable {
                name,
                reason: error.to_string(),
            })
        };
        Ok(Self::per_second(part(number(limit)?, number(parts)?)))
    }

    /// Waits until it is this request's turn.
    pub async fn turn(&self) {
        let Some(limiter) = &self.0 else { return };
        while let Err(early) = limiter.check() {
            tokio::time::sleep(early.wait_time_from(DefaultClock::default().now())).await;
        }
    }
}

/// At least one: a process that may send nothing would never do its work.
fn part(limit: NonZeroU32, parts: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(limit.get() / parts).unwrap_or(NonZeroU32::MIN)
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
