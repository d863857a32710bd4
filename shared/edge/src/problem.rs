//! Every error reply: RFC 9457 problem details.

use std::borrow::Cow;
use std::error::Error;

use domain::{Kind, Refusal};
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};
use telemetry::chain;

use crate::refusal::RequestRefusal;

/// The base of the problem types' URIs.
const TYPES: &str = "https://bodega.example/problems/";

/// An error reply, with the cause that is logged and never sent.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// In how many seconds the client should try again.
    retry_after: Option<u64>,
    /// Further members (RFC 9457 §3.2), which few problems have.
    members: Option<Box<Map<String, Value>>>,
}

/// An error in a request body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The location, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// The error.
    pub message: String,
}

/// A problem reply (RFC 9457).
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Problem"))]
struct Details<'a> {
    /// A URI that identifies the problem type and ends in its code.
    r#type: String,
    /// The text of the HTTP status.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// A description of this occurrence of the problem.
    detail: &'a str,
    /// The stable code of the problem, for programs.
    code: &'a str,
    /// The id of the request. Include it in support requests.
    request_id: &'a str,
    /// The errors in the request body.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Further members, which some problems have.
    #[serde(flatten)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    members: Option<&'a Map<String, Value>>,
}

impl Problem {
    /// Creates a problem that passes another service's refusal on unchanged.
    pub fn passed_on(status: StatusCode, code: String, detail: String) -> Self {
        let (code, detail) = (code.into(), detail.into());
        Self { status, code, detail, errors: Vec::new(), source: None, retry_after: None, members: None }
    }

    /// Creates a 500. The cause is logged.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(cause.into()), ..RequestRefusal::Internal.into() }
    }

    /// Creates a 503. The cause is logged.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(cause.into()), ..RequestRefusal::Unavailable.into() }
    }

    /// Sets the errors in the request body.
    #[must_use]
    pub fn with_errors(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    /// Adds a member (RFC 9457 §3.2): something that saves the client another request.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => drop(self.members.get_or_insert_default().insert(name.to_owned(), value)),
            Err(error) => tracing::warn!(%error, name, "a member of a problem does not encode"),
        }
        self
    }

    /// Returns a further member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.as_ref()?.get(name)
    }

    /// Sets in how many seconds the client should try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the stable code of the problem.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the errors in the body.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Logs the problem. Called once, by the edge.
    pub(crate) fn log(&self) {
        match &self.source {
            Some(source) if self.status.is_server_error() => {
                tracing::error!(code = %self.code, error = %chain(source.as_ref()), "failed");
            }
            _ => tracing::info!(code = %self.code, status = self.status.as_u16(), "refused"),
        }
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response<Option<String>> {
        let details = Details {
            r#type: format!("{TYPES}{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: &self.code,
            request_id,
            errors: &self.errors,
            members: self.members.as_deref(),
        };
        let body = serde_json::to_string(&details).unwrap_or_default();
        let mut response = Response::new(Some(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 6750 §3: the error is included only if a token was presented.
            let challenge =
                if self.code.starts_with("token_") { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let is_unavailable = self.status == StatusCode::SERVICE_UNAVAILABLE;
        if let Some(seconds) = self.retry_after.or(is_unavailable.then_some(1)) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Problem {
    fn schema_name() -> Cow<'static, str> {
        Details::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Details::json_schema(generator)
    }
}

const INTERNAL: &str = "an internal error occurred";

fn status(kind: Kind) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The only mapping from refusals to replies.
impl<R: Refusal> From<R> for Problem {
    fn from(refusal: R) -> Self {
        let (kind, code) = refusal.reason();
        let detail: Cow<'static, str> = match kind {
            Kind::Internal => INTERNAL.into(),
            _ => refusal.to_string().into(),
        };
        Self {
            status: status(kind),
            code: code.into(),
            detail,
            errors: Vec::new(),
            source: Some(Box::new(refusal)),
            retry_after: None,
            members: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the row USER#1 does not decode")]
    struct Secret;

    impl Refusal for Secret {
        fn reason(&self) -> (Kind, &'static str) {
            (Kind::Internal, "internal_error")
        }
    }

    #[test]
    fn the_cause_of_an_internal_error_is_not_sent() {
        let response = Problem::from(Secret).into_response("req-1");
        assert_eq!(response.status(), 500);
        insta::assert_snapshot!(
            response.body().as_deref().unwrap(),
            @r#"{"type":"https://bodega.example/problems/internal_error","title":"Internal Server Error","status":500,"detail":"an internal error occurred","code":"internal_error","request_id":"req-1"}"#
        );
    }
}
