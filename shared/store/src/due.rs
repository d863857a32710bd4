//! What is due: rows that something has to be done about by a time, spread over shards and found without a scan.
//!
//! One entry a row in an index, whose partition is one of a few shards and whose sort key begins with the time. A row enters with
//! the write that makes it due and leaves with the one that settles it.

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::item::Item;
use crate::query::{Index, Query};
use crate::stored::Stored;
use crate::table::Table;

/// The most rows that are read of one shard.
const PAGE: u8 = 100;

/// Partitions that rows are spread over by their id, so that a busy shop is not held up by one partition's 1,000 writes a second,
/// and a sweep still reads each with one query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shards {
    prefix: &'static str,
    count: u8,
}

impl Shards {
    pub(crate) const fn new(prefix: &'static str, count: u8) -> Self {
        Self { prefix, count }
    }

    /// The partition that the row of an id is in.
    pub(crate) fn of(self, id: &str) -> String {
        self.partition(id.bytes().last().unwrap_or_default() % self.count)
    }

    /// The rows of all shards whose sort key is below `bound`, at most [`PAGE`] of each.
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

/// An index of what is due.
#[derive(Debug, Clone, Copy)]
pub struct DueIndex {
    number: u8,
    shards: Shards,
    by_minute: bool,
}

impl DueIndex {
    /// The index `gsi<number>`, with partitions `<prefix>#<shard>`.
    #[must_use]
    pub const fn new(number: u8, prefix: &'static str) -> Self {
        Self { number, shards: Shards::new(prefix, 4), by_minute: false }
    }

    /// With times cut to the minute, for rows that change several times within one: an index entry that does not change is not
    /// written.
    #[must_use]
    pub const fn by_minute(self) -> Self {
        Self { by_minute: true, ..self }
    }

    /// Enters a row that is due at a time.
    #[must_use]
    pub fn enter(self, item: Item, id: &str, at: Timestamp) -> Item {
        item.indexed(self.number, self.shards.of(id), format!("{}#{id}", self.time(at)))
    }

    /// What was due by `now` when the index was last updated, at most 100 rows a shard. With times cut to the minute, what was
    /// due before the minute of `now`.
    ///
    /// # Errors
    /// When the table is unavailable, or a row does not decode.
    pub async fn due<T: DeserializeOwned>(self, table: &Table, now: Timestamp) -> Result<Vec<T>, Error> {
        // `~` sorts behind every id.
        let bound = if self.by_minute { self.time(now) } else { format!("{}#~", self.time(now)) };
        let rows = self.shards.below(table, Index::Gsi(self.number), &bound).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// Milliseconds are always written, so that texts sort like times.
    fn time(self, at: Timestamp) -> String {
        if self.by_minute { at.strftime("%Y-%m-%dT%H:%MZ").to_string() } else { format!("{at:.3}") }
    }
}
