//! Loads that do not wait for replies.

use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use tokio::time::Instant;

/// How many arrive, and how far apart.
#[derive(Debug, Clone, Copy)]
pub struct Paced {
    /// How many arrive.
    pub count: usize,
    /// The time between two of them; zero if all arrive at once.
    pub apart: Duration,
}

impl Paced {
    /// So many per second, for so many seconds.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn per_second(rate: u32, seconds: u32) -> Self {
        let count = usize::try_from(rate * seconds).expect("a count");
        Self { count, apart: Duration::from_secs(1) / rate }
    }

    /// Their numbers, each at its time.
    pub fn arrivals(self) -> impl Stream<Item = usize> {
        let began = Instant::now();
        stream::iter(0..self.count).then(move |number| async move {
            let after = u32::try_from(number).map_or(Duration::MAX, |number| self.apart * number);
            tokio::time::sleep_until(began + after).await;
            number
        })
    }

    /// Returns how many senders share the load: `share` for each arrival per second, or half of a burst.
    #[must_use]
    pub(crate) fn senders(self, share: f64) -> usize {
        let half = self.count.div_ceil(2);
        if self.apart.is_zero() {
            half
        } else {
            ((share / self.apart.as_secs_f64()).ceil() as usize).clamp(1, half)
        }
    }
}

/// The median and the 99th percentile.
pub(crate) fn percentile(times: &mut [Duration]) -> [Duration; 2] {
    times.sort_unstable();
    [50, 99]
        .map(|percent| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))))
        .map(|time| time.copied().unwrap_or_default())
}
