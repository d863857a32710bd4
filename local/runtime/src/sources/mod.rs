//! Event sources, which invoke functions from queues, table streams and schedules.

mod batch;
mod checkpoint;
mod deliver;
mod destination;
mod filter;
mod idle;
mod queue;
mod redelivery;
mod schedule;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use idle::Busy;
pub use redelivery::Redelivery;

use engines::aws::{CallError, Endpoint, Principal, Service, queue_name, redrive_policy};
use engines::iam::Denial;
use model::clock::Clock;
use model::deployment::{Deployment, ScheduleSource, Source};
use model::invoke::{Answer, Invocation, Invoke, InvokeError};
use schedule::Scheduled;
use stream::Progress;

/// How long a shutdown waits for the batches in progress.
const STOP_WITHIN: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory for stream positions. `None` keeps them in memory.
    pub data: Option<PathBuf>,
    /// Whether schedules fire automatically. They can always be triggered by hand.
    pub schedules: bool,
    /// The maximum number of concurrent batches per queue. The template may set a lower one.
    pub concurrency: u32,
    /// When a queue's failed message is redelivered.
    pub redelivery: Redelivery,
    /// What time the schedules are fired for.
    pub clock: Clock,
}

/// Lambda starts with five pollers per queue.
pub const DEFAULT_CONCURRENCY: u32 = 5;

/// Checks a schedule's expression, which is parsed when the event sources start.
///
/// # Errors
/// What is wrong with it.
pub fn check_schedule(expression: &str) -> Result<(), String> {
    schedule::times(expression).map(drop)
}

/// Why the event sources cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A filter is invalid or uses an unsupported operator.
    #[error("the filter of {operation:?}: {reason}")]
    Filter { operation: String, reason: String },
    /// A schedule's expression is invalid.
    #[error("the schedule {name:?} of {operation:?}: {reason}")]
    Schedule {
        operation: String,
        /// The schedule's name.
        name: String,
        reason: String,
    },
    /// A table has no stream, or its stream cannot be read.
    #[error("the stream of the table {table:?} cannot be read: {error}")]
    Stream {
        table: String,
        #[source]
        error: CallError,
    },
    /// A function lacks a permission that its event source needs. AWS refuses to create such a mapping.
    #[error("an event source cannot be created: {0}; {message}", message = .0.message())]
    Denied(Denial),
    /// The stream positions of an earlier run cannot be read.
    #[error("{}: {error}", path.display())]
    Positions {
        path: PathBuf,
        #[source]
        error: std::io::Error,
    },
}

/// What all event sources share.
#[derive(Clone)]
struct Context {
    endpoint: Arc<Endpoint>,
    invoke: Arc<dyn Invoke>,
    stop: watch::Receiver<bool>,
    /// What time the schedules are fired for.
    clock: Clock,
}

impl Context {
    async fn invoke(&self, operation: &str, event: &Value) -> Result<Answer, InvokeError> {
        let payload = Bytes::from(event.to_string());
        self.invoke.invoke(Invocation { operation: operation.to_owned(), payload, trace_header: None }).await
    }

    /// Calls a service with a function's permissions, as its event sources do on AWS.
    async fn call_for(
        &self,
        operation: &str,
        service: Service,
        action: &str,
        request: &Value,
    ) -> Result<Value, CallError> {
        self.endpoint.call_as(self.source_of(operation), service, action, request).await
    }

    /// Returns the principal of a function's event sources.
    fn source_of(&self, operation: &str) -> Principal {
        Principal::EventSource(operation.to_owned())
    }

    /// Waits before a retry. Returns early if the functions' policies change, since a retry may then succeed.
    async fn pause(&self, wait: Duration) {
        let changes = self.endpoint.policies().map(|policies| policies.changes());
        let changed = async {
            let Some(mut changes) = changes else { return std::future::pending().await };
            if changes.changed().await.is_err() {
                std::future::pending().await
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = changed => {}
        }
    }

    /// Runs `work` until it completes. Returns `None` if the event sources stop first.
    async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stop = self.stop.clone();
        tokio::select! {
                        // An error means that the sender was dropped, which also stops the event sources.
            _ = stop.wait_for(|stop| *stop) => None,
            done = work => Some(done),
        }
    }
}

/// The event sources of one laptop cloud.
pub struct Sources {
    context: Context,
    schedules: BTreeMap<String, (Scheduled, Vec<ScheduleSource>)>,
    streams: Vec<Arc<Progress>>,
    /// The names of the queues that a function consumes.
    consumed: BTreeSet<String>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Sources {
    /// Starts to read every queue and stream, and to fire schedules if that is enabled.
    ///
    /// # Errors
    /// A filter or a schedule in the template is invalid, a permission is missing, or a stream cannot be read.
    pub async fn start(
        deployment: &Deployment,
        endpoint: Arc<Endpoint>,
        invoke: Arc<dyn Invoke>,
        options: Options,
    ) -> Result<Self, StartError> {
        let (stop, stopped) = watch::channel(false);
        let context = Context { endpoint, invoke, clock: options.clock.clone(), stop: stopped };
        let mut sources = Self {
            context: context.clone(),
            schedules: BTreeMap::new(),
            streams: Vec::new(),
            consumed: BTreeSet::new(),
            stop,
            tasks: Mutex::default(),
        };
        if let Some(policies) = sources.context.endpoint.policies() {
            let mut functions = deployment.functions.iter();
            functions
                .try_for_each(|function| policies.check_sources(function))
                .map_err(StartError::Denied)?;
        }
        for function in &deployment.functions {
            for source in &function.sources {
                let task = match source {
                    Source::Queue(queue) => {
                        sources.consumed.insert(queue_name(&queue.queue_arn).to_owned());
                        Some(tokio::spawn(queue::consume(
                            context.clone(),
                            function.clone(),
                            queue.clone(),
                            queue::Setup {
                                concurrency: options.concurrency,
                                redelivery: options.redelivery,
                                most_receives: most_receives(deployment, &queue.queue_arn),
                            },
                        )))
                    }
                    Source::Stream(stream) => {
                        let reader =
                            stream::Reader::open(context.clone(), function, stream, &options).await?;
                        sources.streams.push(reader.progress());
                        Some(tokio::spawn(reader.run()))
                    }
                    Source::Schedule(schedule) => {
                        let operation = function.operation.clone();
                        let times = schedule::Times::parse(&operation, schedule)?;
                        let scheduled = Scheduled {
                            context: context.clone(),
                            operation: operation.clone(),
                            retries: function.async_retries,
                            redelivery: options.redelivery,
                        };
                        let known = sources.schedules.entry(operation);
                        known.or_insert((scheduled.clone(), Vec::new())).1.push(schedule.clone());
                        let fires = options.schedules && schedule.enabled;
                        fires.then(|| tokio::spawn(scheduled.fire(schedule.clone(), times)))
                    }
                };
                sources.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(task);
            }
        }
        Ok(sources)
    }

    /// Fires an operation's schedule by hand, as if it were `time`, and waits for the result of the first run. A failed
    /// run is repeated as one of the schedule's own.
    ///
    /// # Errors
    /// The operation has no schedule, or cannot be invoked.
    pub async fn trigger(&self, operation: &str, time: Timestamp) -> Result<Answer, InvokeError> {
        let found = self.schedules.get(operation);
        let found = found.and_then(|(scheduled, schedules)| Some((scheduled, schedules.first()?)));
        let Some((scheduled, schedule)) = found else {
            return Err(InvokeError::NoSuchFunction(operation.to_owned()));
        };
        scheduled.invoke(schedule::event(&self.context, schedule, time)).await
    }

    /// Returns the operations that have a schedule.
    pub fn scheduled(&self) -> impl Iterator<Item = &str> {
        self.schedules.keys().map(String::as_str)
    }

    /// Stops reading and firing.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            if tokio::time::timeout(STOP_WITHIN, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

/// Returns how often a queue's message is received before it becomes a dead letter.
fn most_receives(deployment: &Deployment, queue_arn: &str) -> Option<u64> {
    let queue = deployment.queues.iter().find(|queue| queue.arn == queue_arn)?;
    redrive_policy(queue).map(|(_, most)| most)
}

impl Drop for Sources {
    fn drop(&mut self) {
        for task in self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}
