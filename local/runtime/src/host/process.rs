//! A process of a function. It runs one invocation at a time, and is killed when that times out.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use super::log::LogSink;
use super::pipe::Pipe;
use super::runtime_api::{Job, Line, RuntimeApi, RuntimeCall};

/// Lambda's timeout for the init phase.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// A request to kill the process. The inner sender confirms that it is dead.
pub(super) type Killed = oneshot::Receiver<oneshot::Sender<()>>;

/// A process that is or will soon be ready for an invocation.
pub(super) struct Process {
    child: Child,
    line: Line,
    pub(super) pipe: Pipe,
    /// How long it took to start. The report of its first invocation takes the value.
    pub(super) init: Option<Duration>,
    /// Whether it has called `next` since its last invocation.
    ready: bool,
}

/// Why a process did not start.
#[derive(Debug)]
pub(super) enum StartFailure {
    /// The binary does not exist or cannot be executed.
    Spawn(std::io::Error),
    /// The init phase failed. Contains the error in Lambda's format.
    Init(Bytes),
}

/// The outcome of an invocation.
pub(super) struct Outcome {
    pub(super) payload: Bytes,
    pub(super) failed: bool,
    /// Whether the process can be used again.
    pub(super) alive: bool,
    pub(super) took: Duration,
    /// The peak memory of the process in bytes, or 0 if the system does not report it.
    pub(super) peak_memory: u64,
}

impl Process {
    /// Starts the binary and waits for its first `next`.
    pub(super) async fn start(
        operation: &str,
        binary: &Path,
        environment: &BTreeMap<String, String>,
        api: &RuntimeApi,
        sink: LogSink,
        killed: Killed,
    ) -> Result<Self, StartFailure> {
        let line = api.open();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .envs(environment)
            .env("AWS_LAMBDA_RUNTIME_API", &line.address)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // Its own process group, so that Ctrl-C at the terminal reaches only the host, which then stops its processes.
        #[cfg(unix)]
        command.process_group(0);
        let started = Instant::now();
        let mut child = command.spawn().map_err(StartFailure::Spawn)?;
        let pipe = Pipe::read(operation, sink, child.stdout.take(), child.stderr.take());
        let mut process = Self { child, line, pipe, init: None, ready: false };
        process.initialise(killed).await?;
        process.init = Some(started.elapsed());
        Ok(process)
    }

    async fn initialise(&mut self, killed: Killed) -> Result<(), StartFailure> {
        let error = tokio::select! {
            call = self.line.calls.recv() => match call {
                Some(RuntimeCall::Next) => {
                    self.ready = true;
                    return Ok(());
                }
                Some(RuntimeCall::InitError(body)) => body,
                other => failure("Runtime.InvalidSequence", &format!("unexpected call before the first next: {other:?}")),
            },
            status = self.child.wait() => exited(status, "during init"),
            Ok(dead) = killed => self.die("during init", dead).await,
            () = tokio::time::sleep(INIT_TIMEOUT) => {
                failure("Sandbox.Timedout", &format!("Init timed out after {} seconds", INIT_TIMEOUT.as_secs()))
            }
        };
        self.kill().await;
        Err(StartFailure::Init(error))
    }

    /// Waits until the process is ready for another invocation. Returns false if it has exited.
    pub(super) async fn is_ready(&mut self) -> bool {
        if !self.ready {
            self.ready = tokio::select! {
                call = self.line.calls.recv() => matches!(call, Some(RuntimeCall::Next)),
                _ = self.child.wait() => false,
                () = tokio::time::sleep(INIT_TIMEOUT) => false,
            };
        }
        self.ready && matches!(self.child.try_wait(), Ok(None))
    }

    /// Runs an invocation until the function responds, the process exits, the timeout elapses or the process is killed.
    pub(super) async fn run(&mut self, mut job: Job, timeout: Duration, killed: Killed) -> Outcome {
        let request_id = job.request_id.clone();
        self.pipe.begin(&request_id);
        self.pipe.platform(format!("START RequestId: {request_id} Version: $LATEST"));
        self.ready = false;
        job.deadline_ms =
            Timestamp::now().as_millisecond() + i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        let began = Instant::now();
        let (payload, failed, alive) = if self.line.jobs.send(job).await.is_err() {
            (
                failure("Runtime.ExitError", &format!("RequestId: {request_id} Error: Runtime exited")),
                true,
                false,
            )
        } else {
            tokio::select! {
                answer = self.answer(&request_id) => answer,
                () = tokio::time::sleep(timeout) => (timed_out(&request_id, timeout), true, false),
                Ok(dead) = killed => {
                    (self.die(&format!("RequestId: {request_id}"), dead).await, true, false)
                }
            }
        };
        let took = began.elapsed();
        let peak_memory = self.peak_memory();
        if !alive {
            self.kill().await;
        }
        self.pipe.drained().await;
        Outcome { payload, failed, alive, took, peak_memory }
    }

    /// Kills the process and confirms that it is dead. Returns the error of an invocation whose process has exited.
    async fn die(&mut self, when: &str, dead: oneshot::Sender<()>) -> Bytes {
        self.kill().await;
        if dead.send(()).is_err() {
            tracing::trace!(when, "nothing waits for the process's end");
        }
        exited(self.child.wait().await, when)
    }

    async fn answer(&mut self, request_id: &str) -> (Bytes, bool, bool) {
        loop {
            let call = tokio::select! {
                // Calls that the process made before it exited count.
                biased;
                call = self.line.calls.recv() => call,
                status = self.child.wait() => {
                    return (exited(status, &format!("RequestId: {request_id}")), true, false);
                }
            };
            match call {
                Some(RuntimeCall::Response { request_id: id, body }) if id == request_id => {
                    return (body, false, true);
                }
                Some(RuntimeCall::Error { request_id: id, body }) if id == request_id => {
                    return (body, true, true);
                }
                Some(RuntimeCall::TooLarge { request_id: id }) if id == request_id => {
                    let error = failure(
                        "Function.ResponseSizeTooLarge",
                        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
                    );
                    return (error, true, true);
                }
                // For example `next` without a response, which Lambda's runtimes never call.
                Some(other) => tracing::warn!(?other, request_id, "unexpected call from a function"),
                None => return (failure("Runtime.ExitError", "Runtime exited"), true, false),
            }
        }
    }

    /// Returns the peak memory so far in bytes, or 0 if the system does not report it.
    pub(super) fn peak_memory(&self) -> u64 {
        self.child.id().and_then(peak_memory).unwrap_or_default()
    }

    pub(super) async fn kill(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::debug!(%error, "the process had already exited");
        }
    }
}

/// Builds an error in Lambda's format.
pub(super) fn failure(kind: &str, message: &str) -> Bytes {
    Bytes::from(json!({ "errorType": kind, "errorMessage": message }).to_string())
}

fn exited(status: std::io::Result<ExitStatus>, when: &str) -> Bytes {
    let how = match status {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    failure("Runtime.ExitError", &format!("{when} Error: Runtime exited with error: {how}"))
}

fn timed_out(request_id: &str, timeout: Duration) -> Bytes {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
    let message = format!("{now} {request_id} Task timed out after {:.2} seconds", timeout.as_secs_f64());
    Bytes::from(json!({ "errorMessage": message }).to_string())
}

#[cfg(target_os = "linux")]
fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// Returns the current memory, because `ps` does not report the peak.
#[cfg(not(target_os = "linux"))]
fn peak_memory(pid: u32) -> Option<u64> {
    let output =
        std::process::Command::new("ps").args(["-o", "rss=", "-p", &pid.to_string()]).output().ok()?;
    let kilobytes: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().ok()?;
    Some(kilobytes * 1024)
}
