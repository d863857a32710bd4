//! The front door: CloudFront's choice of origin by path, and what it changes in a request.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};
use wildmatch::WildMatch;

use engines::aws::Endpoint;
use model::deployment::{Api, Behavior, FixedReply, Forwarding, ServedBucket, Target};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Path patterns and their targets, in order of precedence.
#[derive(Debug)]
pub(super) struct FrontDoor(Vec<(WildMatch, Target)>);

impl FrontDoor {
    pub(super) fn new(behaviors: &[Behavior]) -> Self {
        let targets = behaviors.iter();
        Self(targets.map(|behavior| (pattern(&behavior.pattern), behavior.target.clone())).collect())
    }

    /// Returns the target of a path.
    pub(super) fn target_of(&self, path: &str) -> Option<&Target> {
        self.0.iter().find(|(pattern, _)| pattern.matches(path)).map(|(_, target)| target)
    }
}

/// Builds a response that a function returns.
pub(super) fn fixed(reply: &FixedReply) -> Response {
    let mut response = Response::new(Body::from(reply.body.clone()));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in &reply.headers {
        set(response.headers_mut(), name, value);
    }
    response
}

/// Headers of a request that decide what a bucket sends of an object.
const OF_OBJECTS: [HeaderName; 5] = [IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_MATCH, IF_UNMODIFIED_SINCE, RANGE];

/// Responds with the object whose key is the path. An object that is not there looks like one that the front door may not read, since
/// it may not list the bucket either.
pub(super) async fn object(objects: Option<&Endpoint>, bucket: &ServedBucket, request: &Parts) -> Response {
    let key = request.uri.path().trim_start_matches('/');
    let is_readable = bucket.readable.iter().any(|pattern| WildMatch::new(pattern).matches(key));
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    let Some(objects) = objects.filter(|_| is_readable && is_read) else {
        return super::empty(StatusCode::FORBIDDEN);
    };
    let asked = OF_OBJECTS.iter().filter_map(|name| Some((name.clone(), request.headers.get(name)?.clone())));
    let response = objects.object(&bucket.name, key, request.method.clone(), asked.collect()).await;
    if response.status() == StatusCode::NOT_FOUND {
        return super::empty(StatusCode::FORBIDDEN);
    }
    response.map(Body::from)
}

/// Compiles a path pattern, whose leading slash is optional.
fn pattern(text: &str) -> WildMatch {
    if text == "*" || text.starts_with('/') {
        WildMatch::new(text)
    } else {
        WildMatch::new(&format!("/{text}"))
    }
}

/// Rewrites a viewer request into an origin request: sets the origin's host, appends the viewer to `X-Forwarded-For`,
/// sets the origin's own headers, and leaves out the query parameters that are not forwarded.
pub(super) fn forward(request: &mut Request, api: &Api, forwarding: &Forwarding, viewer: IpAddr) {
    if let Some(names) = &forwarding.query {
        leave_out_of_query(request.uri_mut(), |name| !names.iter().any(|known| known == name));
    }
    let headers = request.headers_mut();
    let viewer = viewer.to_string();
    let hops = match headers.get(&FORWARDED_FOR).and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {viewer}"),
        None => viewer,
    };
    let host = api.endpoint.split_once("://").map_or(api.endpoint.as_str(), |(_, authority)| authority);
    set(headers, FORWARDED_FOR.as_str(), &hops);
    set(headers, HOST.as_str(), host.trim_end_matches('/'));
    for (name, value) in &forwarding.headers {
        set(headers, name, value);
    }
}

pub(super) fn set(headers: &mut http::HeaderMap, name: &str, value: &str) {
    match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        (Ok(name), Ok(value)) => {
            headers.insert(name, value);
        }
        _ => tracing::warn!(name, "a header cannot be forwarded"),
    }
}

/// Removes parameters as they are written, since CloudFront does not decode the rest either.
fn leave_out_of_query(uri: &mut Uri, is_left_out: impl Fn(&str) -> bool) {
    let Some(query) = uri.query() else { return };
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_left_out(&name(pair))).collect();
    let text =
        if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = text.parse().ok();
    match Uri::from_parts(parts) {
        Ok(shorter) => *uri = shorter,
        Err(error) => tracing::warn!(%error, "a query cannot be forwarded"),
    }
}
