//! The record of a mail about an event. A delivery claims it before it sends the mail, so that the mail is sent once.
//!
//! Mail cannot be sent in a transaction. A process that dies between sending and recording leaves a claim behind, and
//! so does one that never learns whether the mail was sent. A claim expires when the delivery that made it has
//! certainly ended. Then another delivery sends the mail again. This is the only possible duplicate.

use domain::words::id::{EventId, OrderId};
use edge::queue::Delivery;
use edge::timeouts::CLOCK_SKEW;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::mails::mail::{Kind, Mail};
use crate::mails::recipient::Recipient;

/// Retention of the record.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The state of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Claimed by a delivery that is sending it.
    Sending,
    /// Sent.
    Sent,
    /// The account no longer exists, or SES does not accept its address.
    Undeliverable,
    /// Not sent, because a mail about a later event of the order was sent before.
    Overtaken,
    /// Not sent, because earlier mails to the address bounced or were unwanted.
    Suppressed,
    /// Sent and not delivered.
    Bounced,
    /// Sent, and reported as unwanted by its recipient.
    Complained,
    /// A state of a newer version. This version leaves the notification unchanged.
    #[serde(other)]
    Unknown,
}

/// The record of a mail about an event. Contains neither the address nor the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// The event.
    pub event_id: EventId,
    /// The recipient.
    #[serde(flatten)]
    pub to: Recipient,
    /// The order among whose mails it has a turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The kind of mail.
    pub kind: RecordedKind,
    /// The notification's status.
    pub status: Status,
    /// End of the claim, while the mail is being sent.
    pub claimed_until: Timestamp,
    /// SES's id of the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// First claim.
    pub created_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
}

/// The kind of mail as recorded, possibly by a newer version.
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
    /// It was sent, or cannot be sent.
    Done,
    /// Another delivery is sending it.
    Claimed,
    /// The delivery that claimed it has failed.
    Free,
    /// Its state is of a newer version.
    Unknown,
}

/// When a mail may be sent, with regard to the other mails about its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// At once.
    Now,
    /// Once a mail about an earlier event, which is being sent, has been sent.
    Later,
    /// Not at all: a mail about a later event has been sent or is being sent.
    Never,
}

impl Notification {
    /// Claims a new notification for a delivery of its event.
    #[must_use]
    pub fn claim(delivery: &Delivery, mail: &Mail) -> Self {
        Self {
            event_id: delivery.envelope.id,
            to: mail.to,
            order_id: mail.order_id(),
            kind: RecordedKind::Known(mail.kind),
            status: Status::Sending,
            claimed_until: delivery.deadline + CLOCK_SKEW,
            message_id: None,
            created_at: delivery.now,
            updated_at: delivery.now,
        }
    }

    /// Returns whether it may be sent.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match self.status {
            Status::Sent
            | Status::Undeliverable
            | Status::Overtaken
            | Status::Suppressed
            | Status::Bounced
            | Status::Complained => Standing::Done,
            Status::Sending if now < self.claimed_until => Standing::Claimed,
            Status::Sending => Standing::Free,
            Status::Unknown => Standing::Unknown,
        }
    }

    /// Claims it again after the delivery that held the claim has failed.
    #[must_use]
    pub fn claimed_again(&self, delivery: &Delivery) -> Self {
        Self { claimed_until: delivery.deadline + CLOCK_SKEW, updated_at: delivery.now, ..self.clone() }
    }

    /// Releases the claim. The mail was certainly not sent. No delivery takes it for claimed any more, not even one that began
    /// before the release, and whose clock is the time at which it began.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> Self {
        Self { claimed_until: Timestamp::UNIX_EPOCH, updated_at: now, ..self.clone() }
    }

    /// Records that the mail was sent.
    #[must_use]
    pub fn sent(&self, message_id: String, now: Timestamp) -> Self {
        Self { status: Status::Sent, message_id: Some(message_id), updated_at: now, ..self.clone() }
    }

    /// Records that it is not sent, for the reason that `status` gives.
    #[must_use]
    pub fn unsent(&self, status: Status, now: Timestamp) -> Self {
        Self { status, updated_at: now, ..self.clone() }
    }

    /// Records that the mail was not delivered; `None` if there is nothing to record. It was sent, even if the delivery that
    /// sent it has not recorded that.
    #[must_use]
    pub fn bounced(&self, now: Timestamp) -> Option<Self> {
        let is_news = !matches!(self.status, Status::Bounced | Status::Complained);
        is_news.then(|| Self { status: Status::Bounced, updated_at: now, ..self.clone() })
    }

    /// Records that its recipient has reported the mail as unwanted; `None` if that is recorded already.
    #[must_use]
    pub fn complained(&self, now: Timestamp) -> Option<Self> {
        let is_news = self.status != Status::Complained;
        is_news.then(|| Self { status: Status::Complained, updated_at: now, ..self.clone() })
    }

    /// Returns when this notification, of another event of the same order, lets the mail of `kind` about `event` be sent.
    ///
    /// Of two mails that have both been claimed, each must yield to the other at most once, and not both for good: that of the
    /// later stage waits, the other is not sent. Two of one kind are told apart by their events.
    #[must_use]
    pub fn turn_of(&self, (event, kind): (EventId, Kind), now: Timestamp) -> Turn {
        let RecordedKind::Known(other) = self.kind else { return Turn::Now };
        let is_being_sent = self.standing(now) == Standing::Claimed;
        let is_told = is_being_sent || matches!(self.status, Status::Sent | Status::Complained);
        let waits = other.is_overtaken_by(kind) && (other != kind || event > self.event_id);
        if is_being_sent && waits {
            Turn::Later
        } else if is_told && kind.is_overtaken_by(other) {
            Turn::Never
        } else {
            Turn::Now
        }
    }

    /// Returns when the record expires.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        self.created_at + KEPT
    }
}
