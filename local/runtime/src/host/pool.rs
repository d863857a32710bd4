//! The processes of one function: its concurrency limit, idle processes and statistics.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::log::{LogLine, LogSink, LogSource};
use super::process::{Killed, Outcome, Process, StartFailure};
use super::runtime_api::{Job, RuntimeApi};
use super::statistics::{Start, Statistics};
use super::{Logged, Options, environment, trace};
use model::clock::Clock;
use model::deployment::Function;
use model::invoke::{Answer, Invocation, InvokeError};

pub(super) struct Pool {
    function: Function,
    binary: PathBuf,
    environment: BTreeMap<String, String>,
    api: Arc<RuntimeApi>,
    log: LogSink,
    clock: Clock,
    size: usize,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Process>>,
    /// Kill switches of the processes that start or run an invocation. Closed ones are removed later.
    running: Mutex<Vec<oneshot::Sender<oneshot::Sender<()>>>>,
    statistics: Mutex<Statistics>,
    stop: watch::Sender<bool>,
}

impl Pool {
    pub(super) fn new(function: Function, options: &Options, api: Arc<RuntimeApi>) -> Self {
        let size = usize::try_from(function.concurrency.unwrap_or(options.concurrency)).unwrap_or(1);
        let caller = options.credentials.of(&function.operation);
        let environment =
            environment::of(&function, caller, &options.endpoint_url, &options.region, &options.binaries);
        Self {
            binary: options.binaries.join(format!("{}{}", function.binary, std::env::consts::EXE_SUFFIX)),
            environment,
            api,
            log: Arc::clone(&options.log),
            clock: options.clock.clone(),
            size,
            permits: Arc::new(Semaphore::new(size)),
            idle: Mutex::default(),
            running: Mutex::default(),
            statistics: Mutex::new(Statistics {
                operation: function.operation.clone(),
                ..Statistics::default()
            }),
            stop: watch::Sender::new(false),
            function,
        }
    }

    pub(super) fn function(&self) -> &Function {
        &self.function
    }

    pub(super) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn timeout(&self) -> Duration {
        self.function.timeout
    }

    pub(super) fn statistics(&self) -> Statistics {
        self.statistics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a permit, at most as long as the function's timeout. AWS would have throttled the invocation by then.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit, InvokeError> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(self.function.timeout, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(self.failed("the host is stopping")),
            Err(_) => Err(InvokeError::Throttled(self.function.operation.clone())),
        }
    }

    /// Runs an invocation. Stopping the host kills it.
    pub(super) async fn run(
        &self,
        invocation: Invocation,
        permit: OwnedSemaphorePermit,
    ) -> Result<Logged, InvokeError> {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            logged = self.run_to_its_end(invocation, permit) => logged,
            // Dropping the future kills the process.
            _ = stop.wait_for(|stop| *stop) => Err(self.failed("the host is stopping")),
        }
    }

    async fn run_to_its_end(
        &self,
        invocation: Invocation,
        permit: OwnedSemaphorePermit,
    ) -> Result<Logged, InvokeError> {
        let request_id = uuid::Uuid::new_v4().to_string();
        let mut process = match self.process().await {
            Ok(process) => process,
            Err(StartFailure::Init(error)) => return Ok(self.not_started(request_id, error)),
            Err(StartFailure::Spawn(error)) => {
                return Err(self.failed(&format!("{}: {error}", self.binary.display())));
            }
        };
        let job = Job {
            request_id: request_id.clone(),
            deadline_ms: 0,
            function_arn: self.function.arn.clone(),
            ahead: self.clock.ahead(),
            trace: trace::of_invocation(invocation.trace_header.as_deref()),
            payload: invocation.payload,
        };
        let outcome = process.run(job, self.function.timeout, self.killable()).await;
        self.report(&mut process, &request_id, &outcome);
        let tail = process.pipe.tail();
        if outcome.alive {
            // Last in, first out. This happens before the permit is released, so that the next invocation finds a warm
            // process.
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        }
        drop(permit);
        let function_error = outcome.failed.then(|| "Unhandled".to_owned());
        Ok(Logged { answer: Answer { payload: outcome.payload, function_error, request_id }, tail })
    }

    fn killable(&self) -> Killed {
        let (kill, killed) = oneshot::channel();
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|kill| !kill.is_closed());
        running.push(kill);
        killed
    }

    /// Kills the processes that start or run an invocation, and waits until they are dead.
    pub(super) async fn kill_running(&self) {
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        let deaths = running.into_iter().filter_map(|kill| {
            let (dead, died) = oneshot::channel();
            // The receiver is gone if the invocation has ended.
            kill.send(dead).is_ok().then_some(died)
        });
        // An error means that the invocation ended in the meantime.
        drop(join_all(deaths).await);
    }

    /// Returns an idle process, or starts a new one.
    async fn process(&self) -> Result<Process, StartFailure> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut process) = idle else { return self.start().await };
            if process.is_ready().await {
                return Ok(process);
            }
        }
    }

    async fn start(&self) -> Result<Process, StartFailure> {
        let operation = &self.function.operation;
        let log = Arc::clone(&self.log);
        let killed = self.killable();
        let process =
            Process::start(operation, &self.binary, &self.environment, &self.api, log, killed).await?;
        if let Some(took) = process.init {
            self.statistics.lock().unwrap_or_else(PoisonError::into_inner).initialised(took);
        }
        Ok(process)
    }

    pub(super) async fn warm(&self) {
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { return };
        if !self.idle.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
            return;
        }
        match self.start().await {
            Ok(process) => self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(process),
            // The first invocation will report the error to its caller.
            Err(error) => {
                tracing::warn!(
                    operation = self.function.operation,
                    ?error,
                    "a process could not be started in advance"
                )
            }
        }
        drop(permit);
    }

    pub(super) async fn try_start(&self) -> Result<Start, InvokeError> {
        let mut process = self.start().await.map_err(|failure| match failure {
            StartFailure::Init(error) => self.failed(&String::from_utf8_lossy(&error)),
            StartFailure::Spawn(error) => self.failed(&format!("{}: {error}", self.binary.display())),
        })?;
        let start = Start { took: process.init.unwrap_or_default(), peak_memory: process.peak_memory() };
        process.kill().await;
        Ok(start)
    }

    pub(super) async fn close(&self) {
        self.permits.close();
        self.stop.send_replace(true);
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for mut process in idle {
            process.kill().await;
        }
    }

    fn report(&self, process: &mut Process, request_id: &str, outcome: &Outcome) {
        let millis = |duration: Duration| duration.as_secs_f64() * 1000.0;
        let took = millis(outcome.took);
        let megabytes = outcome.peak_memory.div_ceil(1024 * 1024);
        let mut report = format!(
            "REPORT RequestId: {request_id}\tDuration: {took:.2} ms\tBilled Duration: {:.0} ms\tMemory Size: {} MB\tMax Memory Used: {megabytes} MB",
            took.ceil(),
            self.function.memory_mb,
        );
        if let Some(init) = process.init.take() {
            report.push_str(&format!("\tInit Duration: {:.2} ms", millis(init)));
        }
        if !outcome.alive {
            let text = String::from_utf8_lossy(&outcome.payload);
            let status = if text.contains("Task timed out") { "timeout" } else { "error" };
            report.push_str(&format!("\tStatus: {status}"));
        }
        process.pipe.platform(format!("END RequestId: {request_id}"));
        process.pipe.platform(report);
        let mut statistics = self.statistics.lock().unwrap_or_else(PoisonError::into_inner);
        statistics.invoked(outcome.took, outcome.failed, outcome.peak_memory);
    }

    fn not_started(&self, request_id: String, error: bytes::Bytes) -> Logged {
        let line = format!("INIT_REPORT Phase: init Status: error\t{}", String::from_utf8_lossy(&error));
        (self.log)(LogLine {
            operation: self.function.operation.clone(),
            request_id: Some(request_id.clone()),
            source: LogSource::Platform,
            line: line.clone(),
        });
        let function_error = Some("Unhandled".to_owned());
        Logged { answer: Answer { payload: error, function_error, request_id }, tail: line }
    }

    fn failed(&self, reason: &str) -> InvokeError {
        InvokeError::Host { operation: self.function.operation.clone(), reason: reason.to_owned() }
    }
}
