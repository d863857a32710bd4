//! Lists: one partition of the table or of an index, in pages. There are no scans.

use std::str::FromStr;

use crate::cursor::Cursor;
use crate::error::Error;
use crate::item::{PK, SK};

/// The source of a list.
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

/// Which rows of a partition to select, by their sort keys.
#[derive(Debug, Clone)]
pub(crate) enum Sort {
    All,
    Below(String),
    Prefix(String),
}

/// A query for a list.
#[derive(Debug, Clone)]
pub struct Query {
    pub(crate) index: Index,
    pub(crate) partition: String,
    pub(crate) sort: Sort,
    pub(crate) ascending: bool,
    pub(crate) limit: usize,
    pub(crate) after: Option<Cursor>,
}

impl Query {
    /// Selects the rows of one partition, in ascending order of their sort key, 20 per page.
    pub fn new(index: Index, partition: impl Into<String>) -> Self {
        Self { index, partition: partition.into(), sort: Sort::All, ascending: true, limit: 20, after: None }
    }

    /// Selects only rows whose sort key is less than `bound`.
    #[must_use]
    pub fn below(self, bound: impl Into<String>) -> Self {
        Self { sort: Sort::Below(bound.into()), ..self }
    }

    /// Selects only rows whose sort key begins with `prefix`.
    #[must_use]
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { sort: Sort::Prefix(prefix.into()), ..self }
    }

    /// Sorts in descending order.
    #[must_use]
    pub fn descending(self) -> Self {
        Self { ascending: false, ..self }
    }

    /// Sets the maximum number of rows per page.
    #[must_use]
    pub fn limit(self, limit: u8) -> Self {
        Self { limit: usize::from(limit), ..self }
    }

    /// Continues after the page that `cursor` ends.
    ///
    /// # Errors
    /// [`Error::BadCursor`] if it is not a cursor of this list.
    pub fn after(self, cursor: Option<&str>) -> Result<Self, Error> {
        let checked = |text: &str| {
            let cursor = Cursor::from_str(text)?;
            cursor.start_key(self.index, &self.partition).map(|_| cursor)
        };
        Ok(Self { after: cursor.map(checked).transpose()?, ..self })
    }
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The start of the next page; `None` at the end of the list.
    pub next: Option<Cursor>,
}
