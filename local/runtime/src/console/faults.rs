//! Faults that are switched on for calls to come.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::{Console, Refused};
use engines::faults::{Fault, Site};

/// The maximum number of calls that one fault concerns.
const MOST_CALLS: u32 = 1_000;

/// A fault to inject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The operation: `place-order`.
    function: String,
    /// `dynamodb:TransactWriteItems`, `execute-api:Invoke`, `stripe:CreateRefund`.
    action: String,
    fault: Fault,
    /// The first call that it concerns, counted from now.
    #[serde(default = "one")]
    nth: u32,
    /// How many calls it concerns.
    #[serde(default = "one")]
    calls: u32,
}

fn one() -> u32 {
    1
}

#[derive(Debug, Serialize)]
pub(super) struct Faults {
    /// Those to come. `nth` is counted from now.
    planned: Vec<Planned>,
    /// Those that have happened since the first was planned, oldest first. `nth` is counted from then.
    injected: Vec<Planned>,
}

#[derive(Debug, Serialize)]
struct Planned {
    #[serde(flatten)]
    site: Site,
    fault: Fault,
}

pub(super) async fn list(State(console): State<Console>) -> Json<Faults> {
    Json(all(&console))
}

pub(super) async fn add(
    State(console): State<Console>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Faults>), Refused> {
    let Wanted { function, action, fault, nth, calls } = wanted;
    check(&console, &function, &action, fault)?;
    if nth == 0 || !(1..=MOST_CALLS).contains(&calls) {
        let reason = format!("`nth` is at least 1, and `calls` is 1 to {MOST_CALLS}");
        return Err((StatusCode::UNPROCESSABLE_ENTITY, reason));
    }
    console.endpoint.faults().upcoming(Site { function, action, nth }, calls, fault);
    Ok((StatusCode::CREATED, Json(all(&console))))
}

/// Removes all faults.
pub(super) async fn stop(State(console): State<Console>) -> StatusCode {
    console.endpoint.faults().stop();
    StatusCode::NO_CONTENT
}

fn check(console: &Console, function: &str, action: &str, fault: Fault) -> Result<(), Refused> {
    let refused = |reason: String| Err((StatusCode::UNPROCESSABLE_ENTITY, reason));
    if !console.deployment.functions.iter().any(|known| known.operation == function) {
        return refused(format!("no function runs the operation {function:?}"));
    }
    let is_action = action.split_once(':').is_some_and(|(service, name)| {
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|char| char.is_ascii_alphanumeric() || char == '-')
        };
        is_word(service) && is_word(name)
    });
    if !is_action {
        return refused(format!("{action:?} is not an action such as `dynamodb:PutItem`"));
    }
    if !fault.applies_to(action) {
        return refused(format!("{action} is never {fault}"));
    }
    Ok(())
}

fn all(console: &Console) -> Faults {
    let faults = console.endpoint.faults();
    let listed =
        |all: Vec<(Site, Fault)>| all.into_iter().map(|(site, fault)| Planned { site, fault }).collect();
    Faults { planned: listed(faults.planned()), injected: listed(faults.fired()) }
}
