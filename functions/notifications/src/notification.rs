//! The record of what a user was told of an event: who sends it claims it first, so that it is sent once.
//!
//! Mail cannot be sent in a transaction. Whoever dies between sending and recording leaves a claim behind, and so does who
//! never hears whether a mail was sent. A claim runs out when whoever holds it has certainly ended: then another sends the
//! mail again, which is the one duplicate that can happen.

use domain::id::{EventId, UserId};
use edge::queue::Delivery;
use edge::timeouts::CLOCK_SKEW;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mail::Kind;

/// How long the record is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Where a notification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Claimed by somebody who sends it.
    Sending,
    /// Sent.
    Sent,
    /// There is nobody to send it to any more.
    Undeliverable,
}

/// What a user was told of an event, without the address and without the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The event.
    pub event_id: EventId,
    /// Who was told.
    pub user_id: UserId,
    /// By what kind of mail.
    pub kind: Kind,
    /// Where it is.
    pub status: Status,
    /// Until when it is claimed, while it is being sent.
    pub claimed_until: Timestamp,
    /// SES's id of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// When it was first claimed.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whether a notification may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has been, or never can be.
    Done,
    /// Somebody else is sending it.
    Claimed,
    /// Whoever claimed it has failed.
    Free,
}

impl Notification {
    /// Claims a notification that nobody has touched, for a delivery of its event.
    #[must_use]
    pub fn claim(delivery: &Delivery, user_id: UserId, kind: Kind) -> Self {
        Self {
            event_id: delivery.envelope.id,
            user_id,
            kind,
            status: Status::Sending,
            claimed_until: delivery.deadline + CLOCK_SKEW,
            message_id: None,
            created_at: delivery.now,
            updated_at: delivery.now,
        }
    }

    /// Whether it may be sent.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.status {
            Status::Sent | Status::Undeliverable => Standing::Done,
            Status::Sending if now < self.claimed_until => Standing::Claimed,
            Status::Sending => Standing::Free,
        }
    }

    /// Claims it again, after whoever had it has failed.
    #[must_use]
    pub fn claimed_again(&self, delivery: &Delivery) -> Self {
        Self { claimed_until: delivery.deadline + CLOCK_SKEW, updated_at: delivery.now, ..self.clone() }
    }

    /// Gives the claim back: the mail was certainly not sent.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> Self {
        Self { claimed_until: now, updated_at: now, ..self.clone() }
    }

    /// It was sent.
    #[must_use]
    pub fn sent(&self, message_id: String, now: Timestamp) -> Self {
        Self { status: Status::Sent, message_id: Some(message_id), updated_at: now, ..self.clone() }
    }

    /// There is nobody to send it to any more.
    #[must_use]
    pub fn undeliverable(&self, now: Timestamp) -> Self {
        Self { status: Status::Undeliverable, updated_at: now, ..self.clone() }
    }

    /// When the record goes.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.created_at + KEPT
    }
}
