//! A row as read.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::Error;
use crate::idempotency::RequestHash;
use crate::item::{Attributes, TTL};

/// A row as read: its value, its version, and the data that this version of the code does not know.
#[derive(Clone)]
pub struct Stored<T> {
    /// The value.
    pub value: T,
    /// The version: 1 when inserted, incremented at each replacement, 0 for rows that are only updated.
    pub version: u64,
    pub(crate) attributes: Attributes,
}

impl<T> Stored<T> {
    /// Creates a row that holds exactly `value`, for tests.
    pub fn new(value: T, version: u64) -> Self {
        Self { value, version, attributes: Attributes::new() }
    }

    /// Returns whether the row has expired by `now`. DynamoDB may not delete it until days later.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        let expires_at = self.attributes.get(TTL).map(AttributeValue::as_n);
        let expires_at = expires_at.and_then(Result::ok).and_then(|seconds| seconds.parse::<i64>().ok());
        expires_at.is_some_and(|seconds| seconds <= now.as_second())
    }

    /// Converts the value, keeping the row.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Stored<U> {
        Stored { value: map(self.value), version: self.version, attributes: self.attributes }
    }

    /// Checks that a request equals the request that created this row.
    ///
    /// # Errors
    /// [`Error::KeyReused`] if it differs.
    pub fn is_of(&self, request: &impl Serialize) -> Result<(), Error> {
        let hash = RequestHash::of(request)?;
        if RequestHash::in_row(&self.attributes) == Some(hash) { Ok(()) } else { Err(Error::KeyReused) }
    }
}

impl<T: PartialEq> PartialEq for Stored<T> {
    fn eq(&self, other: &Self) -> bool {
        (&self.value, self.version) == (&other.value, other.version)
    }
}

impl<T: fmt::Debug> fmt::Debug for Stored<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("value", &self.value).field("version", &self.version).finish()
    }
}
