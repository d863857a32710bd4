//! Rate limits of others, kept before a request is sent: what a provider rejects counts against its limit as well, and costs a
//! message one of its deliveries.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
        Self(Some(Arc::new(RateLimiter::direct(one_each(requests, NonZeroU32::MIN)))))
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
        Ok(Self(Some(Arc::new(RateLimiter::direct(one_each(number(limit)?, number(parts)?))))))
    }

    /// Waits until it is this request's turn.
    pub async fn turn(&self) {
        while let Some(wait) = self.wait() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Waits until it is this request's turn, unless that is later than `until`. Returns whether it is.
    pub async fn turn_before(&self, until: Instant) -> bool {
        while let Some(wait) = self.wait() {
            if Instant::now() + wait > until {
                return false;
            }
            tokio::time::sleep(wait).await;
        }
        true
    }

    /// Takes a turn, or returns how long to wait before it can be taken.
    fn wait(&self) -> Option<Duration> {
        let early = self.0.as_ref()?.check().err()?;
        Some(early.wait_time_from(DefaultClock::default().now()))
    }
}

/// One request in each period. The parts together never exceed the limit, however small it is.
fn one_each(limit: NonZeroU32, parts: NonZeroU32) -> Quota {
    let period = Duration::from_secs(1) * parts.get() / limit.get();
    let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_second(limit));
    quota.allow_burst(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_that_comes_too_late_is_not_waited_for() {
        let pace = Pace::per_second(NonZeroU32::MIN);
        let now = Instant::now();
        assert!(pace.turn_before(now).await, "the first");
        assert!(!pace.turn_before(now + Duration::from_millis(900)).await, "the second comes after a second");
        assert!(now.elapsed() < Duration::from_millis(900));
        assert!(Pace::unlimited().turn_before(now).await);
    }

    #[test]
    fn the_parts_never_exceed_the_limit() {
        let number = |number| NonZeroU32::new(number).unwrap();
        for (limit, parts, milliseconds) in [
            (100, 6, 60),
            (25, 6, 240),
            (25, 1, 40),
            (5, 6, 1_200),
            (14, 4, 285),
            (1, 4, 4_000),
            (3, 4, 1_333),
        ] {
            let interval = one_each(number(limit), number(parts)).replenish_interval();
            assert_eq!(interval.as_millis(), milliseconds, "{limit} / {parts}");
            assert!(interval * limit >= Duration::from_secs(1) * parts - Duration::from_micros(1));
        }
        assert_eq!(one_each(number(1_000_000), number(1)).replenish_interval(), Duration::from_micros(1));
    }
}
