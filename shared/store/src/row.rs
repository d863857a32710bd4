//! What a service stores: types of rows, and where each has its place.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::item::{Item, Key};

/// A type of row. A service implements it in its `rows` modules, once for each type of row that it writes.
pub trait Row: Send + Sync + 'static {
    /// What the row holds.
    type Value: Serialize + DeserializeOwned + Clone + Send + Sync + 'static;

    /// What it is, for a person who reads the table: the attribute `row`.
    const KIND: &'static str;

    /// Its key.
    fn key(value: &Self::Value) -> Key;

    /// Its entries in indexes, and when it expires.
    #[must_use]
    fn place(_: &Self::Value, item: Item) -> Item {
        item
    }

    /// Whether this version knows the state that the row is in. It can be shown if not, but not changed.
    fn is_understood(_: &Self::Value) -> bool {
        true
    }
}

/// A row of type `R` that holds `value`.
pub(crate) fn item<R: Row>(value: &R::Value) -> Item {
    R::place(value, Item::new(R::key(value), R::KIND, value))
}
