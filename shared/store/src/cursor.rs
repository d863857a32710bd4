//! List cursors: an opaque position inside the partition that the request itself names.
//!
//! A cursor holds the last key read, without its partition, which is added from the request. So a forged cursor can at
//! most skip rows of the list that the caller may read anyway, and needs no signature.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;
use crate::item::{Attributes, text};
use crate::query::Index;

/// Longer than any of our keys; DynamoDB limits sort keys to 1,024 bytes.
const MAX_LENGTH: usize = 2_000;

/// A position in a list. Clients return it unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(BTreeMap<String, String>);

impl Cursor {
    /// Creates the cursor to the rows after `last`, a row or its key.
    pub(crate) fn to(index: Index, last: &Attributes) -> Option<Self> {
        let position = index.position_attributes().into_iter().map(|name| {
            let value = last.get(&name)?.as_s().ok()?.clone();
            Some((name, value))
        });
        position.collect::<Option<_>>().map(Self)
    }

    pub(crate) fn start_key(&self, index: Index, partition: &str) -> Result<Attributes, Error> {
        let expected = index.position_attributes();
        let fits = self.0.len() == expected.len() && expected.iter().all(|name| self.0.contains_key(name));
        // DynamoDB rejects empty strings in keys.
        if !fits || self.0.values().any(String::is_empty) {
            return Err(Error::BadCursor);
        }
        let mut key: Attributes = self.0.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        key.insert(index.partition_attribute(), AttributeValue::S(partition.to_owned()));
        Ok(key)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(encoded: &str) -> Result<Self, Error> {
        if encoded.len() > MAX_LENGTH {
            return Err(Error::BadCursor);
        }
        let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Error::BadCursor)?;
        serde_json::from_slice(&json).map(Self).map_err(|_| Error::BadCursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_comes_from_the_request() {
        let last = Attributes::from([
            ("pk".to_owned(), text("ORDER#1")),
            ("sk".to_owned(), text("ORDER")),
            ("gsi1pk".to_owned(), text("USER#eve")),
            ("gsi1sk".to_owned(), text("2026")),
        ]);
        let cursor: Cursor = Cursor::to(Index::Gsi(1), &last).unwrap().to_string().parse().unwrap();
        let key = cursor.start_key(Index::Gsi(1), "USER#ada").unwrap();
        assert_eq!(key["gsi1pk"], text("USER#ada"));
        assert_eq!(key["gsi1sk"], text("2026"));
        assert!(
            matches!(cursor.start_key(Index::Table, "USER#ada"), Err(Error::BadCursor)),
            "of another list"
        );
    }

    #[test]
    fn one_altered_character_is_a_bad_cursor_or_another_position() {
        let last = Attributes::from([("pk".to_owned(), text("A")), ("sk".to_owned(), text("B"))]);
        let cursor = Cursor::to(Index::Table, &last).unwrap().to_string();
        for at in 0..cursor.len() {
            for with in ["A", "z", "_", "="] {
                let mut altered = cursor.clone();
                altered.replace_range(at..=at, with);
                if let Ok(cursor) = altered.parse::<Cursor>()
                    && let Ok(key) = cursor.start_key(Index::Table, "A")
                {
                    assert_eq!(key["pk"], text("A"));
                }
            }
        }
    }
}
