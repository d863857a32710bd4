//! What an operation answers with.

use http::{HeaderName, HeaderValue, StatusCode, header};
use lambda_http::{Body, Response};
use serde::Serialize;

use crate::problem::Problem;

/// A reply with its body, which is sent as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Option<T>,
}

impl<T> Reply<T> {
    /// 200.
    pub fn ok(body: T) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Some(body) }
    }

    /// 201, with where the new thing is.
    pub fn created(body: T, location: impl Into<String>) -> Self {
        Self { status: StatusCode::CREATED, headers: vec![(header::LOCATION, location.into())], body: Some(body) }
    }

    /// The version of what is shown (RFC 9110 §8.8.3).
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        self.header(header::ETAG, format!("\"{version}\""))
    }

    /// How long anyone may keep it. Without this, nobody may.
    #[must_use]
    pub fn cached(self, seconds: u32) -> Self {
        self.header(header::CACHE_CONTROL, format!("public, max-age={seconds}"))
    }

    /// The body.
    pub fn body(&self) -> Option<&T> {
        self.body.as_ref()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl Reply<()> {
    /// 204: done, and nothing to say.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: None }
    }
}

impl<T: Serialize> Reply<T> {
    pub(crate) fn into_response(self) -> Result<Response<Body>, Problem> {
        let body = match &self.body {
            None => Body::Empty,
            Some(body) => Body::from(serde_json::to_string(body).map_err(Problem::internal)?),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            headers.insert(name, HeaderValue::from_str(&value).map_err(Problem::internal)?);
        }
        Ok(response)
    }
}
