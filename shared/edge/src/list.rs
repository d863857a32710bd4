//! Lists: a page at a time.

use serde::{Deserialize, Serialize};
use store::{Page, Stored};

use crate::call::Call;
use crate::problem::Problem;
use crate::refusal::RequestRefusal;

const DEFAULT_LIMIT: u8 = 20;
const MAX_LIMIT: u8 = 100;

/// What part of a list is asked for; the whole query of a list that takes nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// The most items of the page: 1 to 100, and 20 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u8>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Paging {
    /// Reads a list's query of `limit` and `cursor`.
    ///
    /// # Errors
    /// 400 when it holds anything else.
    pub fn of<B, W>(call: &Call<B, W>) -> Result<Self, Problem> {
        call.query()
    }

    /// The page that `limit` and `cursor` name, for queries that take more than these two.
    #[must_use]
    pub fn new(limit: Option<u8>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// Most items of a page: 1 to 100, 20 by default.
    ///
    /// # Errors
    /// 400 when it is out of range.
    pub fn limit(&self) -> Result<u8, Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if (1..=MAX_LIMIT).contains(&limit) {
            return Ok(limit);
        }
        Err(RequestRefusal::InvalidQuery(format!("limit must be 1 to {MAX_LIMIT}")).into())
    }

    /// Where the page begins.
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
    /// What to ask for the next page with; not there at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> From<Page<Stored<T>>> for List<T> {
    fn from(page: Page<Stored<T>>) -> Self {
        Self {
            items: page.items.into_iter().map(|row| row.value).collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        }
    }
}
