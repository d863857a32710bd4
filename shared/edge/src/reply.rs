//! Replies of operations.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::Stored;

use crate::problem::Problem;

/// Separates the version from the hash in an entity tag.
const BEFORE_HASH: char = '-';

/// What a page of a reply may do.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A reply with its body, which is sent as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    version: Option<u64>,
    body: Option<T>,
    page: Option<String>,
}

impl<T> Reply<T> {
    /// Creates a 200.
    pub fn ok(body: T) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), version: None, body: Some(body), page: None }
    }

    /// Creates a 201 with the location of the new resource.
    pub fn created(body: T, location: impl Into<String>) -> Self {
        Self { headers: vec![(header::LOCATION, location.into())], ..Self::created_unseen(body) }
    }

    /// Creates a 201 without a location: of a resource that customers do not see yet, or that is at the path of the request.
    pub fn created_unseen(body: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(body) }
    }

    /// Creates a 202 with a body: the request is not completed yet, and the body tells how or when it is.
    pub fn incomplete(body: T) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(body) }
    }

    /// Sets the ETag (RFC 9110 §8.8.3) to the resource's version and a hash of the body. `If-Match` compares the
    /// version. `If-None-Match` compares both: what a URL such as `/users/me` refers to depends on the caller, and every
    /// new account has version 1.
    #[must_use]
    pub fn etag(self, version: u64) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Sets how long the reply may be cached by any cache. Without this call it may not be cached. If no version is
    /// set, the ETag is derived from the body, so that caches can revalidate it.
    #[must_use]
    pub fn cached(self, seconds: u32) -> Self {
        self.header(header::CACHE_CONTROL, format!("public, max-age={seconds}"))
    }

    /// Writes the body as a page, for a client that prefers one ([`Call::form`](crate::Call::form)). The page may have styles of its
    /// own; it loads nothing and runs nothing.
    #[must_use]
    pub fn page(self, html: String) -> Self {
        Self { page: Some(html), ..self }.header(header::CONTENT_SECURITY_POLICY, PAGE_POLICY.to_owned())
    }

    /// Returns the page, if it is written as one.
    pub fn as_page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Returns the body.
    pub fn body(&self) -> Option<&T> {
        self.body.as_ref()
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// A stored value with its version.
impl<T> From<Stored<T>> for Reply<T> {
    fn from(stored: Stored<T>) -> Self {
        Self::ok(stored.value).etag(stored.version)
    }
}

impl Reply<()> {
    /// Creates a 202, without a body: the request was taken, and its effect comes later, if at all.
    #[must_use]
    pub fn accepted() -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::no_content() }
    }

    /// Creates a 204, without a body.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), version: None, body: None, page: None }
    }
}

impl<T: Serialize> Reply<T> {
    pub(crate) fn into_response(self) -> Result<Response<Option<String>>, Problem> {
        let media_type = if self.page.is_some() { "text/html; charset=utf-8" } else { "application/json" };
        let body = match self.page {
            Some(page) => Some(page),
            None => self.body.as_ref().map(serde_json::to_string).transpose().map_err(Problem::internal)?,
        };
        let content_tag = content_tag(self.version, body.as_deref().unwrap_or_default());
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            headers.insert(name, HeaderValue::from_str(&value).map_err(Problem::internal)?);
        }
        let is_public = headers.get(header::CACHE_CONTROL).is_some_and(|control| control != "no-store");
        if is_public {
            // The gateway adds its CORS headers only to replies to pages. A cache that ignored this would serve a
            // page a reply without them.
            headers.insert(header::VARY, HeaderValue::from_name(header::ORIGIN));
        }
        if is_public || self.version.is_some() {
            headers.insert(header::ETAG, HeaderValue::from_str(&content_tag).map_err(Problem::internal)?);
        }
        Ok(response)
    }
}

fn content_tag(version: Option<u64>, body: &str) -> String {
    let hash = Sha256::digest(body);
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    version.map_or_else(|| format!("\"{hex}\""), |version| format!("\"{version}{BEFORE_HASH}{hex}\""))
}

/// Returns whether an entity tag, as sent in `If-Match`, is of this version of a resource.
pub(crate) fn is_of_version(tag: &str, version: u64) -> bool {
    let text = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or_default();
    let of = text.split_once(BEFORE_HASH).map_or(text, |(of, _)| of);
    of == version.to_string()
}

/// Replies 304 without a body if the client already has the current version (`If-None-Match`, RFC 9110 §13.1.2).
pub(crate) fn unless_known(
    mut response: Response<Option<String>>,
    known: Option<&HeaderValue>,
) -> Response<Option<String>> {
    let is_known = |tag: &HeaderValue| {
        let known = known.and_then(|known| known.to_str().ok()).unwrap_or_default();
        known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    };
    if response.status() == StatusCode::OK && response.headers().get(header::ETAG).is_some_and(is_known) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = None;
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(body: &str) -> HeaderValue {
        Reply::ok(body).cached(5).into_response().unwrap().headers()[header::ETAG].clone()
    }

    #[test]
    fn a_cacheable_reply_has_an_etag_of_its_body() {
        assert_eq!(tag("a"), tag("a"));
        assert_ne!(tag("a"), tag("b"));
        assert_eq!(Reply::ok("a").cached(5).into_response().unwrap().headers()[header::VARY], "origin");
        let private = Reply::ok("a").into_response().unwrap();
        assert!(
            !private.headers().contains_key(header::ETAG) && !private.headers().contains_key(header::VARY)
        );
        assert_eq!(private.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn the_etag_of_a_version_depends_on_the_body() {
        let tag = |body: &str, version| {
            let response = Reply::ok(body).etag(version).into_response().unwrap();
            response.headers()[header::ETAG].to_str().unwrap().to_owned()
        };
        assert_eq!(tag("a", 3), "\"3-ac8d8342bbb2362d13f0a559a3621bb4\"");
        assert_ne!(tag("a", 3), tag("b", 3), "another person's resource at the same URL");
        assert_ne!(tag("a", 3), tag("a", 4));
        for of_version_3 in [tag("a", 3), tag("b", 3), "\"3\"".to_owned()] {
            assert!(is_of_version(&of_version_3, 3) && !is_of_version(&of_version_3, 4), "{of_version_3}");
        }
        for other in ["3", "\"\"", "\"33\"", "\"-3\"", "W/\"3\"", "\"3"] {
            assert!(!is_of_version(other, 3), "{other}");
        }
    }

    #[test]
    fn a_page_is_html_that_loads_nothing() {
        let response = Reply::ok("a").page("<p>a</p>".to_owned()).into_response().unwrap();
        assert_eq!(response.body().as_deref(), Some("<p>a</p>"));
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
    }

    #[test]
    fn if_none_match_returns_304() {
        let tag = tag("a");
        let tag = tag.to_str().unwrap();
        let reply_to = |known: &str| {
            let reply = Reply::ok("a").cached(5).into_response().unwrap();
            unless_known(reply, Some(&known.parse().unwrap()))
        };
        for known in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let response = reply_to(&known);
            assert_eq!(response.status(), 304, "{known}");
            assert!(response.body().is_none() && !response.headers().contains_key(header::CONTENT_TYPE));
            assert_eq!(response.headers()[header::ETAG], tag);
        }
        assert_eq!(reply_to("\"x\"").status(), 200);
        assert_eq!(
            unless_known(Reply::ok("a").into_response().unwrap(), Some(&"*".parse().unwrap())).status(),
            200
        );
    }
}
