//! A row: its key, its index entries, and a serialised value.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::stored::Stored;

pub(crate) type Attributes = HashMap<String, AttributeValue>;

pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
pub(crate) const VERSION: &str = "version";
/// The table's TTL attribute; seconds since the Unix epoch.
pub(crate) const TTL: &str = "expires_at";
pub(crate) const ROW: &str = "row";
/// The token of the write that wrote the row, if it wrote only this row.
pub(crate) const WRITE: &str = "write";
/// How often a due row has failed to be processed since it was last written.
pub(crate) const FAILURES: &str = "failures";
/// When it first failed.
pub(crate) const FAILING_SINCE: &str = "failing_since";

/// A row's primary key. Created in a service's `rows` modules, from typed ids only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    /// Creates a key from a partition key and a sort key.
    #[must_use]
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    pub(crate) fn attributes(&self) -> Attributes {
        HashMap::from([(PK.to_owned(), text(&self.pk)), (SK.to_owned(), text(&self.sk))])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.pk, self.sk)
    }
}

/// A row to write.
#[derive(Debug)]
pub struct Item {
    pub(crate) attributes: Result<Attributes, Error>,
}

impl Item {
    /// Creates a row of `kind` (a label for people who read the table) that holds `value` at `key`.
    ///
    /// The value's fields are top-level attributes, so conditions and updates can name them. They must not be called
    /// like the attributes that the store itself keeps: `pk`, `sk`, `gsi…`, `row`, `version`, `expires_at`, `write`,
    /// `request`, `failures`, `failing_since`.
    pub fn new(key: Key, kind: &'static str, value: &impl Serialize) -> Self {
        match serde_dynamo::to_item(value) {
            Ok(attributes) => Self::of(key, kind, attributes),
            Err(error) => Self { attributes: Err(Error::Encode(error)) },
        }
    }

    pub(crate) fn of(key: Key, kind: &'static str, mut attributes: Attributes) -> Self {
        attributes.extend(key.attributes());
        attributes.insert(ROW.to_owned(), text(kind));
        Self { attributes: Ok(attributes) }
    }

    /// Adds the row to the index `gsi<number>`.
    #[must_use]
    pub fn indexed(self, number: u8, partition: impl Into<String>, sort: impl Into<String>) -> Self {
        self.with(format!("gsi{number}pk"), text(partition)).with(format!("gsi{number}sk"), text(sort))
    }

    /// Allows DynamoDB to delete the row some time after `at`.
    #[must_use]
    pub fn expires(self, at: Timestamp) -> Self {
        self.with(TTL.to_owned(), number(at.as_second()))
    }

    pub(crate) fn with(mut self, name: String, value: AttributeValue) -> Self {
        if let Ok(attributes) = &mut self.attributes {
            attributes.insert(name, value);
        }
        self
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns a row without the store's own attributes; index entries and TTL are written anew with each write.
pub(crate) fn own_removed(attributes: &Attributes) -> Attributes {
    let is_own = |name: &str| {
        matches!(name, PK | SK | VERSION | TTL | ROW | WRITE | FAILURES | FAILING_SINCE)
            || name.starts_with("gsi")
    };
    attributes
        .iter()
        .filter(|(name, _)| !is_own(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Decodes a row. Every error names the row and the field.
pub(crate) fn decode<T: DeserializeOwned>(attributes: Attributes) -> Result<Stored<T>, Error> {
    let name = |attribute: &str| {
        attributes.get(attribute).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
    };
    let key = format!("{}|{}", name(PK), name(SK));
    let version = match attributes.get(VERSION) {
        None => 0,
        Some(value) => {
            value.as_n().ok().and_then(|number| number.parse().ok()).ok_or_else(|| Error::Corrupt {
                key: key.clone(),
                field: VERSION.to_owned(),
                source: "not a whole number".into(),
            })?
        }
    };
    let item = serde_dynamo::AttributeValue::M(
        attributes
            .iter()
            .map(|(name, value)| (name.clone(), serde_dynamo::AttributeValue::from(value.clone())))
            .collect(),
    );
    let value = serde_path_to_error::deserialize(serde_dynamo::Deserializer::from_attribute_value(item))
        .map_err(|error| Error::Corrupt {
            key,
            field: error.path().to_string(),
            source: Box::new(error.into_inner()),
        })?;
    Ok(Stored { value, version, attributes })
}
