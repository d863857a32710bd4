//! Invocations, their logs, and what their functions consume.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Console;
use crate::invocations::Invoked;
use crate::logbook::Line;
use engines::aws::{Principal, queue_name};
use model::deployment::Source;

#[derive(Deserialize)]
pub(super) struct Wanted {
    since: Option<Timestamp>,
    operation: Option<String>,
    /// Whether to list only those that failed.
    #[serde(default)]
    failed: bool,
    /// How many of the newest to return.
    newest: Option<usize>,
}

/// An invocation, with the request that caused it.
#[derive(Serialize)]
pub(super) struct Listed {
    #[serde(flatten)]
    invoked: Invoked,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
}

pub(super) async fn list(State(console): State<Console>, Query(wanted): Query<Wanted>) -> Json<Vec<Listed>> {
    let fits = |invoked: &Invoked| {
        wanted.operation.as_ref().is_none_or(|operation| invoked.operation == *operation)
            && (!wanted.failed || invoked.has_failed())
    };
    let mut found = console.invocations.since(wanted.since.unwrap_or(Timestamp::MIN));
    found.retain(fits);
    found.drain(..found.len().saturating_sub(wanted.newest.unwrap_or(usize::MAX)));
    let cause = |invoked: &Invoked| {
        let lines = console.logbook.of(invoked.request_id.as_deref()?);
        lines.into_iter().find_map(|line| line.correlation_id)
    };
    Json(found.into_iter().map(|invoked| Listed { correlation_id: cause(&invoked), invoked }).collect())
}

/// Returns the lines that an invocation wrote. None are known of an invocation on another host.
pub(super) async fn log(State(console): State<Console>, Path(request_id): Path<String>) -> Json<Vec<Line>> {
    Json(console.logbook.of(&request_id))
}

/// Lists the operations with their services, and with what invokes them.
pub(super) async fn operations(State(console): State<Console>) -> Json<Value> {
    let deployment = &console.deployment;
    let operations = deployment.functions.iter().map(|function| {
        let routes = deployment.apis.iter().flat_map(|api| &api.routes);
        let routes = routes.filter(|route| route.operation == function.operation);
        let routes = routes.map(|route| format!("{} {}", route.method, route.path));
        let sources = function.sources.iter().map(|source| match source {
            Source::Queue(queue) => format!("messages of {}", queue_name(&queue.queue_arn)),
            Source::Stream(stream) => format!("records of {}", stream.table_name),
            Source::Schedule(schedule) => schedule.expression.clone(),
        });
        let causes: Vec<String> = routes.chain(sources).collect();
        json!({ "operation": function.operation, "service": function.service, "causes": causes })
    });
    Json(operations.collect())
}

/// Returns what each operation has called since the shop started, by IAM action, with DynamoDB's capacity units.
pub(super) async fn usage(State(console): State<Console>) -> Json<BTreeMap<String, Value>> {
    let reading = console.endpoint.meter().read();
    let functions = reading.by_principal.into_iter().filter_map(|(principal, actions)| match principal {
        Principal::Function(operation) => {
            let actions = actions.into_iter().map(|(action, usage)| {
                let usage = json!({
                    "calls": usage.calls, "errors": usage.errors, "read_units": usage.read_units, "write_units": usage.write_units,
                });
                (action, usage)
            });
            Some((operation, actions.collect()))
        }
        _ => None,
    });
    Json(functions.collect())
}
