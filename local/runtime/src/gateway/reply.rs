//! HTTP responses: those converted from a function's result, and the gateway's own errors.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use engines::faults::no_answer;
use model::invoke::Answer;

/// The header that carries API Gateway's request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

/// The name under which API Gateway passes on a function's `WWW-Authenticate`.
const REMAPPED_CHALLENGE: HeaderName = HeaderName::from_static("x-amzn-remapped-www-authenticate");

/// An error response of API Gateway itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The body could not be read.
    BadRequest,
    /// The authorizer's identity source is missing.
    Unauthorized,
    /// The authorizer denied the request, or the signature is invalid.
    Forbidden,
    /// No route matches.
    NotFound,
    /// The body exceeds the limit.
    RequestEntityTooLarge,
    /// The API's throttling limit was reached.
    TooManyRequests,
    /// The request line and headers exceed the limit.
    RequestHeaderFieldsTooLarge,
    /// The function failed, or its result is not a valid response.
    InternalServerError,
    /// The function is at its concurrency limit, or timed out.
    ServiceUnavailable,
    /// No response: the connection is closed.
    NoAnswer,
}

impl Refusal {
    fn status(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "Bad Request"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
            Self::RequestEntityTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Self::TooManyRequests => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"),
            Self::RequestHeaderFieldsTooLarge => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large")
            }
            Self::InternalServerError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
            Self::ServiceUnavailable | Self::NoAnswer => {
                (StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            }
        }
    }
}

/// Builds API Gateway's response for a refusal: a JSON object with a message.
pub(super) fn bare(refusal: Refusal) -> Response {
    if refusal == Refusal::NoAnswer {
        return no_answer();
    }
    let (status, message) = refusal.status();
    let mut response = Response::new(Body::from(json!({ "message": message }).to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Adds the request id to a response.
pub(super) fn name(response: &mut Response, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

/// A function's response in format 2.0.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    status_code: StatusNumber,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// A number, or a number as text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum StatusNumber {
    Number(u16),
    Text(String),
}

/// Converts a function's result to an HTTP response.
pub(super) fn from_function(operation: &str, answer: Answer) -> Result<Response, Refusal> {
    if let Some(kind) = answer.function_error {
        let payload = String::from_utf8_lossy(&answer.payload).into_owned();
        tracing::warn!(operation, request_id = answer.request_id, kind, payload, "the function failed");
        return Err(Refusal::InternalServerError);
    }
    read(&answer.payload).ok_or_else(|| {
        tracing::warn!(
            operation,
            request_id = answer.request_id,
            "the function's result is not a valid response"
        );
        Refusal::InternalServerError
    })
}

fn read(payload: &[u8]) -> Option<Response> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    if value.get("statusCode").is_some() {
        return explicit(serde_json::from_value(value).ok()?);
    }
    // Without a status code the whole result is the body of a 200 response.
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(response)
}

fn explicit(reply: Reply) -> Option<Response> {
    let status = match reply.status_code {
        StatusNumber::Number(number) => number,
        StatusNumber::Text(text) => text.parse().ok()?,
    };
    if !(200..=599).contains(&status) {
        return None;
    }
    let mut response = Response::new(body(reply.body, reply.is_base64_encoded.unwrap_or(false))?);
    *response.status_mut() = StatusCode::from_u16(status).ok()?;
    let headers = response.headers_mut();
    for (name, value) in reply.headers.unwrap_or_default() {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_str(&scalar(&value)?).ok()?;
        if name == WWW_AUTHENTICATE {
            headers.insert(REMAPPED_CHALLENGE, value);
        // The gateway frames the body itself.
        } else if ![CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&name) {
            headers.insert(name, value);
        }
    }
    for cookie in reply.cookies.unwrap_or_default() {
        headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    }
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain;charset=UTF-8"));
    Some(response)
}

fn body(body: Option<Value>, is_base64_encoded: bool) -> Option<Body> {
    let text = match body {
        None | Some(Value::Null) => return Some(Body::empty()),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    if is_base64_encoded { BASE64.decode(text).ok().map(Body::from) } else { Some(Body::from(text)) }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
