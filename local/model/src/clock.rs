//! The clock of the laptop cloud, which can be set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// What time it is in the shop: real time, and how far the clock was set ahead of it. Clones share it.
///
/// Functions and the payment gateway have it. The engines and the signatures of AWS calls have real time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// Returns the time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let real = Timestamp::now();
        real.checked_add(self.ahead()).unwrap_or(real)
    }

    /// Returns how far it is ahead of real time; negative if it is behind.
    #[must_use]
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }

    /// Sets how far it is ahead of real time, in whole seconds. Negative durations set it back.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        self.0.store(ahead.as_secs(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_ahead_of_real_time_by_what_it_was_set_to() {
        let (clock, day) = (Clock::default(), SignedDuration::from_hours(24));
        assert!(clock.now() <= Timestamp::now());
        for ahead in [day, -day, SignedDuration::ZERO] {
            clock.clone().set_ahead(ahead);
            let (before, now, after) = (Timestamp::now(), clock.now(), Timestamp::now());
            assert!(before + ahead <= now && now <= after + ahead, "{ahead:?}");
        }
        clock.set_ahead(SignedDuration::MAX);
        assert!(clock.now() <= Timestamp::now(), "a time that does not exist is not shown");
    }
}
