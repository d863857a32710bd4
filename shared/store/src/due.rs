//! Rows that need processing by a certain time, spread over shards and found without a scan.
//!
//! Each row has one entry in an index, whose partition is one of a few shards and whose sort key begins with the time.
//! A row enters with the write that makes it due and leaves with the write that settles it.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::item::Item;
use crate::query::{Index, Query};
use crate::stored::Stored;
use crate::table::Table;

/// Maximum number of rows read per shard.
const PAGE: u8 = 100;

/// Partitions that rows are spread over by their id. A busy shop is then not limited to one partition's 1,000 writes
/// per second, and a sweep still reads each partition with one query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shards {
    prefix: &'static str,
    count: u8,
}

impl Shards {
    pub(crate) const fn new(prefix: &'static str, count: u8) -> Self {
        Self { prefix, count }
    }

    /// Returns the partition of the row with this id.
    pub(crate) fn of(self, id: &str) -> String {
        self.partition(id.bytes().last().unwrap_or_default() % self.count)
    }

    /// Returns the rows of all shards whose sort key is below `bound`, at most [`PAGE`] per shard.
    pub(crate) async fn below<T: DeserializeOwned>(
        self,
        table: &Table,
        index: Index,
        bound: &str,
    ) -> Result<Vec<Stored<T>>, Error> {
        let mut rows = Vec::new();
        for shard in 0..self.count {
            let query = Query::new(index, self.partition(shard)).below(bound).limit(PAGE);
            rows.extend(table.query(&query).await?.items);
        }
        Ok(rows)
    }

    fn partition(self, shard: u8) -> String {
        format!("{}#{shard}", self.prefix)
    }
}

/// An index of due rows.
#[derive(Debug, Clone, Copy)]
pub struct DueIndex {
    number: u8,
    shards: Shards,
    by_minute: bool,
}

impl DueIndex {
    /// Creates the index `gsi<number>`, with partitions `<prefix>#<shard>`.
    #[must_use]
    pub const fn new(number: u8, prefix: &'static str) -> Self {
        Self { number, shards: Shards::new(prefix, 4), by_minute: false }
    }

    /// Truncates times to the minute, for rows that change several times within a minute: an unchanged index entry is
    /// not written.
    #[must_use]
    pub const fn by_minute(self) -> Self {
        Self { by_minute: true, ..self }
    }

    /// Adds the index entry of a row that is due at `at`.
    #[must_use]
    pub fn enter(self, item: Item, id: &str, at: Timestamp) -> Item {
        item.indexed(self.number, self.shards.of(id), format!("{}#{id}", self.time(at)))
    }

    /// Returns the rows due by `now` as of the index's last update, at most 100 per shard. With times truncated to the
    /// minute, returns the rows due before the minute of `now`.
    ///
    /// # Errors
    /// If the table is unavailable, or a row does not decode.
    pub async fn due<T: DeserializeOwned>(self, table: &Table, now: Timestamp) -> Result<Vec<T>, Error> {
        // `~` sorts after every id.
        let bound = if self.by_minute { self.time(now) } else { format!("{}#~", self.time(now)) };
        let rows = self.shards.below(table, Index::Gsi(self.number), &bound).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// Always includes milliseconds, so that the strings sort chronologically.
    fn time(self, at: Timestamp) -> String {
        if self.by_minute { at.strftime("%Y-%m-%dT%H:%MZ").to_string() } else { format!("{at:.3}") }
    }
}
