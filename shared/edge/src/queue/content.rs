//! What the messages of a queue contain.

use std::borrow::Cow;

use domain::events::{Envelope, Event};
use domain::words::id::EventId;
use serde::de::DeserializeOwned;

use crate::cause::Cause;

/// What the messages of a queue contain: the shop's events, or those of another sender, such as SES. A consumer's type of
/// delivery says which.
pub trait Content: DeserializeOwned + Send + Sync + 'static {
    /// Reads an event from a message's body.
    ///
    /// # Errors
    /// If it is not JSON, or not an event.
    fn parse(body: &str) -> serde_json::Result<Self> {
        serde_json::from_str(body)
    }

    /// Returns the chain of what has caused the event.
    fn cause(&self) -> Cause;

    /// Returns what the event is called in logs.
    fn name(&self) -> Name;

    /// Returns the id by which a consumer marks the event as handled. The operation recognises an event without one by its
    /// effects.
    fn event_id(&self) -> Option<EventId> {
        None
    }

    /// Returns whether this version knows the event's type.
    fn is_known(&self) -> bool {
        true
    }
}

/// What an event is called in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its id.
    pub event_id: String,
    /// Its type.
    pub event_type: Cow<'static, str>,
    /// What it is about.
    pub subject: Option<String>,
}

impl Name {
    pub(super) fn log_handled(&self) {
        let Self { event_id, event_type, subject } = self;
        tracing::info!(event_id, event_type = &**event_type, subject, "handled");
    }
}

impl Content for Envelope {
    fn cause(&self) -> Cause {
        Cause::of_event(self)
    }

    fn name(&self) -> Name {
        Name {
            event_id: self.id.to_string(),
            event_type: self.event.name().to_owned().into(),
            subject: Some(self.subject.clone()),
        }
    }

    fn event_id(&self) -> Option<EventId> {
        Some(self.id)
    }

    fn is_known(&self) -> bool {
        !matches!(self.event, Event::Unknown(_))
    }
}
