//! Throttling: a token bucket a route.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use model::deployment::Throttling;

/// One route's bucket.
#[derive(Debug)]
pub(super) enum Throttle {
    /// The template sets no limit.
    Open,
    /// A rate or a burst of nothing lets nothing through.
    Shut,
    /// So many at once, so many a second.
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

    /// Whether one more request may pass now.
    pub(super) fn admits(&self) -> bool {
        match self {
            Self::Open => true,
            Self::Shut => false,
            Self::Bucket(bucket) => bucket.check().is_ok(),
        }
    }
}
