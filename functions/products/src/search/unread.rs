//! Rows that are read one by one: one that does not decode is counted, and hides no other.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A row that may not decode.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Readable<T> {
    /// It does.
    Read(T),
    /// It does not.
    Unread(IgnoredAny),
}

impl<T> Readable<T> {
    /// Returns the value, or counts the row.
    pub(super) fn or_count(self, unread: &mut u64) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unread(_) => {
                *unread += 1;
                None
            }
        }
    }
}
