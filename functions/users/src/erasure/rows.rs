//! Rows of the users table for accounts that were erased.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | erased | `USER#<user>` | `ERASED` | when, and nothing about the person |
//!
//! An account that is to be erased has an entry in gsi1, `ERASURES#<shard>`, instead of that of the staff.

use domain::users::erasure::Erased;
use domain::words::id::UserId;
use serde::Deserialize;
use store::{DueIndex, Key, Row};

/// Index of accounts by the time at which they are erased.
pub(crate) const ERASURES: DueIndex = DueIndex::new(1, "ERASURES");

/// An account that was erased.
#[derive(Debug)]
pub struct ErasedRow;

impl Row for ErasedRow {
    type Value = Erased;
    const KIND: &'static str = "erased";

    fn key(erased: &Erased) -> Key {
        erased_key(erased.user_id)
    }
}

/// What the index holds of an account that is to be erased.
#[derive(Debug, Deserialize)]
pub struct DueErasure {
    /// The account.
    pub user_id: UserId,
}

/// Returns the key of what is left of an account.
#[must_use]
pub fn erased_key(id: UserId) -> Key {
    Key::new(format!("USER#{id}"), "ERASED")
}
