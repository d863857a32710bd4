//! Faults: what can go wrong between a function and what it calls, made to go wrong on purpose, at one exact call.
//!
//! ```text
//! a server (the AWS endpoint, a gateway) → Faults::around(function, action, work) → work, or what is wrong with it
//! a queue's consumer                     → Faults::delivery(queue)               → handed over, or what is wrong with it
//! ```
//!
//! Only calls by functions are subject to faults, never the operator's or the laptop cloud's own. Nothing is counted and
//! nothing goes wrong until [`Faults::watch`].

mod around;
mod delivery;
mod plan;
mod site;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use futures::future::BoxFuture;

pub use around::{Broken, no_answer};
pub use delivery::{Delivery, DeliveryFault};
pub use plan::Watched;
pub use site::{Fault, Site};

use crate::aws::Activity;
use plan::Plan;

/// Ends a function's processes.
pub trait Kill: Send + Sync {
    /// Kills every process of the function that starts or runs an invocation, and returns when they are dead. Those that
    /// wait for work live on.
    fn kill<'a>(&'a self, function: &'a str) -> BoxFuture<'a, ()>;
}

/// The faults of one laptop cloud. Cloning it shares it.
#[derive(Clone)]
pub struct Faults(Arc<Shared>);

struct Shared {
    plan: Mutex<Plan>,
    kill: OnceLock<Arc<dyn Kill>>,
    under_way: AtomicUsize,
    activity: Activity,
}

impl Faults {
    /// No faults yet. The activity hears when a call that nobody waits for any more is done.
    #[must_use]
    pub fn new(activity: Activity) -> Self {
        let shared = Shared {
            plan: Mutex::default(),
            kill: OnceLock::new(),
            under_way: AtomicUsize::new(0),
            activity,
        };
        Self(Arc::new(shared))
    }

    /// Says how [`Fault::KilledBefore`] and [`Fault::KilledAfter`] kill.
    pub fn kills_with(&self, kill: Arc<dyn Kill>) {
        if self.0.kill.set(kill).is_err() {
            tracing::warn!("faults kill by one host; the second is ignored");
        }
    }

    /// Starts to count and trace, from nothing. What is planned stays planned.
    pub fn watch(&self) {
        self.plan().watch();
    }

    /// Lets this go wrong with that call, once, when it is made.
    pub fn at(&self, site: Site, fault: Fault) {
        self.plan().at(site, fault);
    }

    /// Lets this share of all calls go wrong. A call's fate is a hash of the seed and its site, so the same seed is the same
    /// fates. A fault that does not apply to an action leaves its calls alone.
    pub fn rates(&self, seed: u64, rates: &[(Fault, f64)]) {
        self.plan().rates(seed, rates);
    }

    /// Lets this go wrong with the n-th message (from 1) of the queue whose name ends so, once, when it is first received.
    pub fn deliveries(&self, faults: &[(&str, u32, DeliveryFault)]) {
        self.plan().deliveries(faults);
    }

    /// Lets this share of all messages go wrong, each when it is first received.
    pub fn delivery_rates(&self, seed: u64, rates: &[(DeliveryFault, f64)]) {
        self.plan().delivery_rates(seed, rates);
    }

    /// Ends all that, and tells what was seen.
    pub fn stop(&self) -> Watched {
        self.plan().stop()
    }

    /// The calls since [`Faults::watch`], in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Site> {
        self.plan().seen().calls.clone()
    }

    /// What has gone wrong since then, in order.
    #[must_use]
    pub fn fired(&self) -> Vec<(Site, Fault)> {
        self.plan().seen().fired.clone()
    }

    /// What is wrong with a queue's next message, which is counted by this.
    pub fn delivery(&self, queue: &str) -> Option<(Delivery, DeliveryFault)> {
        self.plan().delivery(queue)
    }

    /// How many calls are not done yet, those that nobody waits for any more included.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.0.under_way.load(Ordering::SeqCst)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").field("under_way", &self.under_way()).finish_non_exhaustive()
    }
}
