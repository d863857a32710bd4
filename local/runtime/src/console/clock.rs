//! The shop's clock, which can be set: what is to happen in two weeks happens now.

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Console;

/// The clock.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reading {
    /// What time it is in the shop. It is not needed to set the clock.
    #[serde(default)]
    pub now: Option<Timestamp>,
    /// How far it is ahead of real time.
    pub ahead: SignedDuration,
}

fn reading(console: &Console) -> Json<Reading> {
    Json(Reading { now: Some(console.clock.now()), ahead: console.clock.ahead() })
}

pub(super) async fn read(State(console): State<Console>) -> Json<Reading> {
    reading(&console)
}

pub(super) async fn set(State(console): State<Console>, Json(set): Json<Reading>) -> Json<Reading> {
    console.clock.set_ahead(set.ahead);
    reading(&console)
}
