//! Lambda's Runtime API (2018-06-01).
//!
//! All processes share one listener. Each has its own path prefix, which is part of its `AWS_LAMBDA_RUNTIME_API`. The
//! Rust runtime accepts a URL there, while others accept only a host and a port.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use model::invoke::MAX_PAYLOAD;

/// The custom property of the client context that states how far the clock is set ahead; shared/edge/src/clock.rs reads it.
const AHEAD: &str = "bodega-clock-ahead";

/// A process's call to the Runtime API.
#[derive(Debug)]
pub(super) enum RuntimeCall {
    /// The process is ready for an invocation.
    Next,
    /// An invocation succeeded.
    Response { request_id: String, body: Bytes },
    /// An invocation failed.
    Error { request_id: String, body: Bytes },
    /// An invocation's response exceeds Lambda's limit.
    TooLarge { request_id: String },
    /// The init phase failed.
    InitError(Bytes),
}

/// An invocation on its way to a process.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) deadline_ms: i64,
    pub(super) function_arn: String,
    pub(super) trace: String,
    /// How far the clock is set ahead of real time.
    pub(super) ahead: SignedDuration,
    pub(super) payload: Bytes,
}

/// The host's end of the connection to a process. Dropping it closes the process's part of the API.
pub(super) struct Line {
    /// `AWS_LAMBDA_RUNTIME_API`.
    pub(super) address: String,
    pub(super) calls: mpsc::UnboundedReceiver<RuntimeCall>,
    pub(super) jobs: mpsc::Sender<Job>,
    id: String,
    lines: Lines,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// The API's end of the connection to a process.
#[derive(Clone)]
struct Far {
    calls: mpsc::UnboundedSender<RuntimeCall>,
    jobs: Arc<tokio::sync::Mutex<mpsc::Receiver<Job>>>,
}

type Lines = Arc<Mutex<HashMap<String, Far>>>;

pub(super) struct RuntimeApi {
    address: String,
    lines: Lines,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    pub(super) async fn listen() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let lines = Lines::default();
        let router = Router::new()
            .route("/{process}/2018-06-01/runtime/invocation/next", get(next))
            .route("/{process}/2018-06-01/runtime/invocation/{request_id}/response", post(response))
            .route("/{process}/2018-06-01/runtime/invocation/{request_id}/error", post(error))
            .route("/{process}/2018-06-01/runtime/init/error", post(init_error))
            .with_state(Arc::clone(&lines));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the Runtime API stopped");
            }
        });
        Ok(Self { address, lines, server })
    }

    /// Opens a part of the API for a new process.
    pub(super) fn open(&self) -> Line {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let (sender, calls) = mpsc::unbounded_channel();
        let (jobs, taken) = mpsc::channel(1);
        let far = Far { calls: sender, jobs: Arc::new(tokio::sync::Mutex::new(taken)) };
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), far);
        let address = format!("http://{}/{id}", self.address);
        Line { address, calls, jobs, id, lines: Arc::clone(&self.lines) }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn far(lines: &Lines, process: &str) -> Result<Far, StatusCode> {
    // The host has dropped its end, so the process should exit.
    lines.lock().unwrap_or_else(PoisonError::into_inner).get(process).cloned().ok_or(StatusCode::GONE)
}

fn report(far: &Far, call: RuntimeCall) -> Result<(), StatusCode> {
    far.calls.send(call).map_err(|_| StatusCode::GONE)
}

async fn next(State(lines): State<Lines>, Path(process): Path<String>) -> Result<Response, StatusCode> {
    let far = far(&lines, &process)?;
    report(&far, RuntimeCall::Next)?;
    let job = far.jobs.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let mut next = http::Response::builder();
    if !job.ahead.is_zero() {
        let stated = json!({ "custom": { AHEAD: job.ahead.to_string() } });
        next = next.header("lambda-runtime-client-context", stated.to_string());
    }
    next.header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", job.request_id)
        .header("lambda-runtime-deadline-ms", job.deadline_ms)
        .header("lambda-runtime-invoked-function-arn", job.function_arn)
        .header("lambda-runtime-trace-id", job.trace)
        .body(Body::from(job.payload))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(
    State(lines): State<Lines>,
    Path((process, request_id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, StatusCode> {
    let far = far(&lines, &process)?;
    let Ok(body) = axum::body::to_bytes(request.into_body(), MAX_PAYLOAD).await else {
        report(&far, RuntimeCall::TooLarge { request_id })?;
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    };
    report(&far, RuntimeCall::Response { request_id, body })?;
    Ok(accepted())
}

async fn error(
    State(lines): State<Lines>,
    Path((process, request_id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, StatusCode> {
    let far = far(&lines, &process)?;
    let body =
        axum::body::to_bytes(request.into_body(), MAX_PAYLOAD).await.map_err(|_| StatusCode::BAD_REQUEST)?;
    report(&far, RuntimeCall::Error { request_id, body })?;
    Ok(accepted())
}

async fn init_error(
    State(lines): State<Lines>,
    Path(process): Path<String>,
    request: Request,
) -> Result<Response, StatusCode> {
    let far = far(&lines, &process)?;
    let body =
        axum::body::to_bytes(request.into_body(), MAX_PAYLOAD).await.map_err(|_| StatusCode::BAD_REQUEST)?;
    report(&far, RuntimeCall::InitError(body))?;
    Ok(accepted())
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, [("content-type", "application/json")], r#"{"status":"OK"}"#).into_response()
}
