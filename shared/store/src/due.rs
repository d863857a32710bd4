//! Rows that need processing by a certain time, spread over shards and found without a scan.
//!
//! Each row has one entry in an index, whose partition is one of a few shards and whose sort key begins with the time.
//! A row enters with the write that makes it due and leaves with the write that settles it.
//!
//! A row that fails again and again is set apart: its entry moves to another partition, where no sweep looks. It returns
//! with the next write of the row, or when an operator moves the entry back.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::Stream;
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::backlog::{Backlog, Raw};
use crate::error::Error;
use crate::item::{Attributes, FAILING_SINCE, FAILURES, Item, Key, PK, SK, decode, number, text};
use crate::query::{Index, Query};
use crate::table::Table;

/// The prefix of the partitions of rows that are set apart: `STUCK#OPEN#2`.
const STUCK: &str = "STUCK";

/// The number of failures after which a row is set apart, if it has also failed for [`FAILING_FOR`].
const MOST_FAILURES: u64 = 10;

/// How long a row must have failed to be set apart. Longer than an outage of a dependency, during which every row fails
/// and none is at fault.
const FAILING_FOR: SignedDuration = SignedDuration::from_hours(6);

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

    pub(crate) fn all(self) -> impl Iterator<Item = String> {
        (0..self.count).map(move |shard| self.partition(shard))
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

    /// Returns the rows due by `now` as of the index's last update. With times truncated to the minute, returns the
    /// rows due before the minute of `now`.
    pub async fn due<T: DeserializeOwned + Send + 'static>(
        self,
        table: &Table,
        now: Timestamp,
    ) -> DueRows<T> {
        // `~` sorts after every id.
        let bound = if self.by_minute { self.time(now) } else { format!("{}#~", self.time(now)) };
        let index = Index::Gsi(self.number);
        let queries = self.shards.all().map(|shard| Query::new(index, shard).below(&bound));
        let sort = index.sort_attribute();
        let time = |row: &Attributes| row.get(&sort)?.as_s().ok()?.split('#').next()?.parse().ok();
        let backlog = Backlog::read(table, queries, time, DueRow::of).await;
        DueRows { index: self, table: table.clone(), age: backlog.age(now), backlog }
    }

    /// Always includes milliseconds, so that the strings sort chronologically.
    fn time(self, at: Timestamp) -> String {
        if self.by_minute { at.strftime("%Y-%m-%dT%H:%MZ").to_string() } else { format!("{at:.3}") }
    }
}

fn stuck(partition: &str) -> String {
    format!("{STUCK}#{partition}")
}

/// Due rows, oldest first in each shard.
#[derive(Debug)]
#[must_use]
pub struct DueRows<T> {
    index: DueIndex,
    table: Table,
    age: u64,
    backlog: Backlog<DueRow<T>>,
}

impl<T: Send + 'static> DueRows<T> {
    /// Returns for how many seconds the oldest row has been due; 0 if there is none.
    #[must_use]
    pub fn age(&self) -> u64 {
        self.age
    }

    /// Returns how many rows are set apart.
    ///
    /// # Errors
    /// If the table is unavailable.
    pub async fn set_apart(&self) -> Result<u64, Error> {
        let index = Index::Gsi(self.index.number);
        let queries: Vec<Query> =
            self.index.shards.all().map(|shard| Query::new(index, stuck(&shard))).collect();
        let counts = try_join_all(queries.iter().map(|query| self.table.count(query))).await?;
        Ok(counts.into_iter().sum())
    }

    /// Returns the rows. An error means that a shard could not be read any further; the others continue.
    pub fn rows(self) -> impl Stream<Item = Result<DueRow<T>, Error>> {
        self.backlog.rows()
    }
}

/// A due row.
#[derive(Debug)]
pub struct DueRow<T> {
    /// What the index contains of it; an error if that does not decode.
    pub value: Result<T, Error>,
    /// Its entry in the index.
    pub entry: Entry,
}

/// The entry of a due row in its index.
#[derive(Debug)]
pub struct Entry {
    /// The row's key.
    pub key: Key,
    table: Table,
    index: Index,
    partition: AttributeValue,
    sort: Option<AttributeValue>,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The row stays due.
    Due,
    /// The row is set apart.
    SetApart,
    /// The row has changed since, so the failure does not count.
    Changed,
}

impl<T: DeserializeOwned> DueRow<T> {
    fn of(raw: Raw) -> Self {
        let Raw { table, query, attributes } = raw;
        let part =
            |name: &str| attributes.get(name).and_then(|value: &AttributeValue| value.as_s().ok()).cloned();
        let key = Key::new(part(PK).unwrap_or_default(), part(SK).unwrap_or_default());
        let sort = attributes.get(&query.index.sort_attribute()).cloned();
        let entry = Entry { key, table, index: query.index, partition: text(query.partition), sort };
        Self { value: decode(attributes).map(|row| row.value), entry }
    }
}

impl Entry {
    /// Counts a failure to process the row, which may not decode. A row that has failed ten times, for six hours, is
    /// set apart.
    ///
    /// # Errors
    /// If the table is unavailable.
    pub async fn count_failure(&self, now: Timestamp) -> Result<Counted, Error> {
        let Some(mut row) = self.table.get_attributes(&self.key).await? else { return Ok(Counted::Changed) };
        let partition = self.index.partition_attribute();
        let is_same = row.get(&partition) == Some(&self.partition)
            && row.get(&self.index.sort_attribute()) == self.sort.as_ref();
        if !is_same {
            return Ok(Counted::Changed);
        }
        let failures = row.get(FAILURES).and_then(|count| count.as_n().ok()?.parse::<u64>().ok());
        let failures = failures.unwrap_or_default().saturating_add(1);
        let since = row.get(FAILING_SINCE).and_then(|since| since.as_s().ok()?.parse::<Timestamp>().ok());
        let since = since.unwrap_or(now);
        let is_stuck = failures >= MOST_FAILURES && now.duration_since(since) >= FAILING_FOR;
        row.insert(FAILURES.to_owned(), number(failures));
        row.insert(FAILING_SINCE.to_owned(), text(since.to_string()));
        if let (true, Ok(shard)) = (is_stuck, self.partition.as_s()) {
            row.insert(partition, text(stuck(shard)));
        }
        match (self.table.put_over(row).await?, is_stuck) {
            (false, _) => Ok(Counted::Changed),
            (true, true) => Ok(Counted::SetApart),
            (true, false) => Ok(Counted::Due),
        }
    }
}
