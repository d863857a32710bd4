//! Notifies of changes, so that code waiting for a condition checks it again at the right moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// A counter of the changes in one laptop cloud: AWS calls answered, invocations started and ended, stream positions
/// moved. Clones share it.
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
    /// Records a change.
    pub fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The number of changes so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        *self.changes.borrow()
    }

    /// Reports every change.
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

    /// The number of invocations that run or wait to run.
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
