//! CORS by the API's configuration, which overrides the functions' headers.

use axum::extract::Request;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use model::deployment::Cors;

/// Headers that only the API's configuration sets, if it has one.
const CONTROLLED: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// Returns the `Origin` header.
pub(super) fn origin_of(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(ORIGIN).cloned()
}

/// Responds to a preflight request, if the API has CORS.
pub(super) fn preflight(cors: Option<&Cors>, request: &Request) -> Option<Response> {
    let cors = cors?;
    let headers = request.headers();
    let origin = headers.get(ORIGIN)?;
    if *request.method() != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = super::empty(StatusCode::NO_CONTENT);
    let out = response.headers_mut();
    decorate(Some(cors), Some(origin), out);
    if out.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
        list(out, ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
        list(out, ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
        if let Some(age) = cors.max_age {
            out.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(age));
        }
    }
    Some(response)
}

/// Replaces a response's CORS headers with the configured ones.
pub(super) fn decorate(cors: Option<&Cors>, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    let Some(cors) = cors else { return };
    for name in CONTROLLED {
        headers.remove(name);
    }
    let Some(allowed) = origin.and_then(|origin| allowed(cors, origin)) else { return };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    list(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &cors.expose);
    if cors.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

/// Returns the value of `Access-Control-Allow-Origin`. A configured origin is `*`, an origin, or a scheme
/// (`https://*`).
fn allowed(cors: &Cors, origin: &HeaderValue) -> Option<HeaderValue> {
    if cors.origins.iter().any(|allowed| allowed == "*") {
        return Some(HeaderValue::from_static("*"));
    }
    let text = origin.to_str().ok()?;
    let matches = |allowed: &String| match allowed.strip_suffix('*') {
        Some(scheme) => text.starts_with(scheme),
        None => text.eq_ignore_ascii_case(allowed),
    };
    cors.origins.iter().any(matches).then(|| origin.clone())
}

fn list(headers: &mut HeaderMap, name: HeaderName, values: &[String]) {
    if let Ok(value) = HeaderValue::from_str(&values.join(","))
        && !values.is_empty()
    {
        headers.insert(name, value);
    }
}
