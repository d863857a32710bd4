//! The Lambda host: runs the functions' binaries, with one process per concurrent invocation.
//!
//! ```text
//! Host::run → Pool (permit, idle process or a new one) → Process::run → Runtime API → the binary
//!                                                            ↳ log lines, START/END/REPORT, Statistics
//! ```

mod describe_api;
mod environment;
mod external;
mod invoke_api;
mod log;
mod pipe;
mod pool;
mod process;
mod runtime_api;
mod statistics;
mod trace;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};
use reqwest::Url;
use tokio::sync::oneshot;

pub use log::{LogLine, LogSink, LogSource, pretty, silent};
pub use statistics::{Start, Statistics, median};

use engines::aws::Activity;
use engines::credentials::FunctionCredentials;
use engines::faults::Kill;
use external::External;
use model::clock::Clock;
use model::deployment::Function;
use model::invoke::{Answer, Invocation, Invoke, InvokeError, MAX_PAYLOAD};
use pool::Pool;
use runtime_api::RuntimeApi;

#[derive(Clone)]
pub struct Options {
    /// The directory with the functions' binaries.
    pub binaries: PathBuf,
    /// The AWS endpoint's URL.
    pub endpoint_url: String,
    /// `AWS_REGION`.
    pub region: String,
    /// Each function's own credentials.
    pub credentials: FunctionCredentials,
    /// The maximum number of processes of a function without `ReservedConcurrentExecutions`.
    pub concurrency: u32,
    /// Where log lines go.
    pub log: LogSink,
    /// What time the functions are told.
    pub clock: Clock,
    /// Counts the invocations. It is the endpoint's, so that one wait covers everything.
    pub activity: Activity,
    /// An Invoke API that runs the functions instead of this host, such as `cargo lambda watch`.
    pub external: Option<Url>,
}

/// The default maximum number of processes per function. A laptop can run this many.
pub const DEFAULT_CONCURRENCY: u32 = 10;

/// How long a function on another host may take in addition to its timeout: `cargo lambda watch` compiles it first. The gateway gives up
/// earlier, with the 503 of AWS's, which clients repeat.
const COMPILES_WITHIN: Duration = Duration::from_secs(300);

/// How long a shutdown waits for the killed invocations to end.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// Why the host cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on loopback for the Runtime API: {0}")]
    Listen(#[source] std::io::Error),
    /// The HTTP client for the external host cannot be built.
    #[error("cannot build an HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

/// An invocation's result, and the end of its log.
#[derive(Debug, Clone)]
pub struct Logged {
    pub answer: Answer,
    /// The last 4 KB of its log.
    pub tail: String,
}

/// Runs the functions. Clones share the same processes.
#[derive(Clone)]
pub struct Host(Arc<Shared>);

struct Shared {
    pools: BTreeMap<String, Arc<Pool>>,
    activity: Activity,
    external: Option<External>,
}

impl Shared {
    /// Returns the external host if it runs the function. It identifies functions by their binaries, so functions that
    /// share a binary run here.
    fn external(&self, pool: &Pool) -> Option<&External> {
        self.external.as_ref().filter(|_| !pool.function().shares_its_binary())
    }
}

impl Host {
    /// Starts the host. Processes start on demand.
    ///
    /// # Errors
    /// No loopback port is free, or the HTTP client cannot be built.
    pub async fn start(functions: &[Function], options: Options) -> Result<Self, StartError> {
        let api = Arc::new(RuntimeApi::listen().await.map_err(StartError::Listen)?);
        let external = options.external.clone().map(External::new).transpose().map_err(StartError::Client)?;
        let pools = functions.iter().map(|function| {
            let pool = Pool::new(function.clone(), &options, Arc::clone(&api));
            (function.operation.clone(), Arc::new(pool))
        });
        let shared = Shared { pools: pools.collect(), activity: options.activity.clone(), external };
        Ok(Self(Arc::new(shared)))
    }

    /// Returns the operations that it runs.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.pools.keys().map(String::as_str)
    }

    /// Returns all environment variables of an operation's processes, except the address of the Runtime API.
    #[must_use]
    pub fn environment(&self, operation: &str) -> Option<&BTreeMap<String, String>> {
        self.0.pools.get(operation).map(|pool| pool.environment())
    }

    /// Returns how many invocations of an operation can run concurrently.
    #[must_use]
    pub fn concurrency(&self, operation: &str) -> usize {
        self.0.pools.get(operation).map_or(1, |pool| pool.size())
    }

    /// Starts a process for each of these operations, so that their first invocation is not a cold start.
    pub async fn warm<'a>(&self, operations: impl IntoIterator<Item = &'a str>) {
        let pools = operations.into_iter().filter_map(|operation| self.0.pools.get(operation));
        let own = pools.filter(|pool| self.0.external(pool).is_none());
        join_all(own.map(|pool| pool.warm())).await;
    }

    /// Measures the start of a process. The process is then killed, and runs no invocation.
    ///
    /// # Errors
    /// The operation does not exist, or its process does not start.
    pub async fn try_start(&self, operation: &str) -> Result<Start, InvokeError> {
        let pool = self.0.pools.get(operation);
        pool.ok_or_else(|| InvokeError::NoSuchFunction(operation.to_owned()))?.try_start().await
    }

    /// Returns the statistics of each operation.
    #[must_use]
    pub fn statistics(&self) -> Vec<Statistics> {
        self.0.pools.values().map(|pool| pool.statistics()).collect()
    }

    /// Returns the number of invocations that run or wait.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.activity.running()
    }

    /// Kills every process, and refuses further invocations.
    pub async fn shutdown(&self) {
        join_all(self.0.pools.values().map(|pool| pool.close())).await;
        let mut changes = self.0.activity.subscribe();
        let quiet = changes.wait_for(|_| self.running() == 0);
        match tokio::time::timeout(STOP_WITHIN, quiet).await {
            Ok(_) => {}
            Err(_) => {
                tracing::warn!(running = self.running(), "the host stopped with invocations in progress")
            }
        }
    }

    /// Runs an operation, and returns its result and the end of its log.
    ///
    /// # Errors
    /// The function could not be invoked.
    pub async fn run(&self, invocation: Invocation) -> Result<Logged, InvokeError> {
        let operation = &invocation.operation;
        let Some(pool) = self.0.pools.get(operation) else {
            return Err(InvokeError::NoSuchFunction(operation.clone()));
        };
        let size = invocation.payload.len();
        if size > MAX_PAYLOAD {
            return Err(InvokeError::TooLarge { operation: operation.clone(), size });
        }
        let running = self.0.activity.invocation();
        if let Some(external) = self.0.external(pool) {
            let answer = external.invoke(&invocation, pool.timeout() + COMPILES_WITHIN).await?;
            return Ok(Logged { answer, tail: String::new() });
        }
        let permit = pool.permit().await?;
        let (done, answered) = oneshot::channel();
        let (pool, operation) = (Arc::clone(pool), operation.clone());
        // On its own task, because on AWS an invocation continues when its caller disconnects.
        tokio::spawn(async move {
            let answer = pool.run(invocation, permit).await;
            drop(running);
            if done.send(answer).is_err() {
                tracing::debug!("the caller disconnected before the result");
            }
        });
        let reason = "the host is stopping".to_owned();
        answered.await.unwrap_or(Err(InvokeError::Host { operation, reason }))
    }

    /// Returns all functions, sorted by operation.
    pub(super) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.0.pools.values().map(|pool| pool.function())
    }

    /// Finds a function by its name, ARN or operation.
    pub(super) fn function(&self, name_or_arn: &str) -> Option<&Function> {
        let is_it = |pool: &&Arc<Pool>| {
            pool.function().is_called(name_or_arn) || pool.function().operation == name_or_arn
        };
        self.0.pools.values().find(is_it).map(|pool| pool.function())
    }

    /// Finds an operation by its function's name or ARN, or by its own name.
    pub(super) fn operation(&self, name_or_arn: &str) -> Option<&str> {
        self.function(name_or_arn).map(|function| function.operation.as_str())
    }
}

impl Invoke for Host {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
        async move { Ok(self.run(invocation).await?.answer) }.boxed()
    }
}

impl Kill for Host {
    fn kill<'a>(&'a self, function: &'a str) -> BoxFuture<'a, ()> {
        async move {
            match self.0.pools.get(function) {
                Some(pool) if self.0.external(pool).is_some() => {
                    tracing::warn!(function, "the function cannot be killed: another host runs it");
                }
                Some(pool) => pool.kill_running().await,
                None => tracing::warn!(function, "the function to kill does not exist"),
            }
        }
        .boxed()
    }
}
