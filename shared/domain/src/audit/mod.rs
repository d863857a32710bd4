//! The record of what the people who work in the shop have done.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::events::{Envelope, Event, NotHandled, StaffActed, StaffEvent};
use crate::words::act::{Action, Subject};
use crate::words::id::{EventId, UserId};

pub use crate::words::calendar::Month;

/// How long an entry is kept: ten years, three of which at most are leap years.
pub const KEPT: SignedDuration = SignedDuration::from_hours((10 * 365 + 3) * 24);

/// What somebody who works in the shop has done. It is written once and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "AuditEntry"))]
pub struct Entry {
    /// The event that reported it. Ids of events sort by time.
    pub event_id: EventId,
    /// When it was done.
    pub at: Timestamp,
    /// Who has done it.
    pub actor: UserId,
    /// The operation.
    pub action: Action,
    /// What was changed.
    pub subject: Subject,
}

impl Entry {
    /// Creates the entry of an event.
    ///
    /// # Errors
    /// If the event is not about the staff.
    pub fn of(envelope: &Envelope) -> Result<Self, NotHandled> {
        let StaffActed { actor, action, subject } = StaffActed::try_from(&envelope.event)?;
        Ok(Self { event_id: envelope.id, at: envelope.time, actor, action, subject })
    }

    /// Returns when the entry is kept no longer.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.at.saturating_add(KEPT).unwrap_or(Timestamp::MAX)
    }
}

impl TryFrom<&Event> for StaffActed {
    type Error = NotHandled;

    fn try_from(event: &Event) -> Result<Self, NotHandled> {
        match event {
            Event::Staff(StaffEvent::Acted(acted)) => Ok(acted.clone()),
            Event::User(_) | Event::Product(_) | Event::Order(_) | Event::Payment(_) | Event::Unknown(_) => {
                Err(event.not_handled())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{PasswordChanged, UserEvent};

    #[test]
    fn only_events_about_the_staff_are_recorded() {
        let user_id = UserId::from_parts(0, 1);
        let acted = StaffActed { actor: user_id, action: Action::of("put-staff"), subject: user_id.into() };
        assert_eq!(StaffActed::try_from(&Event::Staff(StaffEvent::Acted(acted.clone()))), Ok(acted));
        let other = Event::User(UserEvent::PasswordChanged(PasswordChanged { user_id }));
        assert_eq!(StaffActed::try_from(&other).unwrap_err().name, "bodega.user.password_changed.v1");
    }

    #[test]
    fn an_entry_is_kept_for_ten_years() {
        let user_id = UserId::from_parts(0, 1);
        let entry = |at: &str| Entry {
            event_id: EventId::from_parts(0, 1),
            at: at.parse().unwrap(),
            actor: user_id,
            action: Action::of("put-staff"),
            subject: user_id.into(),
        };
        for (at, until) in [
            ("2026-11-23T10:00:00Z", "2036-11-23T10:00:00Z"),
            ("2027-11-23T10:00:00Z", "2037-11-23T10:00:00Z"),
        ] {
            let until: Timestamp = until.parse().unwrap();
            assert!(
                (until..=until + SignedDuration::from_hours(24)).contains(&entry(at).expires_at()),
                "{at}"
            );
        }
        assert_eq!(entry("9999-12-01T00:00:00Z").expires_at(), Timestamp::MAX);
    }
}
