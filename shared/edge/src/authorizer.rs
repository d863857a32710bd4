//! The HTTP APIs' Lambda authorizer (payload format 2.0, simple responses).
//!
//! An HTTP API replies to a denial with a bare 403, and cannot reply 401 with a body. So a bad token is let through
//! with nothing but the reason of its refusal, which is not an identity: [`SignedIn`], and every authority that builds
//! on it, turns it into a 401 problem. See `docs/decisions/0003-bad-tokens-get-a-401.md`.

use std::collections::HashMap;

use domain::Refusal;
use domain::words::person::Role;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::caller::SignedIn;
use crate::cause::Cause;
use crate::clock::Clock;
use crate::environment::Connect;
use crate::front_door::{self, FrontDoor};
use crate::runtime::{self, Error, Invoked, Serving};
use crate::served;

/// The input of an authorizer.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The `Authorization` header.
    pub authorization: String,
    /// The time of the request.
    pub now: Timestamp,
}

/// Why a request has no caller.
#[derive(Debug)]
pub enum Denial {
    /// The token is refused, with this code.
    Refused(&'static str),
    /// Nothing can be decided. The gateway then replies 500 and remembers nothing, whereas it remembers a refusal for a minute.
    Failed(lambda_runtime::Error),
}

impl<R: Refusal> From<R> for Denial {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.code())
    }
}

#[derive(Deserialize)]
struct AuthorizerRequest {
    #[serde(rename = "identitySource", default)]
    identity_source: Vec<String>,
    #[serde(rename = "requestContext", default)]
    request_context: RequestContext,
    #[serde(default)]
    headers: HashMap<String, String>,
}

#[derive(Default, Deserialize)]
struct RequestContext {
    /// The id of the authorised request, which the operation behind it receives as well.
    #[serde(rename = "requestId", default)]
    request_id: String,
}

/// Runs an operation as the APIs' authorizer, until Lambda ends it.
///
/// # Errors
/// If the function cannot start.
pub fn run<A, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    F: Fn(A, Credential) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<SignedIn, Denial>> + Send,
{
    runtime::start(operation, move |(adapters, front_door, clock): (A, FrontDoor, Clock)| {
        serve(Box::new(move |event| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            let cause =
                Cause::new(&event.payload.request_context.request_id).traced(runtime::trace(&event.context));
            let span = runtime::span(&event.context, &cause);
            let proof = event.payload.headers.get(front_door::HEADER).map(String::as_bytes);
            let admitted = front_door.admit_value(proof);
            let now = clock.now(&event.context);
            let authorization = event.payload.identity_source.into_iter().next().unwrap_or_default();
            let decided = async move {
                if let Err(refusal) = admitted {
                    tracing::info!(code = refusal.code(), "refused");
                    return Ok(refused(refusal.code()));
                }
                match handler(adapters, Credential { authorization, now }).await {
                    Ok(user) => {
                        tracing::info!(user_id = %user.user_id, "authorised");
                        served::note(StatusCode::OK);
                        Ok(allowed(context(&user)))
                    }
                    Err(Denial::Refused(code)) => {
                        tracing::info!(code, "refused");
                        served::note(StatusCode::UNAUTHORIZED);
                        Ok(refused(code))
                    }
                    Err(Denial::Failed(error)) => {
                        served::note(StatusCode::INTERNAL_SERVER_ERROR);
                        Err(error)
                    }
                }
            };
            Box::pin(decided.instrument(span))
        }))
    })
}

/// Without type parameters: see [`runtime::serve`].
fn serve(invoked: Invoked<AuthorizerRequest, Value>) -> Serving {
    runtime::serve(invoked)
}

fn context(user: &SignedIn) -> Value {
    let roles = user.roles.iter().filter(|role| **role != Role::Unknown).map(role_name);
    let mut context = json!({
        "user_id": user.user_id,
        "session_id": user.session_id,
        "roles": roles.collect::<Vec<_>>().join(" "),
    });
    if user.is_guest {
        context["is_guest"] = json!("true");
    }
    if let Some(guest) = user.merges {
        context["merges"] = json!(guest);
    }
    context
}

fn refused(code: &str) -> Value {
    allowed(json!({ "refusal": code }))
}

fn allowed(context: Value) -> Value {
    json!({ "isAuthorized": true, "context": context })
}

fn role_name(role: &Role) -> String {
    json!(role).as_str().unwrap_or_default().to_owned()
}
