//! When a failed message is redelivered.

use std::time::Duration;

use serde_json::Value;

/// The longest wait of [`Redelivery::Backoff`], in seconds. Ten deliveries take 15 seconds: longer than a function runs,
/// so that what its last run has claimed is free again.
const LONGEST: u64 = 2;

/// Lambda's waits before it invokes a function again whose asynchronous invocation has failed.
const ASYNC_WAITS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

/// When a message that failed or was dropped is redelivered, and when a schedule's failed run is repeated.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq)]
pub enum Redelivery {
    /// After its visibility timeout, as on AWS. Functions may change it for the messages that they failed.
    #[default]
    AfterVisibility,
    /// After this number of seconds, regardless of its visibility timeout.
    After(u32),
    /// After 0, 1, 2, 2 … seconds. On the last delivery immediately, so that it becomes a dead letter. For tests, which
    /// cannot wait for a visibility timeout.
    Backoff,
}

impl Redelivery {
    /// Returns the wait before each repetition of a failed asynchronous invocation. For tests there is none.
    pub(super) fn of_invocation(self) -> [Duration; 2] {
        match self {
            Self::AfterVisibility => ASYNC_WAITS,
            Self::After(seconds) => [Duration::from_secs(seconds.into()); 2],
            Self::Backoff => [Duration::ZERO; 2],
        }
    }

    /// Returns the new visibility timeout of a failed message, in seconds. `None` leaves it unchanged.
    ///
    /// `most` is how often the message may be received.
    pub(super) fn timeout(self, message: &Value, most: Option<u64>) -> Option<u64> {
        match self {
            Self::AfterVisibility => None,
            Self::After(seconds) => Some(u64::from(seconds)),
            Self::Backoff if most.is_some_and(|most| u64::from(received(message)) >= most) => Some(0),
            Self::Backoff => {
                let doublings = received(message).saturating_sub(1);
                Some(2_u64.saturating_pow(doublings).saturating_sub(1).min(LONGEST))
            }
        }
    }
}

/// Returns how often a message has been received, including this time.
pub(super) fn received(message: &Value) -> u32 {
    let count = message["Attributes"]["ApproximateReceiveCount"].as_str();
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_with_each_receive_up_to_the_limit() {
        let message = |count: u32| serde_json::json!({ "Attributes": { "ApproximateReceiveCount": count.to_string() } });
        let timeouts = [1, 2, 3, 4, 99].map(|count| Redelivery::Backoff.timeout(&message(count), None));
        assert_eq!(timeouts, [0, 1, 2, 2, 2].map(Some));
        assert_eq!(Redelivery::Backoff.timeout(&message(5), Some(5)), Some(0));
        assert_eq!(Redelivery::After(12).timeout(&message(5), Some(9)), Some(12));
        assert_eq!(Redelivery::AfterVisibility.timeout(&message(5), Some(5)), None);
    }
}
