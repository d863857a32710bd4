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
            correlation_id: text(CORRELATION_HEADER).unwrap_or(request_id).to_owned(),
            trace: text(TRACEPARENT_HEADER).and_then(|text| text.parse().ok()),
        }
    }

    /// Continues the chain of an event.
    #[must_use]
    pub fn of_event(envelope: &Envelope) -> Self {
        let trace = envelope.traceparent.as_deref().and_then(|text| text.parse().ok());
        Self { correlation_id: envelope.correlationid.clone(), trace }
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
    use super::*;

    const TRACEPARENT: &str = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01";

    fn headers() -> HeaderMap {
        [(CORRELATION_HEADER, "another's"), (TRACEPARENT_HEADER, TRACEPARENT)]
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_a_service_can_continue_a_cause() {
        assert_eq!(Cause::of_request(&headers(), "own", false), Cause::new("own"), "a client");
        let of_service = Cause::of_request(&headers(), "own", true);
        assert_eq!(of_service.correlation_id, "another's");
        assert_eq!(of_service.trace.map(|trace| trace.traceparent()).as_deref(), Some(TRACEPARENT));
        assert_eq!(Cause::of_request(&HeaderMap::new(), "own", true), Cause::new("own"));
    }

    #[test]
    fn an_existing_trace_is_not_replaced() {
        let (first, second) = (TRACEPARENT.parse().ok(), TRACEPARENT.replace('5', "6").parse().ok());
        let cause = Cause::new("r").traced(first);
        assert_eq!(cause.trace, first);
        assert_eq!(cause.traced(second).trace, first);
    }
}
