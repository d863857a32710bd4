//! Throttling: one token bucket per route.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use model::deployment::Throttling;

#[derive(Debug)]
pub(super) enum Throttle {
    /// No limit is configured.
    Open,
    /// A rate or a burst of zero rejects every request.
    Shut,
    /// Limits the burst and the rate per second.
    Bucket(Box<DefaultDirectRateLimiter>),
}

impl Throttle {
    pub(super) fn new(settings: Option<Throttling>) -> Self {
        let Some(Throttling { burst, rate }) = settings else { return Self::Open };
        let period = Duration::try_from_secs_f64(1.0 / rate).ok();
        match (period.and_then(Quota::with_period), NonZeroU32::new(burst)) {
            (Some(quota), Some(burst)) => {
                Self::Bucket(Box::new(RateLimiter::direct(quota.allow_burst(burst))))
            }
            _ => Self::Shut,
        }
    }

    /// Takes a token. Returns whether there was one.
    pub(super) fn admits(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Shut => false,
            Self::Bucket(bucket) => bucket.check().is_ok(),
        }
    }
}
