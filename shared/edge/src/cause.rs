//! Causality: ids that are passed from a request to every event that it causes.

use domain::events::{Envelope, Event};
use domain::words::id::{EventId, NewId};
use http::HeaderMap;
use jiff::Timestamp;
use telemetry::Trace;
use tracing::Span;

/// The cause of an operation's effects: the id of the first request, and its trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The id of the first request of the chain.
    pub correlation_id: String,
    /// The position in the trace.
    pub trace: Option<Trace>,
}

impl Cause {
    /// Starts a cause chain.
    #[must_use]
    pub fn new(request_id: &str) -> Self {
        Self { correlation_id: request_id.to_owned(), trace: None }
    }

    /// Adds a trace, unless there is one already.
    #[must_use]
    pub fn traced(self, trace: Option<Trace>) -> Self {
        Self { trace: self.trace.or(trace), ..self }
    }

    /// Continues the chain named in a caller's headers. Only our own services are trusted, so a client can neither
    /// write into another's chain nor make us pay for a trace.
    pub(crate) fn of_request(headers: &HeaderMap, request_id: &str, from_service: bool) -> Self {
        if !from_service {
            return Self::new(request_id);
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            correlation_id: text(CORRELATION_HEADER).filter(is_id).unwrap_or(request_id).to_owned(),
            trace: text(TRACEPARENT_HEADER).and_then(|text| text.parse().ok()),
        }
    }

    /// Continues the chain of an event.
    #[must_use]
    pub fn of_event(envelope: &Envelope) -> Self {
        let trace = envelope.traceparent.as_deref().and_then(|text| text.parse().ok());
        let of_chain = Some(envelope.correlationid.as_str()).filter(is_id);
        Self { correlation_id: of_chain.map_or_else(|| envelope.id.to_string(), str::to_owned), trace }
    }

    /// Continues the chain with an id that another sender repeats, or starts one with its own id.
    #[must_use]
    pub fn repeated(of_chain: Option<&str>, own: &str) -> Self {
        Self::new(of_chain.filter(is_id).unwrap_or(own))
    }

    /// Creates the span whose log lines carry the cause's ids.
    #[must_use]
    pub fn span(&self) -> Span {
        telemetry::cause(&self.correlation_id, self.trace)
    }

    /// Wraps an event with this cause in its envelope.
    #[must_use]
    pub fn envelope(&self, event: impl Into<Event>, now: Timestamp) -> Envelope {
        let event = event.into();
        Envelope {
            specversion: Default::default(),
            id: new_id::<EventId>(now),
            source: event.source().to_owned(),
            subject: event.subject(),
            time: now,
            datacontenttype: Default::default(),
            traceparent: self.trace.map(|trace| trace.traceparent()),
            correlationid: self.correlation_id.clone(),
            event,
        }
    }
}

/// Returns whether a text has the form of the ids of API Gateway and Lambda. Anything else would reach all logs, events
/// and mail tags of its chain.
fn is_id(text: &&str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"=+/_-.".contains(&byte);
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Maximum length of a correlation id.
const MAX_ID: usize = 128;

/// The header in which a service sends the correlation id.
pub const CORRELATION_HEADER: &str = "x-correlation-id";
/// The header in which a service sends the trace (W3C Trace Context).
pub const TRACEPARENT_HEADER: &str = "traceparent";

/// Creates an id for a new entity. Time and randomness enter at the edge; the domain takes both as arguments.
pub(crate) fn new_id<T: NewId>(now: Timestamp) -> T {
    // Times before 1970 do not occur; an id of time zero would still be unique.
    T::from_parts(u64::try_from(now.as_millisecond()).unwrap_or_default(), rand::random())
}

#[cfg(test)]
mod tests {
    use domain::events::{ProductEvent, ReservationLost};
    use domain::words::id::OrderId;
    use http::HeaderValue;

    use super::*;

    const TRACEPARENT: &str = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";

    fn headers() -> HeaderMap {
        [(CORRELATION_HEADER, "JKJaX-mPL_vH/cESH+A="), (TRACEPARENT_HEADER, TRACEPARENT)]
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_a_service_can_continue_a_cause() {
        assert_eq!(Cause::of_request(&headers(), "own", false), Cause::new("own"), "a client");
        let of_service = Cause::of_request(&headers(), "own", true);
        assert_eq!(of_service.correlation_id, "JKJaX-mPL_vH/cESH+A=");
        assert_eq!(of_service.trace.map(|trace| trace.traceparent()).as_deref(), Some(TRACEPARENT));
        assert_eq!(Cause::of_request(&HeaderMap::new(), "own", true), Cause::new("own"));
    }

    #[test]
    fn a_correlation_id_of_another_form_is_not_continued() {
        let long = "a".repeat(MAX_ID + 1);
        for bad in ["", "two words", "quote\"", "<b>", "ada@example.com", "line\u{2028}", &long] {
            let headers = HeaderMap::from_iter([(
                CORRELATION_HEADER.parse().unwrap(),
                HeaderValue::from_str(bad).unwrap(),
            )]);
            assert_eq!(Cause::of_request(&headers, "own", true).correlation_id, "own", "{bad:?}");
            let order_id = OrderId::from_parts(0, 1);
            let event = ProductEvent::ReservationLost(ReservationLost { order_id });
            let sent = Cause::new("r").envelope(event, Timestamp::UNIX_EPOCH);
            let envelope = Envelope { correlationid: bad.to_owned(), ..sent };
            assert_eq!(Cause::of_event(&envelope).correlation_id, envelope.id.to_string(), "{bad:?}");
        }
    }

    #[test]
    fn an_existing_trace_is_not_replaced() {
        let (first, second) = (TRACEPARENT.parse().ok(), TRACEPARENT.replace('5', "6").parse().ok());
        let cause = Cause::new("r").traced(first);
        assert_eq!(cause.trace, first);
        assert_eq!(cause.traced(second).trace, first);
    }
}
