//! What the invocations of each function took: the numbers of the `REPORT` lines, kept.

use std::time::Duration;

/// Measured by the host for one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The operation.
    pub operation: String,
    /// Starts of a process: from `exec` to its first `next`, oldest first.
    pub inits: Vec<Duration>,
    /// Invocations: from handing over the event to the answer, oldest first.
    pub durations: Vec<Duration>,
    /// The most memory that any of its processes has used, in bytes.
    pub peak_memory: u64,
    /// Of the invocations, those that failed.
    pub errors: u64,
}

/// One start of a process, from `exec` to its first `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// How long it took.
    pub took: Duration,
    /// The most memory that it used until then, in bytes.
    pub peak_memory: u64,
}

/// The most of these are kept of each kind: enough to measure with, and an end to what a long day collects.
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

/// The middle one of some measurements.
#[must_use]
pub fn median(measured: &[Duration]) -> Option<Duration> {
    let mut sorted = measured.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}
