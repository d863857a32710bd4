//! What led to what: ids that go along from a request through every event that it causes.

use domain::event::{Envelope, Event};
use domain::id::{EventId, NewId};
use http::HeaderMap;
use jiff::Timestamp;

/// The cause of what an operation does: the first request's id, and the trace it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The id of the first request of the chain.
    pub correlation_id: String,
    /// W3C Trace Context, as it came.
    pub traceparent: Option<String>,
}

impl Cause {
    /// A chain of causes that begins here.
    #[must_use]
    pub fn new(request_id: &str) -> Self {
        Self { correlation_id: request_id.to_owned(), traceparent: None }
    }

    /// Goes on with a chain that a caller's headers name. Only services of ours are believed on the correlation id, so a
    /// client cannot write into another's chain.
    pub(crate) fn of_request(headers: &HeaderMap, request_id: &str, from_service: bool) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let correlation_id = if from_service { text(CORRELATION_HEADER) } else { None };
        Self {
            correlation_id: correlation_id.unwrap_or_else(|| request_id.to_owned()),
            traceparent: text("traceparent").filter(|trace| is_traceparent(trace)),
        }
    }

    /// Goes on with the chain of an event.
    #[must_use]
    pub fn of_event(envelope: &Envelope) -> Self {
        Self { correlation_id: envelope.correlationid.clone(), traceparent: envelope.traceparent.clone() }
    }

    /// Puts an event that this caused into its envelope.
    #[must_use]
    pub fn envelope(&self, event: Event, now: Timestamp) -> Envelope {
        Envelope {
            specversion: Default::default(),
            id: new_id::<EventId>(now),
            source: event.source().to_owned(),
            subject: event.subject(),
            time: now,
            datacontenttype: Default::default(),
            traceparent: self.traceparent.clone(),
            correlationid: self.correlation_id.clone(),
            event,
        }
    }
}

pub(crate) const CORRELATION_HEADER: &str = "x-correlation-id";

/// An id for a new thing. The edge is where time and chance come in; the domain takes both as arguments.
pub(crate) fn new_id<T: NewId>(now: Timestamp) -> T {
    // Times before 1970 do not occur; an id of time zero would still be unique.
    T::from_parts(u64::try_from(now.as_millisecond()).unwrap_or_default(), rand::random())
}

/// `version-traceid-parentid-flags`, all lower-case hex (<https://www.w3.org/TR/trace-context/#traceparent-header>).
fn is_traceparent(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    text.len() == 55
        && lengths.eq([2, 32, 16, 2])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
