//! For tests: what is logged.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::lines::{Identity, Lines};
use crate::published::OnThisThread;

/// Hears what is logged on this thread, by an operation `place-order` of `orders`, for as long as it is there.
#[must_use]
pub struct Logged {
    lines: Arc<Mutex<Vec<String>>>,
    _heard: OnThisThread,
}

impl Logged {
    /// Hears from now on what is of `level` or above.
    pub fn from_now(level: LevelFilter) -> Self {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let identity =
            Identity { operation: "place-order", service: "orders".to_owned(), stage: "dev".to_owned() };
        let sink = Arc::clone(&lines);
        let write = move |line| sink.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        let heard = tracing_subscriber::registry().with(Lines::new(identity, level, write));
        Self { lines, _heard: OnThisThread::set(heard) }
    }

    /// The lines since this was last asked; one that is not JSON is a text.
    #[must_use]
    pub fn take(&self) -> Vec<Value> {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        lines.into_iter().map(|line| serde_json::from_str(&line).unwrap_or(Value::String(line))).collect()
    }
}
