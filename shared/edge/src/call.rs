//! A request as operations receive it: parsed, typed, with the caller's authority verified.

use std::borrow::Cow;
use std::collections::HashMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use domain::events::{self, Envelope, StaffActed, StaffEvent};
use domain::words::act::{Action, Subject};
use domain::words::id::{NewId, SessionId, UserId};
use headers_accept::Accept;
use http::{HeaderMap, header};
use jiff::Timestamp;
use mediatype::MediaType;
use mediatype::names::{APPLICATION, HTML, JSON, TEXT};
use serde::de::DeserializeOwned;
use store::{Patience, Trigger};

use crate::body::{Body, NoBody};
use crate::caller::{Authority, Callers, SignedIn, Works};
use crate::cause::{Cause, new_id};
use crate::event::Event;
use crate::problem::Problem;
use crate::query::{self, NoQuery, Unknown};
use crate::refusal::RequestRefusal;
use crate::reply::is_of_version;
use crate::security;
use crate::timeouts;

/// A request with body `B` and query `Q` from a caller with authority `W`; by default, any signed-in caller.
#[derive(Debug, Clone)]
pub struct Call<B = NoBody, W = SignedIn, Q = NoQuery> {
    /// The body.
    pub body: B,
    /// The caller.
    pub caller: W,
    /// The query parameters.
    pub query: Q,
    /// The time of the call. Operations have no other clock.
    pub now: Timestamp,
    /// The call's cause, for the events that it publishes.
    pub cause: Cause,
    path: HashMap<String, String>,
    headers: HeaderMap,
    /// When its caller stops waiting, if known.
    until: Option<Instant>,
}

/// The form of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON.
    Json,
    /// HTML.
    Page,
}

const AS_JSON: MediaType<'static> = MediaType::new(APPLICATION, JSON);
const AS_PAGE: MediaType<'static> = MediaType::new(TEXT, HTML);
const FORMS: &[MediaType<'static>] = &[AS_JSON, AS_PAGE];

/// The client's key for a request that must take effect once: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the key as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = RequestRefusal;

    fn from_str(text: &str) -> Result<Self, RequestRefusal> {
        if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RequestRefusal::IdempotencyKeyInvalid)
        }
    }
}

impl<B: Body, W: Authority, Q: DeserializeOwned> Call<B, W, Q> {
    /// Parses a request. The caller's authority is verified before the request is read.
    pub(crate) fn read(
        event: &Event,
        callers: &Callers,
        headers: Result<HeaderMap, Problem>,
        cause: Cause,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let caller = W::prove(event.authorizer(), callers)?;
        let headers = headers?;
        let query = query::parse(event.query(), unknown_parameters::<W>())?;
        let body = B::read(&event.body()?, event.method(), &headers)?;
        Ok(Self { body, caller, query, now, cause, path: event.path_parameters(), headers, until: None })
    }
}

fn unknown_parameters<W: Authority>() -> Unknown {
    if W::PUBLIC { Unknown::Ignored } else { Unknown::Refused }
}

impl<B, W> Call<B, W> {
    /// Creates a call in the process, for tests.
    pub fn new(caller: W, body: B, now: Timestamp) -> Self {
        Self {
            body,
            caller,
            query: NoQuery {},
            now,
            cause: Cause::new("in-process"),
            path: HashMap::new(),
            headers: HeaderMap::new(),
            until: None,
        }
    }
}

impl<B, W: Authority, Q> Call<B, W, Q> {
    /// Sets the query string, for tests.
    ///
    /// # Errors
    /// 400 if it does not match `P`.
    pub fn with_query<P: DeserializeOwned>(self, text: &str) -> Result<Call<B, W, P>, Problem> {
        let query = query::parse(text, unknown_parameters::<W>())?;
        let Self { body, caller, now, cause, path, headers, until, .. } = self;
        Ok(Call { body, caller, query, now, cause, path, headers, until })
    }
}

impl<B, W, Q> Call<B, W, Q> {
    /// Sets how long its caller waits.
    pub(crate) fn within(self, time: Duration) -> Self {
        Self { until: Some(Instant::now() + time), ..self }
    }

    /// Adds a path parameter.
    #[must_use]
    pub fn with_path(mut self, name: &str, value: impl ToString) -> Self {
        self.path.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds a header. Headers that HTTP does not allow are left out.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = value.parse() {
            self.headers.insert(name, value);
        }
        self
    }

    /// Returns a path parameter.
    ///
    /// # Errors
    /// 404 if it is malformed, since no resource has such a name.
    pub fn path<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(|| RequestRefusal::NotFound.into())
    }

    /// Returns a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the form of the reply that the client prefers, by its `Accept` (RFC 9110 §12.5.1). JSON if it prefers neither.
    #[must_use]
    pub fn form(&self) -> Form {
        let accept = self.header("accept").and_then(|text| text.parse::<Accept>().ok());
        match accept.and_then(|accept| accept.negotiate(FORMS)) {
            Some(form) if *form == AS_PAGE => Form::Page,
            _ => Form::Json,
        }
    }

    /// Returns the client's `User-Agent` (RFC 9110 §10.1.5), which can be any text.
    pub fn user_agent(&self) -> Option<Cow<'_, str>> {
        self.headers.get(http::header::USER_AGENT).map(|name| String::from_utf8_lossy(name.as_bytes()))
    }

    /// Returns the Idempotency-Key.
    ///
    /// # Errors
    /// 400 if it is missing or malformed.
    pub fn idempotency_key(&self) -> Result<IdempotencyKey, Problem> {
        self.optional_idempotency_key()?.ok_or_else(|| RequestRefusal::IdempotencyKeyMissing.into())
    }

    /// Returns the Idempotency-Key of a request for which it is optional.
    ///
    /// # Errors
    /// 400 if it is present and malformed.
    pub fn optional_idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let key = self.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default().parse());
        Ok(key.transpose()?)
    }

    /// Rejects the call if its `If-Match` names a version other than `current` (RFC 9110 §13.1.1). Without the header,
    /// or with `*`, any version matches.
    ///
    /// # Errors
    /// 412 if the version differs.
    pub fn if_match(&self, current: u64) -> Result<(), Problem> {
        let Some(wanted) = self.headers.get(header::IF_MATCH) else { return Ok(()) };
        let mut wanted = wanted.to_str().unwrap_or_default().split(',').map(str::trim);
        if wanted.any(|tag| tag == "*" || is_of_version(tag, current)) {
            return Ok(());
        }
        Err(RequestRefusal::VersionMismatch.into())
    }

    /// Like [`if_match`](Self::if_match), for a resource with several writers: the header is required.
    ///
    /// # Errors
    /// 428 if it is missing, 412 if the version differs.
    pub fn must_match(&self, current: u64) -> Result<(), Problem> {
        if self.headers.contains_key(header::IF_MATCH) {
            self.if_match(current)
        } else {
            Err(RequestRefusal::PreconditionRequired.into())
        }
    }

    /// Names the user, and the session if there is one, in this call's lines and in the security log. For operations
    /// whose callers are not signed in yet.
    pub fn identify(&self, user: UserId, session: Option<SessionId>) {
        security::identify(&user, session.as_ref().map(|session| session as &dyn std::fmt::Display));
    }

    /// Names the account that the caller speaks of in this call's lines and in the security log, by a keyed hash.
    pub fn about_account(&self, account: &str) {
        security::about_account(&self.headers, self.now, account);
    }

    /// Returns a new id with the time of this call.
    #[must_use]
    pub fn new_id<T: NewId>(&self) -> T {
        new_id(self.now)
    }
}

impl<B, W: Works, Q> Call<B, W, Q> {
    /// Returns the event by which the caller's act is recorded. Every change that an operation of the staff writes emits it,
    /// once, with the operation's name and the id of what it changes:
    /// `change.emit([call.acted("create-product", product_id)])`.
    pub fn acted(&self, operation: &'static str, subject: impl Into<Subject>) -> StaffEvent {
        let (actor, action) = (self.caller.user().user_id, Action::of(operation));
        StaffEvent::Acted(StaffActed { actor, action, subject: subject.into() })
    }
}

impl<B, Q> Call<B, SignedIn, Q> {
    /// Returns the event by which the act of somebody of the staff on what is not their own is recorded, as
    /// [`acted`](Self::acted) does for operations of the staff alone.
    pub fn acted_for(
        &self,
        owner: UserId,
        operation: &'static str,
        subject: impl Into<Subject>,
    ) -> Option<StaffEvent> {
        let (actor, action) = (self.caller.user_id, Action::of(operation));
        (actor != owner).then(|| StaffEvent::Acted(StaffActed { actor, action, subject: subject.into() }))
    }
}

impl<B: Send + Sync, W: Send + Sync, Q: Send + Sync> Trigger for Call<B, W, Q> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn envelope(&self, event: events::Event) -> Envelope {
        self.cause.envelope(event, self.now)
    }

    fn patience(&self) -> Patience {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        Patience::of_request(left.unwrap_or(timeouts::PATIENCE).min(timeouts::PATIENCE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_for_those_who_prefer_one() {
        let form = |accept: &str| {
            Call::<(), ()>::new((), (), Timestamp::UNIX_EPOCH).with_header("accept", accept).form()
        };
        for page in ["text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/*"]
        {
            assert_eq!(form(page), Form::Page, "{page}");
        }
        for json in [
            "application/json",
            "*/*",
            "",
            "image/png",
            "text/html;q=0.5, application/json",
            "text/html;q=0",
            "?",
        ] {
            assert_eq!(form(json), Form::Json, "{json}");
        }
    }
}
