//! Schedules, which can be started by hand, at any time that they are told.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Console, Refused};

#[derive(Deserialize)]
pub(super) struct At {
    time: Option<Timestamp>,
}

pub(super) async fn list(State(console): State<Console>) -> Json<Value> {
    Json(json!({ "operations": console.sources.scheduled().collect::<Vec<_>>() }))
}

pub(super) async fn run(
    State(console): State<Console>,
    Path(operation): Path<String>,
    Query(at): Query<At>,
) -> Result<Json<Value>, Refused> {
    let time = at.time.unwrap_or_else(|| console.clock.now());
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
