//! Rows of the payments table for what the payment gateway reports.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | gateway_event | `STRIPE#<event>` | `STRIPE` | that the event was received, for longer than Stripe sends it again |

use domain::payments::GatewayId;
use domain::words::id::PaymentId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

/// Stripe sends an event again for three days by itself, and for thirty when somebody asks for it.
const KEPT: SignedDuration = SignedDuration::from_hours(40 * 24);

/// An event that was received and passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceivedEvent {
    /// Stripe's id of it.
    pub event_id: GatewayId,
    /// Its type.
    pub kind: String,
    /// The payment that it is about, if it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// When it was received first.
    pub received_at: Timestamp,
}

/// The record of an event.
#[derive(Debug)]
pub struct ReceivedEventRow;

impl Row for ReceivedEventRow {
    type Value = ReceivedEvent;
    const KIND: &'static str = "gateway_event";

    fn key(event: &ReceivedEvent) -> Key {
        key(&event.event_id)
    }

    fn place(event: &ReceivedEvent, item: Item) -> Item {
        item.expires(event.received_at + KEPT)
    }
}

/// Returns an event's key.
#[must_use]
pub fn key(event: &GatewayId) -> Key {
    Key::new(format!("STRIPE#{event}"), "STRIPE")
}
