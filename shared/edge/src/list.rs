//! Paged lists.

use serde::{Deserialize, Serialize};
use store::{Page, Stored};

use crate::problem::Problem;
use crate::refusal::RequestRefusal;

const DEFAULT_LIMIT: u8 = 20;
const MAX_LIMIT: u8 = 100;

/// The requested part of a list; the whole query of a list without other parameters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Paging {
    /// The maximum number of items per page: 1 to 100, 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

impl Paging {
    /// Creates the paging from `limit` and `cursor`, for queries with more parameters.
    #[must_use]
    pub fn new(limit: Option<u8>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// Returns the maximum number of items per page: 1 to 100, 20 by default.
    ///
    /// # Errors
    /// 400 if it is out of range.
    pub fn limit(&self) -> Result<u8, Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if (1..=MAX_LIMIT).contains(&limit) {
            return Ok(limit);
        }
        Err(RequestRefusal::InvalidQuery(format!("limit must be 1 to {MAX_LIMIT}")).into())
    }

    /// Returns the start of the page.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ListOf{T}"))]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor for the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// Converts the items.
    #[must_use]
    pub fn map<U>(self, map: impl FnMut(T) -> U) -> List<U> {
        List { items: self.items.into_iter().map(map).collect(), next_cursor: self.next_cursor }
    }
}

impl<T> From<Page<Stored<T>>> for List<T> {
    fn from(page: Page<Stored<T>>) -> Self {
        Self {
            items: page.items.into_iter().map(|row| row.value).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }
}
