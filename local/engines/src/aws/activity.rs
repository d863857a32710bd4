//! Knowing that something happened, so that whoever waits for a condition looks again at the right moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// A counter of everything that happens in one laptop cloud: AWS calls answered, invocations begun and ended, stream
/// positions moved. Cloning it shares it.
#[derive(Debug, Clone)]
pub struct Activity {
    changes: watch::Sender<u64>,
    running: Arc<AtomicUsize>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { changes: watch::Sender::new(0), running: Arc::default() }
    }
}

impl Activity {
    /// Says that something changed.
    pub fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// How many changes there have been.
    #[must_use]
    pub fn count(&self) -> u64 {
        *self.changes.borrow()
    }

    /// Wakes at every change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Counts an invocation as running until the guard is dropped.
    #[must_use]
    pub fn invocation(&self) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.changed();
        Running(self.clone())
    }

    /// Invocations that run or wait to run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}

/// A running invocation.
#[derive(Debug)]
pub struct Running(Activity);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        self.0.changed();
    }
}
