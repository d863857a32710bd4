//! The record of what a user was told of an event: who sends it claims it first, so that it is sent once.
//!
//! Mail cannot be sent in a transaction. Whoever dies between sending and recording leaves a claim behind; when that has
//! run out, another sends the mail again, which is the one duplicate that can happen.

use domain::id::{EventId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mail::Kind;

/// How long a claim holds: longer than the function may run (10 s), so that nobody who holds it is still at work when it
/// runs out, and shorter than the queue's visibility timeout (60 s), so that it has when the message comes again.
const LEASE: SignedDuration = SignedDuration::from_secs(45);

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
    /// Claims a notification that nobody has touched.
    #[must_use]
    pub fn claim(event_id: EventId, user_id: UserId, kind: Kind, now: Timestamp) -> Self {
        Self {
            event_id,
            user_id,
            kind,
            status: Status::Sending,
            claimed_until: now + LEASE,
            message_id: None,
            created_at: now,
            updated_at: now,
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
    pub fn claimed_again(&self, now: Timestamp) -> Self {
        Self { claimed_until: now + LEASE, updated_at: now, ..self.clone() }
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
