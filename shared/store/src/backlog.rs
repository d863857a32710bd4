//! Rows that are waiting to be processed: read from all shards side by side, page after page, oldest first.
//!
//! A row that does not decode is a separate error, so it delays no other.

use std::fmt;

use futures::future::join_all;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::error::Error;
use crate::item::Attributes;
use crate::query::{Page, Query};
use crate::table::Table;

/// Rows read at a time, per shard.
const PAGE: u8 = 100;

/// A row as read, not decoded yet.
pub(crate) struct Raw {
    pub(crate) table: Table,
    pub(crate) query: Query,
    pub(crate) attributes: Attributes,
}

/// Waiting rows. The first page of each shard has been read, and the others are read on the way.
#[must_use]
pub struct Backlog<T> {
    shards: Vec<Shard>,
    decode: fn(Raw) -> T,
    oldest: Option<Timestamp>,
}

/// One shard, with its first page.
struct Shard {
    table: Table,
    query: Query,
    first: Result<Page<Attributes>, Error>,
}

impl<T: Send + 'static> Backlog<T> {
    /// Reads the first page of each query. `time` returns since when a row has waited, if it is to count.
    pub(crate) async fn read(
        table: &Table,
        queries: impl Iterator<Item = Query>,
        time: impl Fn(&Attributes) -> Option<Timestamp>,
        decode: fn(Raw) -> T,
    ) -> Self {
        let shard = |query: Query| async move {
            let query = query.limit(PAGE);
            let first = table.query_attributes(&query).await;
            Shard { table: table.clone(), query, first }
        };
        let shards = join_all(queries.map(shard)).await;
        let pages = shards.iter().filter_map(|shard| shard.first.as_ref().ok());
        let oldest = pages.filter_map(|page| page.items.iter().find_map(&time)).min();
        Self { shards, decode, oldest }
    }

    /// Returns since when the oldest row has waited; `None` if there is none. Only the first page of a shard is
    /// considered.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.oldest
    }

    /// Returns how many seconds the oldest row has waited; 0 if there is none.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> u64 {
        let age = self.oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs());
        age.try_into().unwrap_or_default()
    }

    /// Returns the rows. An error means that a shard could not be read any further; the others continue.
    pub fn rows(self) -> impl Stream<Item = Result<T, Error>> {
        let decode = self.decode;
        stream::select_all(self.shards.into_iter().map(|shard| shard.rows().boxed())).map_ok(decode)
    }
}

impl<T> fmt::Debug for Backlog<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backlog").field("oldest", &self.oldest).finish_non_exhaustive()
    }
}

/// The next page of a shard.
enum Next {
    Read(Result<Page<Attributes>, Error>),
    Query(Query),
    Nothing,
}

impl Shard {
    fn rows(self) -> impl Stream<Item = Result<Raw, Error>> {
        let Self { table, query, first } = self;
        let pages = stream::try_unfold(Next::Read(first), move |next| {
            let (table, query) = (table.clone(), query.clone());
            async move {
                let page = match next {
                    Next::Read(first) => first?,
                    Next::Query(query) => table.query_attributes(&query).await?,
                    Next::Nothing => return Ok(None),
                };
                let next = match page.next {
                    Some(cursor) => Next::Query(Query { after: Some(cursor), ..query.clone() }),
                    None => Next::Nothing,
                };
                let raw = move |attributes| Raw { table: table.clone(), query: query.clone(), attributes };
                Ok::<_, Error>(Some((stream::iter(page.items.into_iter().map(raw).map(Ok)), next)))
            }
        });
        pages.try_flatten()
    }
}
