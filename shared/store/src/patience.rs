//! How long a write is retried while other processes use its rows.

use std::time::Duration;

use tokio::time::Instant;

/// The upper bound of the first delay: about the time that DynamoDB takes for a transaction.
const FIRST: Duration = Duration::from_millis(10);

/// The delays between the tries of one write: random, between nothing and an upper bound that doubles with each try
/// (“full jitter”). They end when the caller's time does, so that no abandoned write keeps others waiting.
///
/// All retry loops of one write share it.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    until: Instant,
    bound: Duration,
    longest: Duration,
}

impl Patience {
    /// For a caller who waits for a reply: delays of up to 200 ms.
    #[must_use]
    pub fn of_request(time: Duration) -> Self {
        Self::new(time, Duration::from_millis(200))
    }

    /// For a message, which nobody waits for: delays of up to a second.
    #[must_use]
    pub fn of_message(time: Duration) -> Self {
        Self::new(time, Duration::from_secs(1))
    }

    fn new(time: Duration, longest: Duration) -> Self {
        Self { until: Instant::now() + time, bound: FIRST, longest }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self::of_request(Duration::from_secs(1))
    }
}

impl Iterator for Patience {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.bound.mul_f64(rand::random());
        self.bound = (2 * self.bound).min(self.longest);
        (Instant::now() + delay < self.until).then_some(delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn delays_grow_up_to_the_longest_and_end_with_the_time() {
        let patience = Patience::of_message(Duration::from_secs(60));
        let mut bound = FIRST;
        let mut delays = 0;
        for delay in patience {
            assert!(delay <= bound, "{delay:?} > {bound:?}");
            bound = (2 * bound).min(Duration::from_secs(1));
            tokio::time::advance(delay).await;
            delays += 1;
        }
        assert!((60..1_000).contains(&delays), "{delays} delays of half a second on average");
        assert_eq!(Patience::of_request(Duration::ZERO).next(), None);
    }
}
