//! For tests: captures log lines.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::lines::{Identity, Lines};
use crate::published::OnThisThread;

/// Captures what is logged on this thread, as by the operation `place-order` of `orders`, until it is dropped.
#[must_use]
pub struct Logged {
    lines: Arc<Mutex<Vec<String>>>,
    _subscriber: OnThisThread,
}

impl Logged {
    /// Starts to capture lines of `level` or above.
    pub fn from_now(level: LevelFilter) -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let identity =
            Identity { operation: "place-order", service: "orders".to_owned(), stage: "dev".to_owned() };
        let sink = Arc::clone(&lines);
        let write = move |line| sink.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        let subscriber = tracing_subscriber::registry().with(Lines::new(identity, level, write));
        Self { lines, _subscriber: OnThisThread::set(subscriber) }
    }

    /// Returns the lines since the last call; a line that is not JSON is returned as a string.
    #[must_use]
    pub fn take(&self) -> Vec<Value> {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        lines.into_iter().map(|line| serde_json::from_str(&line).unwrap_or(Value::String(line))).collect()
    }
}
