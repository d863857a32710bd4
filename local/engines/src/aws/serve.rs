//! Translates HTTP requests at the listener into calls, and answers into responses, with the planned faults in between.

use std::sync::{Arc, Weak};

use axum::extract::{Request, State};
use http::StatusCode;

use super::broken;
use super::call::{Call, Principal};
use super::endpoint::{Endpoint, MAX_BODY};
use super::response::json_error;
use crate::faults::{Broken, no_answer};

type HttpResponse = axum::response::Response;

pub(super) async fn serve(State(endpoint): State<Weak<Endpoint>>, request: Request) -> HttpResponse {
    let (parts, body) = request.into_parts();
    let refusal = match (endpoint.upgrade(), axum::body::to_bytes(body, MAX_BODY).await) {
        (Some(endpoint), Ok(body)) => {
            let call = Call::identify(endpoint.credentials.as_ref(), parts, body);
            return answer(endpoint, call).await;
        }
        (None, _) => {
            json_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "the laptop cloud is stopping")
        }
        (Some(_), Err(error)) => {
            json_error(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLarge", &error.to_string())
        }
    };
    refusal.map(axum::body::Body::from)
}

async fn answer(endpoint: Arc<Endpoint>, call: Call) -> HttpResponse {
    let faults = endpoint.faults().clone();
    let (asked, handled) = (call.clone(), async move { endpoint.handle(call).await });
    let answered = match &asked.principal {
        // The caller is not the function, but the process that it has given the URL to.
        Principal::Function(_) if asked.is_presigned() => faults.to_its_end(handled).await,
        Principal::Function(operation) => faults.around(operation, &asked.iam_action(), handled).await,
        // A client that disconnects while it waits for messages must not consume any.
        _ if asked.action == "ReceiveMessage" => Ok(handled.await),
        _ => faults.to_its_end(handled).await,
    };
    match answered {
        Ok(response) => response.map(axum::body::Body::from),
        Err(Broken::Lost) => no_answer(),
        Err(broken) => broken::response(broken, &asked).map(axum::body::Body::from),
    }
}
