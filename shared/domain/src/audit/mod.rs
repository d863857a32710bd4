//! The record of what the people who work in the shop have done.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::events::{Envelope, Event, NotHandled, StaffActed, StaffEvent};
use crate::words::act::{Action, Subject};
use crate::words::id::{EventId, UserId};

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

/// A calendar month in UTC: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Month(Date);

/// The text is not a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a month: expected a year and a month such as `2026-11`")]
pub struct InvalidMonth;

impl Month {
    /// Returns the month of a time.
    #[must_use]
    pub fn of(time: Timestamp) -> Self {
        Self(time.to_zoned(TimeZone::UTC).date().first_of_month())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Month {
    type Err = InvalidMonth;

    fn from_str(text: &str) -> Result<Self, InvalidMonth> {
        let month = format!("{text}-01").parse().map(Self).map_err(|_| InvalidMonth)?;
        // Each month has one spelling.
        if month.to_string() == text { Ok(month) } else { Err(InvalidMonth) }
    }
}

impl TryFrom<String> for Month {
    type Error = InvalidMonth;

    fn try_from(text: String) -> Result<Self, InvalidMonth> {
        text.parse()
    }
}

#[cfg(feature = "schema")]
crate::schema::text! {
    Month: "A calendar month in UTC.", { "examples": ["2026-11"], "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{PasswordChanged, UserEvent};

    #[test]
    fn a_month_has_one_spelling_and_is_that_of_utc() {
        for good in ["2026-11", "0001-01", "9999-12"] {
            assert_eq!(good.parse::<Month>().unwrap().to_string(), good);
        }
        for bad in
            ["", "2026", "2026-13", "2026-00", "202611", "2026-1", "-02026-11", "2026-11-01", "2026-11 "]
        {
            assert_eq!(bad.parse::<Month>(), Err(InvalidMonth), "{bad:?}");
        }
        let last_second: Timestamp = "2026-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(Month::of(last_second).to_string(), "2026-12");
        assert_eq!(Month::of(last_second + SignedDuration::from_secs(1)).to_string(), "2027-01");
    }

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
