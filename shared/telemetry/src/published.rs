//! For tests: which metrics an operation publishes.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::metric::TARGET;

type Values = Arc<Mutex<Vec<(String, u64)>>>;

/// Hears what is published on this thread for as long as it is there.
#[must_use]
pub struct Published {
    values: Values,
    _heard: OnThisThread,
}

impl Published {
    /// Hears from now on.
    pub fn from_now() -> Self {
        let values = Values::default();
        let heard = tracing_subscriber::registry().with(Hearing(Arc::clone(&values)));
        Self { values, _heard: OnThisThread::set(heard) }
    }

    /// What was published since this was last asked: `OrdersPlaced=1`, in its order.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        let values = std::mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner));
        values.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }
}

/// A subscriber for this thread alone.
pub(crate) struct OnThisThread {
    _set: DefaultGuard,
    _beside: Dispatch,
}

impl OnThisThread {
    pub(crate) fn set(subscriber: impl Subscriber + Send + Sync) -> Self {
        // Where there is one subscriber alone, tracing takes the word of whichever thread comes first for whether anybody
        // wants to hear of an event; of another test's thread, nobody does. Beside a second one it asks them all.
        let beside = Dispatch::new(tracing_subscriber::registry());
        Self { _set: tracing::subscriber::set_default(subscriber), _beside: beside }
    }
}

struct Hearing(Values);

impl<S: Subscriber> Layer<S> for Hearing {
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
