//! The security log: who did what, from where, and whether it was allowed.
//!
//! One line per request that matters for it, written here, so that no operation can forget it: what a caller with a role
//! does, what anyone may do without an account, each change of an account or a session, and whatever is refused for want of
//! authority. The lines are among the function's others, and are copied to another store:
//! `docs/decisions/0029-a-security-log.md`.

use aws_lc_rs::hmac;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use telemetry::{Metric, SECURITY};
use tracing::Span;
use tracing::field::display;

use crate::caller::{Authority, Identity};
use crate::event::Event;

/// The front door's secret is the key of pseudonyms: functions receive it with each request, and nobody who may read logs
/// knows it.
const KEY_HEADER: &str = crate::front_door::HEADER;

/// Where accounts and sessions are: who takes over an account changes it here.
const ACCOUNTS: [&str; 2] = ["/users/", "/sessions/"];

const FORWARDED_FOR: &str = "x-forwarded-for";

/// A request, as the security log sees it.
#[derive(Debug)]
pub(crate) struct Access {
    identity: Identity,
    method: String,
    path: String,
    client: Option<String>,
    is_public: bool,
}

impl Access {
    pub(crate) fn of<W: Authority>(event: &Event, headers: &HeaderMap, now: Timestamp) -> Self {
        let client = client(headers, event.source());
        Self {
            identity: Identity::of(event.authorizer()),
            method: event.method().to_owned(),
            path: event.path().to_owned(),
            client: client.and_then(|address| pseudonym(headers, now, "client", address)),
            is_public: W::PUBLIC,
        }
    }

    /// Names the caller in all lines of the request.
    pub(crate) fn identify(&self, span: &Span) {
        match &self.identity {
            Identity::User(user) => {
                span.record("user_id", display(user.user_id)).record("session_id", display(user.session_id));
            }
            Identity::Service(arn) => {
                span.record("caller", arn.as_str());
            }
            Identity::None => {}
        }
    }

    /// Writes the request's line, if it needs one.
    pub(crate) fn log(&self, status: StatusCode, code: Option<&str>) {
        let is_write = !matches!(self.method.as_str(), "GET" | "HEAD");
        let roles = self.identity.roles();
        if is_write && roles.is_some() && status.is_success() {
            Metric::AdminWrites.publish(1);
        }
        let is_refused = matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        );
        let is_of_account = || ACCOUNTS.iter().any(|place| self.path.starts_with(place));
        if !is_refused && roles.is_none() && !(is_write && (self.is_public || is_of_account())) {
            return;
        }
        let outcome = match status.as_u16() {
            ..400 => "allowed",
            400..500 => "refused",
            _ => "failed",
        };
        let (method, object) = (self.method.as_str(), self.path.as_str());
        let (status, client) = (status.as_u16(), self.client.as_deref());
        tracing::info!(target: SECURITY, outcome, status, code, method, object, roles, client, "access");
    }
}

/// Names the user and the session that a request turned out to be about in its lines.
pub(crate) fn identify(user: &dyn std::fmt::Display, session: Option<&dyn std::fmt::Display>) {
    let span = Span::current();
    span.record("user_id", display(user));
    if let Some(session) = session {
        span.record("session_id", display(session));
    }
}

/// Names the account that somebody who is not signed in speaks of in the request's lines, by a pseudonym.
pub(crate) fn about_account(headers: &HeaderMap, now: Timestamp, account: &str) {
    if let Some(pseudonym) = pseudonym(headers, now, "account", account) {
        Span::current().record("account", pseudonym);
    }
}

/// Returns the client's address: the one that connected to the front door, which appends it to what the client sent, and
/// to which the API appends the front door's own.
fn client<'r>(headers: &'r HeaderMap, source: Option<&'r str>) -> Option<&'r str> {
    let hops = headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok()).unwrap_or_default();
    hops.rsplit(',').nth(1).map(str::trim).or(source)
}

/// Returns a keyed hash. It tells one client from another for a month, and reveals neither address to a reader, who would
/// find all IPv4 addresses of a plain hash in seconds. `None` without a front door.
fn pseudonym(headers: &HeaderMap, now: Timestamp, kind: &str, of: &str) -> Option<String> {
    let key = headers.get(KEY_HEADER).filter(|key| !key.is_empty())?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let month = now.strftime("%Y-%m");
    let tag = hmac::sign(&key, format!("{kind} {month} {of}").as_bytes());
    Some(tag.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
        of.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn now(text: &str) -> Timestamp {
        format!("{text}T10:00:00Z").parse().unwrap()
    }

    #[test]
    fn the_client_is_the_hop_before_the_front_door() {
        for (hops, expected) in [
            (None, Some("203.0.113.1")),
            (Some("203.0.113.1"), Some("203.0.113.1")),
            (Some("198.51.100.7, 64.252.1.1"), Some("198.51.100.7")),
            (Some("forged, 198.51.100.7, 64.252.1.1"), Some("198.51.100.7")),
        ] {
            let headers = hops.map(|hops| headers(&[(FORWARDED_FOR, hops)])).unwrap_or_default();
            assert_eq!(client(&headers, Some("203.0.113.1")), expected, "{hops:?}");
        }
    }

    #[test]
    fn a_pseudonym_depends_on_key_month_kind_and_text() {
        let door = headers(&[(KEY_HEADER, "a key")]);
        let of = |headers: &HeaderMap, day: &str, kind, text| pseudonym(headers, now(day), kind, text);
        let one = of(&door, "2026-11-23", "client", "203.0.113.1").unwrap();
        assert_eq!(one.len(), 16);
        assert_eq!(of(&door, "2026-11-30", "client", "203.0.113.1"), Some(one.clone()));
        for other in [
            of(&door, "2026-12-01", "client", "203.0.113.1"),
            of(&door, "2026-11-23", "account", "203.0.113.1"),
            of(&door, "2026-11-23", "client", "203.0.113.2"),
            of(&headers(&[(KEY_HEADER, "another key")]), "2026-11-23", "client", "203.0.113.1"),
        ] {
            assert!(other.is_some_and(|other| other != one));
        }
        assert_eq!(of(&HeaderMap::new(), "2026-11-23", "client", "203.0.113.1"), None, "no front door");
    }
}
