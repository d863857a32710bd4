//! The Lambda host: runs the functions' real binaries, a process for each invocation at a time.
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
use model::deployment::Function;
use model::invoke::{Answer, Invocation, Invoke, InvokeError, MAX_PAYLOAD};
use pool::Pool;
use runtime_api::RuntimeApi;

/// How the host is set up.
#[derive(Clone)]
pub struct Options {
    /// The folder with the binaries.
    pub binaries: PathBuf,
    /// The AWS endpoint's URL.
    pub endpoint_url: String,
    /// `AWS_REGION`.
    pub region: String,
    /// Each function's own credentials.
    pub credentials: FunctionCredentials,
    /// The most processes of a function that sets no `ReservedConcurrentExecutions`.
    pub concurrency: u32,
    /// Where log lines go.
    pub log: LogSink,
    /// Counts what runs; the endpoint's own, so that one wait covers everything.
    pub activity: Activity,
    /// An Invoke API that runs the functions in place of this host: `cargo lambda watch`.
    pub external: Option<Url>,
}

/// The most processes of one function, unless the template or the caller says otherwise: what a laptop bears.
pub const DEFAULT_CONCURRENCY: u32 = 10;

/// How long a stopping host waits for the invocations that it has killed.
const STOP_WITHIN: Duration = Duration::from_secs(1);

/// Why the host did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No loopback listener for the Runtime API.
    #[error("no loopback listener for the Runtime API: {0}")]
    Listen(#[source] std::io::Error),
    /// No client for the external host.
    #[error("no HTTP client: {0}")]
    Client(#[source] reqwest::Error),
}

/// An invocation's answer, and the end of its log.
#[derive(Debug, Clone)]
pub struct Logged {
    /// The answer.
    pub answer: Answer,
    /// The last 4 KB of its log.
    pub tail: String,
}

/// Runs the functions. Cloning it shares it.
#[derive(Clone)]
pub struct Host(Arc<Shared>);

struct Shared {
    pools: BTreeMap<String, Arc<Pool>>,
    activity: Activity,
    external: Option<External>,
}

impl Shared {
    /// The external host, where it runs the function. It knows functions by their binaries, so it cannot tell apart those of several
    /// services that share one: these run here.
    fn external(&self, pool: &Pool) -> Option<&External> {
        self.external.as_ref().filter(|_| !pool.function().shares_its_binary())
    }
}

impl Host {
    /// Starts the host; processes start when they are needed.
    ///
    /// # Errors
    /// There is no loopback port to be had.
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

    /// The operations it runs.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.pools.keys().map(String::as_str)
    }

    /// All variables of an operation's processes, but for the Runtime API's address.
    #[must_use]
    pub fn environment(&self, operation: &str) -> Option<&BTreeMap<String, String>> {
        self.0.pools.get(operation).map(|pool| pool.environment())
    }

    /// How many invocations of an operation can run at once.
    #[must_use]
    pub fn concurrency(&self, operation: &str) -> usize {
        self.0.pools.get(operation).map_or(1, |pool| pool.size())
    }

    /// Starts a process for each of these operations, so that their first invocation finds one.
    pub async fn warm<'a>(&self, operations: impl IntoIterator<Item = &'a str>) {
        let pools = operations.into_iter().filter_map(|operation| self.0.pools.get(operation));
        let own = pools.filter(|pool| self.0.external(pool).is_none());
        join_all(own.map(|pool| pool.warm())).await;
    }

    /// Starts a process of an operation for the sake of measuring it, and ends it: no invocation gets it.
    ///
    /// # Errors
    /// There is no such operation, or it does not start.
    pub async fn try_start(&self, operation: &str) -> Result<Start, InvokeError> {
        let pool = self.0.pools.get(operation);
        pool.ok_or_else(|| InvokeError::NoSuchFunction(operation.to_owned()))?.try_start().await
    }

    /// What the invocations of each operation took so far.
    #[must_use]
    pub fn statistics(&self) -> Vec<Statistics> {
        self.0.pools.values().map(|pool| pool.statistics()).collect()
    }

    /// Invocations that run or wait to run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.activity.running()
    }

    /// Kills every process and runs nothing more.
    pub async fn shutdown(&self) {
        join_all(self.0.pools.values().map(|pool| pool.close())).await;
        let mut changes = self.0.activity.subscribe();
        let quiet = changes.wait_for(|_| self.running() == 0);
        match tokio::time::timeout(STOP_WITHIN, quiet).await {
            Ok(_) => {}
            Err(_) => tracing::warn!(running = self.running(), "the host stops with invocations under way"),
        }
    }

    /// Runs an operation once, and gives the end of its log besides its answer.
    ///
    /// # Errors
    /// The invocation did not reach the function.
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
            let answer = external.invoke(&invocation, pool.timeout() + Duration::from_secs(15)).await?;
            return Ok(Logged { answer, tail: String::new() });
        }
        let permit = pool.permit().await?;
        let (done, answered) = oneshot::channel();
        let (pool, operation) = (Arc::clone(pool), operation.clone());
        // On its own task: a caller that goes away does not end an invocation, on AWS neither.
        tokio::spawn(async move {
            let answer = pool.run(invocation, permit).await;
            drop(running);
            if done.send(answer).is_err() {
                tracing::debug!("the caller went away before the answer");
            }
        });
        let reason = "the host is stopping".to_owned();
        answered.await.unwrap_or(Err(InvokeError::Host { operation, reason }))
    }

    /// All functions, by their operations' names.
    pub(super) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.0.pools.values().map(|pool| pool.function())
    }

    /// The function that a name, ARN or operation stands for.
    pub(super) fn function(&self, name_or_arn: &str) -> Option<&Function> {
        let is_it = |pool: &&Arc<Pool>| {
            pool.function().is_called(name_or_arn) || pool.function().operation == name_or_arn
        };
        self.0.pools.values().find(is_it).map(|pool| pool.function())
    }

    /// The operation that a function's name, ARN or the operation itself stands for.
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
                    tracing::warn!(function, "another host runs it, and only that one can kill it");
                }
                Some(pool) => pool.kill_running().await,
                None => tracing::warn!(function, "there is no such function to kill"),
            }
        }
        .boxed()
    }
}
