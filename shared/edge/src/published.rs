//! For tests: which metrics an operation publishes.

use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::metric::TARGET;

type Values = Arc<Mutex<Vec<(String, u64)>>>;

/// Hears what is published on this thread for as long as it is there.
#[must_use]
pub struct Published {
    values: Values,
    _heard: DefaultGuard,
}

impl Published {
    /// Hears from now on.
    pub fn from_now() -> Self {
        let values = Values::default();
        let heard = tracing_subscriber::registry().with(Hearing(Arc::clone(&values)));
        Self { values, _heard: tracing::subscriber::set_default(heard) }
    }

    /// What was published since this was last asked: `OrdersPlaced=1`, in its order.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        let values = std::mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner));
        values.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
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
