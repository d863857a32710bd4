//! The envelope around an event.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::Event;
use crate::words::id::EventId;

/// An event in its envelope (CloudEvents 1.0, JSON format, with the Distributed Tracing extension's `traceparent`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// CloudEvents' version: always `1.0`.
    pub specversion: SpecVersion,
    /// The event's id. Consumers use it to detect duplicates.
    pub id: EventId,
    /// The originating service: `/bodega/orders`; or `/bodega/staff`, whose events come from several.
    pub source: String,
    /// The id of the event's subject: an order, a user, a SKU.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// The media type of the data: always JSON.
    pub datacontenttype: ContentType,
    /// W3C Trace Context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The id of the first request in the causal chain.
    pub correlationid: String,
    /// `type` and `data`.
    #[serde(flatten)]
    pub event: Event,
}

/// CloudEvents' version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpecVersion {
    /// 1.0.
    #[default]
    #[serde(rename = "1.0")]
    V1,
}

/// The media type of the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentType {
    /// JSON.
    #[default]
    #[serde(rename = "application/json")]
    Json,
}
