//! The front door: CloudFront's choice of origin by path.

use std::net::IpAddr;

use axum::extract::Request;
use http::header::HOST;
use http::{HeaderName, HeaderValue};
use wildmatch::WildMatch;

use model::deployment::{Api, Behavior};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Path patterns and the APIs that they lead to, first match first.
#[derive(Debug)]
pub(super) struct FrontDoor(Vec<(WildMatch, String)>);

impl FrontDoor {
    pub(super) fn new(behaviors: &[Behavior]) -> Self {
        Self(behaviors.iter().map(|behavior| (pattern(&behavior.pattern), behavior.api_id.clone())).collect())
    }

    /// The id of the API that a path belongs to.
    pub(super) fn api_of(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| pattern.matches(path)).map(|(_, id)| id.as_str())
    }
}

/// The leading slash of a path pattern may be left out.
fn pattern(text: &str) -> WildMatch {
    if text == "*" || text.starts_with('/') {
        WildMatch::new(text)
    } else {
        WildMatch::new(&format!("/{text}"))
    }
}

/// Makes the viewer's request the origin's: its host, and one more hop on the way.
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
