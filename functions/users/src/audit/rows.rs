//! Rows of the users table for the record of what the staff do.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | audit | `AUDIT#<year>-<month>` | `<event>` | an entry, among those of its month in UTC |
//! | audit_by_actor | `AUDIT#ACTOR#<user>` | `<event>` | the same entry, among those of the person |
//! | audit_by_subject | `AUDIT#SUBJECT#<subject>` | `<event>` | the same entry, among those of what was changed |
//!
//! Ids of events sort by time, so each list is a partition as it is. Entries never change, so their copies do not differ.

use domain::audit::{Entry, Month};
use domain::words::act::Subject;
use domain::words::id::UserId;
use store::{Item, Key, Row};

/// A list of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// Those of a month.
    Month(Month),
    /// Those of what a person has done.
    Actor(UserId),
    /// Those of what was done to something.
    Subject(Subject),
}

impl Listed {
    /// Returns the list's partition of the table.
    #[must_use]
    pub fn partition(&self) -> String {
        match self {
            Self::Month(month) => format!("AUDIT#{month}"),
            Self::Actor(actor) => format!("AUDIT#ACTOR#{actor}"),
            Self::Subject(subject) => format!("AUDIT#SUBJECT#{subject}"),
        }
    }

    fn key(&self, entry: &Entry) -> Key {
        Key::new(self.partition(), entry.event_id.to_string())
    }
}

/// Implements [`Row`] for an entry in one of its lists. It reads like an implementation, so that a search for those finds it.
macro_rules! listed {
    ($($(#[$doc:meta])* impl Row for $row:ident { $kind:literal, |$entry:ident| $list:expr })+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $row;

        impl Row for $row {
            type Value = Entry;
            const KIND: &'static str = $kind;

            fn key($entry: &Entry) -> Key {
                $list.key($entry)
            }

            fn place(entry: &Entry, item: Item) -> Item {
                item.expires(entry.expires_at())
            }
        }
    )+};
}
listed! {
    /// An entry among those of its month.
    impl Row for AuditRow { "audit", |entry| Listed::Month(Month::of(entry.at)) }
    /// An entry among those of the person.
    impl Row for AuditByActorRow { "audit_by_actor", |entry| Listed::Actor(entry.actor) }
    /// An entry among those of what was changed.
    impl Row for AuditBySubjectRow { "audit_by_subject", |entry| Listed::Subject(entry.subject.clone()) }
}
