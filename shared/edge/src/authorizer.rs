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
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Instrument;

use crate::caller::SignedIn;
use crate::cause::Cause;
use crate::environment::Connect;
use crate::front_door::{self, FrontDoor};
use crate::runtime::{self, Error};
use crate::served;

/// The input of an authorizer.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The `Authorization` header.
    pub authorization: String,
    /// The time of the request.
    pub now: Timestamp,
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
pub fn run<A, R, F, Fut>(operation: &'static str, handler: F) -> Result<(), Error>
where
    A: Connect,
    R: Refusal,
    F: Fn(A, Credential) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<SignedIn, R>> + Send,
{
    runtime::start(operation, |(adapters, front_door): (A, FrontDoor)| {
        lambda_runtime::run(service_fn(move |event: LambdaEvent<AuthorizerRequest>| {
            let (adapters, handler) = (adapters.clone(), handler.clone());
            let cause =
                Cause::new(&event.payload.request_context.request_id).traced(runtime::trace(&event.context));
            let span = runtime::span(&event.context, &cause);
            let proof = event.payload.headers.get(front_door::HEADER).map(String::as_bytes);
            let admitted = front_door.admit_value(proof);
            let authorization = event.payload.identity_source.into_iter().next().unwrap_or_default();
            async move {
                if let Err(refusal) = admitted {
                    tracing::info!(code = refusal.code(), "refused");
                    return Ok(refused(refusal.code()));
                }
                let decided = handler(adapters, Credential { authorization, now: Timestamp::now() }).await;
                match &decided {
                    Ok(user) => tracing::info!(user_id = %user.user_id, "authorised"),
                    Err(refusal) => tracing::info!(code = refusal.code(), "refused"),
                }
                served::note(if decided.is_ok() { StatusCode::OK } else { StatusCode::UNAUTHORIZED });
                Ok::<_, lambda_runtime::Error>(response(decided))
            }
            .instrument(span)
        }))
    })
}

fn response<R: Refusal>(decided: Result<SignedIn, R>) -> Value {
    match decided {
        Ok(user) => allowed(context(&user)),
        Err(refusal) => refused(refusal.code()),
    }
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
