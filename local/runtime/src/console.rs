//! The console, which exists only on the laptop: sent mails, past invocations, and schedules and redrives to start by
//! hand.
//!
//! It is JSON over HTTP on its own port.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::attached::Attached;
use crate::invocations::{Invoked, Recorder};
use crate::redrive::{self, RedriveError, Redriven};
use crate::sources::Sources;
use engines::aws::{Endpoint, Mail};

/// Upper bound for the `wait` parameter.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The sources of what the console shows.
#[derive(Clone)]
pub struct Console {
    /// Holds the mails.
    pub endpoint: Arc<Endpoint>,
    pub invocations: Recorder,
    /// Holds the schedules.
    pub sources: Arc<Sources>,
    /// What other tools need to run the functions.
    pub functions: Arc<[Attached]>,
}

#[derive(Deserialize)]
struct MailQuery {
    to: Option<String>,
    /// Text that the subject contains.
    subject: Option<String>,
    /// How long to wait for a matching mail, in milliseconds.
    wait: Option<u64>,
}

#[derive(Deserialize)]
struct Since {
    since: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Wait {
    /// In milliseconds.
    wait: Option<u64>,
}

#[derive(Deserialize)]
struct At {
    time: Option<Timestamp>,
}

impl Console {
    /// Returns the console's routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/mails", get(mails))
            .route("/invocations", get(invocations))
            .route("/functions", get(functions))
            .route("/rest", get(rest))
            .route("/schedules", get(schedules))
            .route("/schedules/{operation}/runs", post(run_schedule))
            .route("/queues/{queue}/redrives", post(redrive_queue))
            .with_state(self)
    }
}

async fn mails(State(console): State<Console>, Query(query): Query<MailQuery>) -> Json<Vec<Mail>> {
    let fits = |mail: &Mail| {
        query.to.as_ref().is_none_or(|to| mail.to.contains(to))
            && query.subject.as_ref().is_none_or(|subject| mail.subject.contains(subject.as_str()))
    };
    let mailbox = console.endpoint.mailbox();
    if let Some(wait) = query.wait {
        let within = Duration::from_millis(wait).min(LONGEST_WAIT);
        // After a timeout the response is whatever matches, possibly nothing.
        if let Err(error) = mailbox.wait_for(within, fits).await {
            tracing::debug!(%error, "no matching mail has arrived");
        }
    }
    Json(mailbox.all().into_iter().filter(fits).collect())
}

async fn invocations(State(console): State<Console>, Query(query): Query<Since>) -> Json<Vec<Invoked>> {
    Json(console.invocations.since(query.since.unwrap_or(Timestamp::MIN)))
}

/// Lists every function with its environment, including its credentials. They are valid only for the engines on this
/// machine.
async fn functions(
    State(console): State<Console>,
    headers: HeaderMap,
) -> Result<Json<Vec<Attached>>, (StatusCode, &'static str)> {
    if is_from_here(&headers) {
        return Ok(Json(console.functions.to_vec()));
    }
    Err((StatusCode::FORBIDDEN, "the Host header has to be localhost, 127.0.0.1 or [::1]"))
}

/// Returns whether the Host header names this machine. This prevents DNS rebinding: a remote page can make its own name
/// resolve to this machine, and the browser then lets it read the responses.
fn is_from_here(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    host.is_some_and(|host| {
        let name = host.host();
        name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
    })
}

/// Waits until all work is done, and lists what is left at the deadline. The list is empty if everything is idle.
async fn rest(State(console): State<Console>, Query(query): Query<Wait>) -> Json<Vec<String>> {
    let within = Duration::from_millis(query.wait.unwrap_or_default()).min(LONGEST_WAIT);
    match console.sources.idle(within).await {
        Ok(()) => Json(Vec::new()),
        Err(_) => Json(console.sources.left().await),
    }
}

async fn schedules(State(console): State<Console>) -> Json<Value> {
    Json(json!({ "operations": console.sources.scheduled().collect::<Vec<_>>() }))
}

async fn run_schedule(
    State(console): State<Console>,
    Path(operation): Path<String>,
    Query(at): Query<At>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let time = at.time.unwrap_or_else(Timestamp::now);
    let answer = console.sources.trigger(&operation, time).await;
    let answer = answer.map_err(|error| (StatusCode::NOT_FOUND, error.to_string()))?;
    match answer.function_error {
        None => Ok(Json(json!({ "operation": operation, "time": time }))),
        Some(error) => {
            let payload = String::from_utf8_lossy(&answer.payload);
            Err((StatusCode::BAD_GATEWAY, format!("{error}: {payload}")))
        }
    }
}

/// Moves a queue's dead letters back to it.
async fn redrive_queue(
    State(console): State<Console>,
    Path(queue): Path<String>,
) -> Result<Json<Redriven>, (StatusCode, String)> {
    redrive::redrive(console.endpoint.url(), &queue).await.map(Json).map_err(|error| {
        let status = match error {
            RedriveError::NoQueue { .. } | RedriveError::Ambiguous { .. } => StatusCode::NOT_FOUND,
            RedriveError::NotRunning { .. } | RedriveError::Refused { .. } => StatusCode::BAD_GATEWAY,
        };
        (status, error.to_string())
    })
}
