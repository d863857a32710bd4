//! Everything that followed from one request, across all services: what the shop's logs know of an id.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Console, Refused};
use crate::host::LogSource;
use crate::invocations::{Invoked, Recorder};
use crate::logbook::{Line, Logbook};

/// Shorter words are in too many lines.
const SHORTEST: usize = 6;

/// The number of invocations to return.
const MOST: usize = 500;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Ids of orders, other objects, requests, their traces or invocations, separated by commas.
    of: String,
}

/// What followed from requests.
#[derive(Debug, Serialize)]
pub(super) struct Timeline {
    /// The requests.
    correlation_ids: BTreeSet<String>,
    /// The newest invocations, in order of their start.
    invocations: Vec<Traced>,
}

/// An invocation, with its lines about these requests.
#[derive(Debug, Serialize)]
struct Traced {
    #[serde(flatten)]
    invoked: Invoked,
    lines: Vec<Line>,
}

pub(super) async fn follow(
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Timeline>, Refused> {
    let of: Vec<&str> = wanted.of.split(',').map(str::trim).collect();
    if of.iter().any(|id| id.len() < SHORTEST) {
        return Err((StatusCode::BAD_REQUEST, format!("an id has at least {SHORTEST} characters")));
    }
    Ok(Json(timeline(&console.invocations, &console.logbook, &of)))
}

fn timeline(invocations: &Recorder, logbook: &Logbook, of: &[&str]) -> Timeline {
    let is_named = |text: &str| of.iter().any(|id| names(text, id));
    let correlation_ids: BTreeSet<String> = logbook
        .find(|request_id, lines| {
            let about = lines.iter().filter(|line| of.contains(&request_id) || is_named(&line.text));
            Some(about.filter_map(|line| line.correlation_id.clone()).collect::<Vec<_>>())
        })
        .into_iter()
        .flatten()
        .collect();
    let is_about = |line: &Line| {
        is_named(&line.text) || line.correlation_id.as_ref().is_some_and(|id| correlation_ids.contains(id))
    };
    let mut followed: HashMap<String, Vec<Line>> = logbook
        .find(|request_id, lines| {
            let is_followed = of.contains(&request_id) || lines.iter().any(is_about);
            // Lines without a request are about the invocation as a whole.
            let shown = |line: &&Line| {
                line.source == LogSource::Platform || line.correlation_id.is_none() || is_about(line)
            };
            let shown = || lines.iter().filter(shown).cloned().collect();
            is_followed.then(|| (request_id.to_owned(), shown()))
        })
        .into_iter()
        .collect();
    let mut traced: Vec<Traced> = invocations
        .since(Timestamp::MIN)
        .into_iter()
        .filter_map(|invoked| {
            let id = invoked.request_id.as_deref().unwrap_or_default();
            let lines = followed.remove(id);
            let is_meant = || invoked.cause.as_deref().is_some_and(is_named);
            let lines = lines.or_else(|| is_meant().then(|| logbook.of(id)))?;
            Some(Traced { invoked, lines })
        })
        .collect();
    traced.drain(..traced.len().saturating_sub(MOST));
    Timeline { correlation_ids, invocations: traced }
}

/// Returns whether the text contains the id as a word of its own, and not only as a part of another one.
fn names(text: &str, id: &str) -> bool {
    let is_part = |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
    text.match_indices(id).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + id.len()..));
        !is_part(before.and_then(|text| text.chars().next_back()))
            && !is_part(after.and_then(|text| text.chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use futures::FutureExt;
    use futures::future::BoxFuture;
    use model::invoke::{Answer, Invocation, Invoke, InvokeError};

    use super::*;
    use crate::host::{self, LogLine, LogSink};

    /// A host whose invocations log what they are invoked with, line by line.
    struct Logs(LogSink);

    impl Invoke for Logs {
        fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
            let text = String::from_utf8_lossy(&invocation.payload).into_owned();
            let request_id = format!("request-{}", invocation.operation);
            for line in text.lines() {
                (self.0)(LogLine {
                    operation: invocation.operation.clone(),
                    request_id: Some(request_id.clone()),
                    source: LogSource::Function,
                    line: line.to_owned(),
                });
            }
            async { Ok(Answer { payload: Bytes::new(), function_error: None, request_id }) }.boxed()
        }
    }

    #[tokio::test]
    async fn an_order_leads_to_its_request_and_to_all_that_followed_from_it() {
        let logbook = Logbook::default();
        let recorder = Recorder::new(Arc::new(Logs(logbook.before(host::silent()))));
        let line = |id: &str, rest: &str| format!("{{\"correlation_id\":\"{id}\"{rest}}}\n");
        let sent = line("one=", ",\"subject\":\"ord_ONE\"") + &line("two=", ",\"subject\":\"ord_TWO\"");
        for (operation, payload) in [
            ("place-order", line("one=", "")),
            ("relay-events", sent),
            ("get-order", line("three=", "")),
            ("process-payment", line("one=", ",\"message\":\"handled\"")),
        ] {
            let (operation, payload) = (operation.to_owned(), Bytes::from(payload));
            recorder.invoke(Invocation { operation, payload, trace_header: None }).await.unwrap();
        }
        let followed = |of: &str| {
            let timeline = timeline(&recorder, &logbook, &of.split(',').collect::<Vec<_>>());
            let shown = |traced: &Traced| (traced.invoked.operation.clone(), traced.lines.len());
            (timeline.correlation_ids.into_iter().collect(), timeline.invocations.iter().map(shown).collect())
        };
        let one: (Vec<_>, Vec<_>) = (
            vec!["one=".to_owned()],
            ["place-order", "relay-events", "process-payment"].map(|name| (name.to_owned(), 1)).to_vec(),
        );
        for of in ["ord_ONE", "one=", "request-process-payment"] {
            assert_eq!(followed(of), one, "{of}");
        }
        assert_eq!(followed("three=,ord_TWO").1.len(), 2, "several ids");
        assert_eq!(followed("ord_TWO").1, [("relay-events".to_owned(), 1)]);
        assert_eq!(followed("ord_THREE"), (vec![], vec![]));
        assert_eq!(followed("ord_ON"), (vec![], vec![]), "a part of an id is none");
    }
}
