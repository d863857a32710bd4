//! Lambda's Invoke API, for `aws lambda invoke`, boto3 and `cargo lambda invoke`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::json;

use super::{Host, Logged};
use engines::aws::{Call, LambdaApi, Response, build};
use model::invoke::{Invocation, InvokeError};

/// Prefix of the paths of functions.
pub(super) const PREFIX: &str = "/2015-03-31/functions/";
const SUFFIX: &str = "/invocations";

impl LambdaApi for Host {
    fn serve(&self, call: Call) -> BoxFuture<'_, Response> {
        async move { self.answer(call).await.unwrap_or_else(|refusal| *refusal) }.boxed()
    }
}

impl Host {
    async fn answer(&self, call: Call) -> Result<Response, Box<Response>> {
        if call.method == Method::GET {
            return self.describe(&call);
        }
        let path = call.uri.path();
        let name = path.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
        let (Some(name), &Method::POST) = (name, &call.method) else {
            let message =
                format!("the laptop cloud supports listing functions and POST {PREFIX}<function>{SUFFIX}");
            return Err(refuse(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message));
        };
        // SDKs escape the colons of an ARN.
        let name = name.replace("%3A", ":").replace("%3a", ":");
        let Some(operation) = self.operation(&name) else {
            return Err(refused(&InvokeError::NoSuchFunction(name)));
        };
        let header = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
        let payload = if call.body.is_empty() { Bytes::from_static(b"{}") } else { call.body.clone() };
        if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
            let message = format!("Could not parse request body into json: {error}");
            return Err(refuse(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &message));
        }
        let invocation = Invocation {
            operation: operation.to_owned(),
            payload,
            trace_header: header("x-amzn-trace-id").map(str::to_owned),
        };
        match header("x-amz-invocation-type").unwrap_or("RequestResponse") {
            "DryRun" => Ok(build(StatusCode::NO_CONTENT, HeaderMap::new(), Bytes::new())),
            "Event" => {
                let host = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = host.run(invocation).await {
                        tracing::warn!(%error, "an asynchronous invocation was lost");
                    }
                });
                Ok(build(StatusCode::ACCEPTED, HeaderMap::new(), Bytes::new()))
            }
            "RequestResponse" => {
                let tail = header("x-amz-log-type").is_some_and(|kind| kind == "Tail");
                let logged = self.run(invocation).await.map_err(|error| refused(&error))?;
                Ok(answered(logged, tail))
            }
            other => {
                let message = format!("unknown invocation type {other:?}");
                Err(refuse(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &message))
            }
        }
    }
}

fn answered(logged: Logged, tail: bool) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    let mut add = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    add("x-amzn-requestid", logged.answer.request_id);
    if let Some(error) = logged.answer.function_error {
        add("x-amz-function-error", error);
    }
    if tail {
        add("x-amz-log-result", BASE64.encode(logged.tail));
    }
    build(StatusCode::OK, headers, logged.answer.payload)
}

/// Converts an error to Lambda's response.
pub(super) fn refused(error: &InvokeError) -> Box<Response> {
    let (status, kind) = match error {
        InvokeError::NoSuchFunction(_) => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
        InvokeError::Throttled(_) => (StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException"),
        InvokeError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException"),
        InvokeError::Host { .. } => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceException"),
    };
    refuse(status, kind, &error.to_string())
}

fn refuse(status: StatusCode, kind: &str, message: &str) -> Box<Response> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    if let Ok(kind) = HeaderValue::try_from(kind) {
        headers.insert("x-amzn-errortype", kind);
    }
    let body = json!({ "Type": "User", "Message": message });
    Box::new(build(status, headers, Bytes::from(body.to_string())))
}
