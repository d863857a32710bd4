//! The event of an HTTP API (payload format 2.0), and its reply.
//!
//! Clients choose most of the event's text, so nothing in it is assumed to be a valid header, URL or encoding. The
//! event's path is only logged, and its domain not read at all: the gateway has already selected the operation.
//! See `docs/decisions/0021-events-are-parsed-without-lambda-http.md`.

use std::collections::HashMap;

use aws_lambda_events::apigw::{ApiGatewayRequestAuthorizer, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use serde::Deserialize;

use crate::problem::Problem;
use crate::refusal::RequestRefusal;

/// The event's fields that are used.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    #[serde(default)]
    raw_path: Option<String>,
    #[serde(default)]
    raw_query_string: Option<String>,
    #[serde(default)]
    headers: Option<HashMap<String, String>>,
    #[serde(default)]
    path_parameters: Option<HashMap<String, String>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
    request_context: Context,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    authorizer: Option<ApiGatewayRequestAuthorizer>,
    http: Http,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    method: String,
    #[serde(default)]
    source_ip: Option<String>,
}

impl Event {
    /// Returns API Gateway's id of the request, which is also in its access log.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_context.request_id.as_deref()
    }

    pub(crate) fn authorizer(&self) -> Option<&ApiGatewayRequestAuthorizer> {
        self.request_context.authorizer.as_ref()
    }

    pub(crate) fn method(&self) -> &str {
        &self.request_context.http.method
    }

    /// Returns the path, for logs.
    pub(crate) fn path(&self) -> &str {
        self.raw_path.as_deref().unwrap_or_default()
    }

    /// Returns the address that connected to the gateway.
    pub(crate) fn source(&self) -> Option<&str> {
        self.request_context.http.source_ip.as_deref()
    }

    pub(crate) fn query(&self) -> &str {
        self.raw_query_string.as_deref().unwrap_or_default()
    }

    pub(crate) fn path_parameters(&self) -> HashMap<String, String> {
        self.path_parameters.clone().unwrap_or_default()
    }

    /// # Errors
    /// 400 if a header is one that HTTP does not allow. It is not left out: without it, the request might mean
    /// something else.
    pub(crate) fn headers(&self) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers.iter().flatten() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed("a header's name"))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| RequestRefusal::MalformedRequest(format!("the header `{name}`")))?;
            headers.append(name, value);
        }
        Ok(headers)
    }

    /// # Errors
    /// 400 if the body is not encoded as the event states.
    pub(crate) fn body(&self) -> Result<Vec<u8>, Problem> {
        let body = self.body.as_deref().unwrap_or_default();
        if self.is_base64_encoded == Some(true) {
            STANDARD.decode(body).map_err(|_| malformed("the body's encoding"))
        } else {
            Ok(body.as_bytes().to_vec())
        }
    }
}

fn malformed(what: &str) -> Problem {
    RequestRefusal::MalformedRequest(what.to_owned()).into()
}

/// Converts a reply. Its body is text, or absent.
pub(crate) fn reply(response: Response<Option<String>>) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut reply = ApiGatewayV2httpResponse::default();
    reply.status_code = i64::from(parts.status.as_u16());
    reply.headers = parts.headers;
    reply.body = body.map(encodings::Body::Text);
    reply
}
