//! The record of a mail about an event. A delivery claims it before it sends the mail, so that the mail is sent once.
//!
//! Mail cannot be sent in a transaction. A process that dies between sending and recording leaves a claim behind, and so does one
//! that never learns whether the mail was sent. A claim expires when the delivery that made it has certainly ended. Then another
//! delivery sends the mail again, which is the only duplicate that can happen.

use domain::words::id::{EventId, UserId};
use edge::queue::Delivery;
use edge::timeouts::CLOCK_SKEW;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mails::mail::Kind;

/// How long the record is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The state of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Claimed by a delivery that sends it.
    Sending,
    /// Sent.
    Sent,
    /// The account is gone, so there is nobody to send it to.
    Undeliverable,
    /// A state that a newer version has written. This one leaves the notification to it.
    #[serde(other)]
    Unknown,
}

/// The record of a mail about an event, without its address and its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The event.
    pub event_id: EventId,
    /// The recipient.
    pub user_id: UserId,
    /// The kind of mail.
    pub kind: RecordedKind,
    /// Its state.
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

/// The kind of mail as it is recorded. It may be one that only a newer version sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RecordedKind {
    /// A kind that this version sends.
    Known(Kind),
    /// A kind of a newer version.
    Unknown(String),
}

/// Whether a notification may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has been, or never can be.
    Done,
    /// Another delivery is sending it.
    Claimed,
    /// The delivery that claimed it has failed.
    Free,
    /// Its state is known to a newer version only.
    Unknown,
}

impl Notification {
    /// Claims a new notification for a delivery of its event.
    #[must_use]
    pub fn claim(delivery: &Delivery, user_id: UserId, kind: Kind) -> Self {
        Self {
            event_id: delivery.envelope.id,
            user_id,
            kind: RecordedKind::Known(kind),
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
            Status::Unknown => Standing::Unknown,
        }
    }

    /// Claims it again, after the delivery that held it has failed.
    #[must_use]
    pub fn claimed_again(&self, delivery: &Delivery) -> Self {
        Self { claimed_until: delivery.deadline + CLOCK_SKEW, updated_at: delivery.now, ..self.clone() }
    }

    /// Releases the claim: the mail was certainly not sent.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> Self {
        Self { claimed_until: now, updated_at: now, ..self.clone() }
    }

    /// Records that it was sent.
    #[must_use]
    pub fn sent(&self, message_id: String, now: Timestamp) -> Self {
        Self { status: Status::Sent, message_id: Some(message_id), updated_at: now, ..self.clone() }
    }

    /// Records that there is nobody to send it to.
    #[must_use]
    pub fn undeliverable(&self, now: Timestamp) -> Self {
        Self { status: Status::Undeliverable, updated_at: now, ..self.clone() }
    }

    /// When the record expires.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.created_at + KEPT
    }
}
