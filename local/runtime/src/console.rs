//! The console, which exists only on the laptop: a page for developers, and the JSON over HTTP that it is made of.
//!
//! It shows what a shop has done and what is left: mails, invocations with their logs, timelines, queues, tables. It starts
//! schedules and redrives by hand, and switches faults on.

mod access;
mod clock;
mod faults;
mod invocations;
mod mails;
mod page;
mod queues;
mod schedules;
mod tables;
mod timeline;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::Deserialize;

use crate::attached::Attached;
use crate::invocations::Recorder;
use crate::logbook::Logbook;
use crate::sources::Sources;
use engines::aws::Endpoint;
use model::clock::Clock;
use model::deployment::Deployment;

/// Upper bound for the `wait` parameter: time for `cargo lambda watch` to compile a function.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// A refusal, with its reason as text.
type Refused = (StatusCode, String);

/// The sources of what the console shows.
#[derive(Clone)]
pub struct Console {
    /// What runs.
    pub deployment: Arc<Deployment>,
    /// Holds the mails, queues and tables.
    pub endpoint: Arc<Endpoint>,
    pub invocations: Recorder,
    /// Holds the invocations' lines.
    pub logbook: Logbook,
    /// Holds the schedules.
    pub sources: Arc<Sources>,
    /// The clock of the functions and of the payment gateway.
    pub clock: Clock,
    /// What other tools need to run the functions.
    pub functions: Arc<[Attached]>,
}

#[derive(Deserialize)]
struct Wait {
    /// In milliseconds.
    wait: Option<u64>,
}

impl Console {
    /// Returns the console's routes, for the repository in `root`, which has the files of its page.
    pub fn router(self, root: &Path) -> Router {
        Router::new()
            .route("/mails", get(mails::list))
            .route("/mails/{message_id}", get(mails::one))
            .route("/mails/{message_id}/html", get(mails::html))
            .route("/invocations", get(invocations::list))
            .route("/invocations/{request_id}/log", get(invocations::log))
            .route("/operations", get(invocations::operations))
            .route("/usage", get(invocations::usage))
            .route("/timeline", get(timeline::follow))
            .route("/functions", get(functions))
            .route("/rest", get(rest))
            .route("/schedules", get(schedules::list))
            .route("/schedules/{operation}/runs", post(schedules::run))
            .route("/queues", get(queues::list))
            .route("/queues/{queue}/messages", get(queues::messages))
            .route("/queues/{queue}/redrives", post(queues::redrive))
            .route("/tables", get(tables::list))
            .route("/tables/{table}/rows", get(tables::rows))
            .route("/clock", get(clock::read).put(clock::set))
            .route("/faults", get(faults::list).post(faults::add).delete(faults::stop))
            .with_state(self)
            .merge(page::router(root))
            .layer(middleware::from_fn(access::only_from_here))
    }
}

/// Lists every function with its environment, including its credentials. They are valid only for the engines on this
/// machine.
async fn functions(State(console): State<Console>) -> Json<Vec<Attached>> {
    Json(console.functions.to_vec())
}

/// Waits until all work is done, and lists what is left at the deadline. The list is empty if everything is idle.
async fn rest(State(console): State<Console>, Query(query): Query<Wait>) -> Json<Vec<String>> {
    let within = Duration::from_millis(query.wait.unwrap_or_default()).min(LONGEST_WAIT);
    match console.sources.idle(within).await {
        Ok(()) => Json(Vec::new()),
        Err(_) => Json(console.sources.left().await),
    }
}
