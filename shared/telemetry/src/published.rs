//! For tests: captures the metrics of an operation.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::metric::TARGET;

type Values = Arc<Mutex<Vec<(String, u64)>>>;

/// Captures what is published on this thread, until it is dropped.
#[must_use]
pub struct Published {
    values: Values,
    _subscriber: OnThisThread,
}

impl Published {
    /// Starts to capture.
    pub fn from_now() -> Self {
        let values = Values::default();
        let subscriber = tracing_subscriber::registry().with(Capture(Arc::clone(&values)));
        Self { values, _subscriber: OnThisThread::set(subscriber) }
    }

    /// Returns what was published since the last call, in order: `OrdersPlaced=1`.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        let values = std::mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner));
        values.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

/// A subscriber for this thread only.
pub(crate) struct OnThisThread {
    _set: DefaultGuard,
    _second: Dispatch,
}

impl OnThisThread {
    pub(crate) fn set(subscriber: impl Subscriber + Send + Sync) -> Self {
        // With a single subscriber, tracing caches whether an event is enabled, as decided by the first thread that
        // emits it. A thread of another test would disable it. A second subscriber makes tracing ask each time.
        let second = Dispatch::new(tracing_subscriber::registry());
        Self { _set: tracing::subscriber::set_default(subscriber), _second: second }
    }
}

struct Capture(Values);

impl<S: Subscriber> Layer<S> for Capture {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == TARGET {
            let mut measured = Measured::default();
            event.record(&mut measured);
            let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            values.push((measured.name, measured.value));
        }
    }
}

#[derive(Default)]
struct Measured {
    name: String,
    value: u64,
}

impl Visit for Measured {
    fn record_str(&mut self, field: &Field, text: &str) {
        if field.name() == "metric" {
            text.clone_into(&mut self.name);
        }
    }

    fn record_u64(&mut self, _: &Field, value: u64) {
        self.value = value;
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
