//! Lambda authorizers: format 2.0 with simple responses, which are cached for the TTL in the template.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use super::event;
use super::received::Received;
use super::reply::Refusal;
use super::routes::Found;
use super::{Gateway, Served};

/// API Gateway's timeout for an authorizer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Cached decisions, by API, authorizer and identity.
#[derive(Debug, Default)]
pub(super) struct Decisions(Mutex<HashMap<Key, (Instant, Decision)>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    api: String,
    authorizer: String,
    identity: Vec<String>,
}

/// An authorizer's response.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decision {
    is_authorized: bool,
    #[serde(default)]
    context: Value,
}

impl Decisions {
    fn get(&self, key: &Key) -> Option<Decision> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).filter(|(until, _)| *until > Instant::now()).map(|(_, decision)| decision.clone())
    }

    fn keep(&self, key: Key, decision: Decision, ttl: Duration) {
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (until, _)| *until > now);
        kept.insert(key, (now + ttl, decision));
    }
}

/// Asks the authorizer, and returns its context if it allows the request.
pub(super) async fn decide(
    gateway: &Gateway,
    served: &Served,
    name: &str,
    received: &Received,
    found: &Found<'_>,
) -> Result<Value, Refusal> {
    let Some(authorizer) = served.api.authorizers.get(name) else {
        tracing::error!(
            authorizer = name,
            api = served.api.id,
            "the API does not define the route's authorizer"
        );
        return Err(Refusal::InternalServerError);
    };
    // API Gateway rejects a request without an identity source before it invokes the authorizer.
    let identity = authorizer
        .identity_headers
        .iter()
        .map(|header| received.header(header).filter(|value| !value.is_empty()).map(str::to_owned))
        .collect::<Option<Vec<_>>>()
        .ok_or(Refusal::Unauthorized)?;
    let key = Key { api: served.api.id.clone(), authorizer: name.to_owned(), identity };
    if let Some(decision) = gateway.decisions.get(&key) {
        return decision.verdict();
    }
    let event = event::authorization(&gateway.place, &served.api, received, found, &key.identity);
    let answer = gateway
        .run(&authorizer.operation, event, received, TIMEOUT, None)
        .await
        .map_err(|_| Refusal::InternalServerError)?;
    let decision = match (answer.function_error, serde_json::from_slice::<Decision>(&answer.payload)) {
        (None, Ok(decision)) => decision,
        (failure, parsed) => {
            let unreadable = parsed.err().map(|error| error.to_string());
            tracing::warn!(
                operation = authorizer.operation,
                failure,
                unreadable,
                "the authorizer failed or returned an invalid response"
            );
            return Err(Refusal::InternalServerError);
        }
    };
    if !authorizer.ttl.is_zero() {
        gateway.decisions.keep(key, decision.clone(), authorizer.ttl);
    }
    decision.verdict()
}

impl Decision {
    fn verdict(self) -> Result<Value, Refusal> {
        if self.is_authorized { Ok(self.context) } else { Err(Refusal::Forbidden) }
    }
}
