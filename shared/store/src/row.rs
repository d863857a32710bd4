//! Row types: what a service stores, and where.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::item::{Item, Key};

/// A type of row. A service implements it in its `rows` modules, once per type of row that it writes.
pub trait Row: Send + Sync + 'static {
    /// The row's content.
    type Value: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// The value of the attribute `row`, for people who read the table.
    const KIND: &'static str;

    /// Returns the row's key.
    fn key(value: &Self::Value) -> Key;

    /// Adds the row's index entries and its expiry.
    #[must_use]
    fn place(_: &Self::Value, item: Item) -> Item {
        item
    }

    /// Returns whether this version knows the row's state. If not, the row can be shown but not changed.
    fn is_understood(_: &Self::Value) -> bool {
        true
    }
}

/// Creates a row of type `R` that holds `value`.
pub(crate) fn item<R: Row>(value: &R::Value) -> Item {
    R::place(value, Item::new(R::key(value), R::KIND, value))
}
