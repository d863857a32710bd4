//! Statistics of each function's invocations: the numbers of the `REPORT` lines.

use std::time::Duration;

/// The host's measurements of one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    pub operation: String,
    /// Start times of processes, from `exec` to the first `next`, oldest first.
    pub inits: Vec<Duration>,
    /// Durations of invocations, from the event to the response, oldest first.
    pub durations: Vec<Duration>,
    /// The peak memory of any process, in bytes.
    pub peak_memory: u64,
    /// The number of failed invocations.
    pub errors: u64,
}

/// The start of a process, from `exec` to the first `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    pub took: Duration,
    /// The peak memory during the start, in bytes.
    pub peak_memory: u64,
}

/// The maximum number of measurements of each kind. It bounds the memory of a cloud that runs all day.
const KEPT: usize = 10_000;

impl Statistics {
    pub(super) fn initialised(&mut self, took: Duration) {
        if self.inits.len() < KEPT {
            self.inits.push(took);
        }
    }

    pub(super) fn invoked(&mut self, took: Duration, failed: bool, peak_memory: u64) {
        if self.durations.len() < KEPT {
            self.durations.push(took);
        }
        self.errors += u64::from(failed);
        self.peak_memory = self.peak_memory.max(peak_memory);
    }
}

/// Returns the median. Of an even number of measurements it is the upper of the two middle ones.
#[must_use]
pub fn median(measured: &[Duration]) -> Option<Duration> {
    let mut sorted = measured.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}
