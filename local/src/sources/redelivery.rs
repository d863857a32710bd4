//! When a message that was not done comes again.

use serde_json::Value;

/// The longest wait; SQS's own limit is twelve hours.
const LONGEST: u64 = 900;

/// When a message that failed or was dropped comes again.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq)]
pub enum Redelivery {
    /// When its visibility timeout is over, as on AWS.
    #[default]
    AfterVisibility,
    /// Soon, and later each time: after 0, 1, 3, 7 … seconds. For tests, which have no minute to wait.
    Backoff,
}

impl Redelivery {
    /// The visibility timeout that a message gets which was not done, in seconds; `None` leaves it the one it has.
    pub(super) fn timeout(self, message: &Value) -> Option<u64> {
        match self {
            Self::AfterVisibility => None,
            Self::Backoff => {
                let doublings = received(message).saturating_sub(1);
                Some(2_u64.saturating_pow(doublings).saturating_sub(1).min(LONGEST))
            }
        }
    }
}

/// How often a message has been received, this time included.
pub(super) fn received(message: &Value) -> u32 {
    let count = message["Attributes"]["ApproximateReceiveCount"].as_str();
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_it_takes_twice_as_long() {
        let message = |count: u32| serde_json::json!({ "Attributes": { "ApproximateReceiveCount": count.to_string() } });
        let timeouts = [1, 2, 3, 4, 99].map(|count| Redelivery::Backoff.timeout(&message(count)));
        assert_eq!(timeouts, [0, 1, 3, 7, 900].map(Some));
        assert_eq!(Redelivery::AfterVisibility.timeout(&message(1)), None);
    }
}
