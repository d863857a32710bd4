//! The front door: CloudFront's choice of origin by path.

use std::net::IpAddr;

use axum::extract::Request;
use http::header::HOST;
use http::{HeaderName, HeaderValue};
use wildmatch::WildMatch;

use model::deployment::{Api, Behavior};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Path patterns and their APIs, in order of precedence.
#[derive(Debug)]
pub(super) struct FrontDoor(Vec<(WildMatch, String)>);

impl FrontDoor {
    pub(super) fn new(behaviors: &[Behavior]) -> Self {
        Self(behaviors.iter().map(|behavior| (pattern(&behavior.pattern), behavior.api_id.clone())).collect())
    }

    /// Returns the id of the API for a path.
    pub(super) fn api_of(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| pattern.matches(path)).map(|(_, id)| id.as_str())
    }
}

/// Compiles a path pattern, whose leading slash is optional.
fn pattern(text: &str) -> WildMatch {
    if text == "*" || text.starts_with('/') {
        WildMatch::new(text)
    } else {
        WildMatch::new(&format!("/{text}"))
    }
}

/// Rewrites a viewer request into an origin request: sets the origin's host and appends the viewer to
/// `X-Forwarded-For`.
pub(super) fn forward(request: &mut Request, api: &Api, viewer: IpAddr) {
    let headers = request.headers_mut();
    let viewer = viewer.to_string();
    let hops = match headers.get(&FORWARDED_FOR).and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {viewer}"),
        None => viewer,
    };
    let host = api.endpoint.split_once("://").map_or(api.endpoint.as_str(), |(_, authority)| authority);
    for (name, value) in [(FORWARDED_FOR, hops.as_str()), (HOST, host.trim_end_matches('/'))] {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                headers.insert(name, value);
            }
            Err(error) => tracing::warn!(%name, %error, "a header cannot be forwarded"),
        }
    }
}
