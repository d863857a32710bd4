//! Fault injection: failures between a function and the services it calls, each at one exact call.
//!
//! ```text
//! a server (the AWS endpoint, a gateway) → Faults::around(function, action, work) → the work's result, or a fault
//! a queue's consumer                     → Faults::delivery(queue)               → delivered, or a fault
//! DynamoDB                               → Faults::contend(contention)           → rows are busy, partitions limited
//! DynamoDB                               → Faults::lag_indexes(lag)              → queries of indexes see the past
//! ```
//!
//! Only calls by functions are subject to faults, never those of the operator or of the laptop cloud itself. No call is
//! counted and no fault is injected before [`Faults::watch`].

mod around;
mod delivery;
mod plan;
pub(crate) mod rows;
mod site;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;

pub use around::{Broken, UnderWay, no_answer};
pub use delivery::{Delivery, DeliveryFault};
pub use plan::Watched;
pub use rows::{Contention, Throughput};
pub use site::{Fault, Site};

use crate::aws::Activity;
use crate::aws::lagging::Lag;
use plan::Plan;
use rows::Rows;

/// Ends a function's processes.
pub trait Kill: Send + Sync {
    /// Kills every process of the function that starts or runs an invocation, and returns when they are dead. Idle
    /// processes are left alive.
    fn kill<'a>(&'a self, function: &'a str) -> BoxFuture<'a, ()>;
}

/// The faults of one laptop cloud. Clones share them.
#[derive(Clone)]
pub struct Faults(Arc<Shared>);

struct Shared {
    plan: Mutex<Plan>,
    kill: OnceLock<Arc<dyn Kill>>,
    under_way: AtomicUsize,
    activity: Activity,
    rows: Rows,
    lag: Lag,
}

impl Faults {
    /// Starts without faults. The activity is notified when a call whose caller has given up is done.
    #[must_use]
    pub fn new(activity: Activity) -> Self {
        let shared = Shared {
            plan: Mutex::default(),
            kill: OnceLock::new(),
            under_way: AtomicUsize::new(0),
            activity,
            rows: Rows::default(),
            lag: Lag::default(),
        };
        Self(Arc::new(shared))
    }

    /// Sets how [`Fault::KilledBefore`] and [`Fault::KilledAfter`] kill processes.
    pub fn kills_with(&self, kill: Arc<dyn Kill>) {
        if self.0.kill.set(kill).is_err() {
            tracing::warn!("a second host for killing processes is ignored");
        }
    }

    /// Makes rows busy and limits partitions, until it is called again. Unlike faults at single calls, this also concerns
    /// the operator's calls. The laptop cloud's own are exempt.
    pub fn contend(&self, contention: Contention) {
        self.0.rows.contend(contention);
    }

    /// Makes queries of indexes see the tables as they were this long ago; zero ends it. Rows written before indexes
    /// began to lag are seen as they are.
    pub fn lag_indexes(&self, lag: Duration) {
        self.0.lag.set(lag);
    }

    pub(crate) fn lag(&self) -> &Lag {
        &self.0.lag
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.0.rows
    }

    /// Starts counting and tracing from zero. Planned faults stay planned.
    pub fn watch(&self) {
        self.plan().watch();
    }

    /// Injects the fault once, when that call is made.
    pub fn at(&self, site: Site, fault: Fault) {
        self.plan().at(site, fault);
    }

    /// Injects the fault into this many calls of an action by a function, from the n-th on, counted from now. Starts to
    /// count calls if nothing has, and then lists none of them, since it may go on for as long as the cloud runs.
    pub fn upcoming(&self, next: Site, calls: u32, fault: Fault) {
        self.plan().upcoming(next, calls, fault);
    }

    /// The planned faults, each with the number of its call counted from now.
    #[must_use]
    pub fn planned(&self) -> Vec<(Site, Fault)> {
        self.plan().planned()
    }

    /// Injects faults into this share of all calls. A call's outcome is a hash of the seed and its site, so the same
    /// seed gives the same outcomes. A fault that does not apply to an action does not affect its calls.
    pub fn rates(&self, seed: u64, rates: &[(Fault, f64)]) {
        self.plan().rates(seed, rates);
    }

    /// Injects the fault once, when the n-th message (from 1) of the queue with this name suffix is first received.
    pub fn deliveries(&self, faults: &[(&str, u32, DeliveryFault)]) {
        self.plan().deliveries(faults);
    }

    /// Injects faults into this share of all messages, each when it is first received.
    pub fn delivery_rates(&self, seed: u64, rates: &[(DeliveryFault, f64)]) {
        self.plan().delivery_rates(seed, rates);
    }

    /// Stops counting and injecting faults, and returns the record.
    pub fn stop(&self) -> Watched {
        self.plan().stop()
    }

    /// The calls since [`Faults::watch`], in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Site> {
        self.plan().seen().calls.clone()
    }

    /// The faults injected since [`Faults::watch`], in order.
    #[must_use]
    pub fn fired(&self) -> Vec<(Site, Fault)> {
        self.plan().seen().fired.clone()
    }

    /// Counts a queue's next message and returns its fault, if any.
    pub fn delivery(&self, queue: &str) -> Option<(Delivery, DeliveryFault)> {
        self.plan().delivery(queue)
    }

    /// The number of unfinished calls, including those whose caller has given up.
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
