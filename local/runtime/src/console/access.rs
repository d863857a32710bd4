//! Who may use the console: programs on this machine, and the console's own page. It shows credentials and moves messages.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

pub(super) async fn only_from_here(request: Request, next: Next) -> Response {
    match refusal(request.method(), request.headers()) {
        None => next.run(request).await,
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
    }
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<&'static str> {
    if !is_from_here(headers) {
        return Some("the Host header has to be localhost, 127.0.0.1 or [::1]");
    }
    let reads = matches!(*method, Method::GET | Method::HEAD);
    (!reads && !is_own_page(headers)).then_some("pages of other origins may change nothing here")
}

/// Returns whether the Host header names this machine. This prevents DNS rebinding: a remote page can make its own name
/// resolve to this machine, and the browser then lets it read the responses.
fn is_from_here(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    host.is_some_and(|host| {
        let name = host.host();
        name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
    })
}

/// Returns whether no page sends the request, or the console's own. Browsers send any page's POST, although they do not let
/// it read the response, and name the page's origin.
fn is_own_page(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).map(|host| host.as_bytes());
    origin.as_bytes().strip_prefix(b"http://").is_some_and(|origin| Some(origin) == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: Method, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        refusal(&method, &headers).is_some()
    }

    #[test]
    fn only_names_of_this_machine_are_accepted() {
        for host in ["localhost:8081", "LOCALHOST", "127.0.0.1:8081", "[::1]:8081"] {
            assert!(!refused(Method::GET, host, None), "{host}");
        }
        for host in ["evil.example:8081", "127.0.0.1.example", "localhost.example", "10.0.0.1:8081"] {
            assert!(refused(Method::GET, host, None), "{host}");
        }
    }

    #[test]
    fn a_page_of_another_origin_changes_nothing() {
        let host = "127.0.0.1:8081";
        for method in [Method::POST, Method::DELETE] {
            assert!(!refused(method.clone(), host, None), "a program");
            assert!(!refused(method.clone(), host, Some("http://127.0.0.1:8081")), "its own page");
            for origin in ["http://127.0.0.1:8080", "https://127.0.0.1:8081", "https://evil.example", "null"]
            {
                assert!(refused(method.clone(), host, Some(origin)), "{origin}");
            }
        }
        assert!(!refused(Method::GET, host, Some("https://evil.example")), "a browser shows it nothing");
    }
}
