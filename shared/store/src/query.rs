//! Lists: one partition of the table or of an index, a page at a time. There are no scans.

use std::str::FromStr;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::item::{PK, SK};

/// What a list is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// The table itself; strongly consistent.
    Table,
    /// The global secondary index `gsi<n>`; eventually consistent.
    Gsi(u8),
}

impl Index {
    pub(crate) fn name(self) -> Option<String> {
        match self {
            Self::Table => None,
            Self::Gsi(number) => Some(format!("gsi{number}")),
        }
    }

    pub(crate) fn partition_attribute(self) -> String {
        match self {
            Self::Table => PK.to_owned(),
            Self::Gsi(number) => format!("gsi{number}pk"),
        }
    }

    pub(crate) fn sort_attribute(self) -> String {
        match self {
            Self::Table => SK.to_owned(),
            Self::Gsi(number) => format!("gsi{number}sk"),
        }
    }

    pub(crate) fn position_attributes(self) -> Vec<String> {
        match self {
            Self::Table => vec![SK.to_owned()],
            Self::Gsi(_) => vec![PK.to_owned(), SK.to_owned(), self.sort_attribute()],
        }
    }
}

/// A list to be read.
#[derive(Debug, Clone)]
pub struct Query {
    pub(crate) index: Index,
    pub(crate) partition: String,
    pub(crate) below: Option<String>,
    pub(crate) ascending: bool,
    pub(crate) limit: i32,
    pub(crate) after: Option<Cursor>,
}

impl Query {
    /// The rows of one partition, in ascending order of their sort key, 20 a page.
    pub fn new(index: Index, partition: impl Into<String>) -> Self {
        Self { index, partition: partition.into(), below: None, ascending: true, limit: 20, after: None }
    }

    /// Only rows whose sort key is less than `bound`.
    #[must_use]
    pub fn below(self, bound: impl Into<String>) -> Self {
        Self { below: Some(bound.into()), ..self }
    }

    /// In descending order.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { ascending: false, ..self }
    }

    /// At most so many rows a page.
    #[must_use]
    pub fn limit(self, limit: u8) -> Self {
        Self { limit: i32::from(limit), ..self }
    }

    /// Goes on where a page ended.
    ///
    /// # Errors
    /// [`Error::BadCursor`] when it is not a cursor.
    pub fn after(self, cursor: Option<&str>) -> Result<Self, Error> {
        Ok(Self { after: cursor.map(Cursor::from_str).transpose()?, ..self })
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end of the list.
    pub next: Option<Cursor>,
}
