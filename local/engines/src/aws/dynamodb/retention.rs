//! Bounds what the embedded engine keeps of its tables' streams.
//!
//! The engine deletes no stream record, and looks for the last one without an index at every write, so each write would
//! take longer than the one before. A second connection to its database adds the index and deletes records that nothing
//! will read.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, named_params};

use model::deployment::{Deployment, Source};

/// For the engine's `MAX(CAST(sequence_number AS INTEGER))` and for its reads after a position.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS bodega_stream_positions
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// Deletes up to `:most` records that all readers have processed, oldest first, except the newest `:kept`.
const DELETE_READ: &str = "DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records
    WHERE table_name = :table AND CAST(sequence_number AS INTEGER) <= (
        SELECT CAST(sequence_number AS INTEGER) FROM _stream_records
        WHERE table_name = :table AND CAST(sequence_number AS INTEGER) <= :read
        ORDER BY CAST(sequence_number AS INTEGER) DESC LIMIT 1 OFFSET :kept)
    ORDER BY CAST(sequence_number AS INTEGER) LIMIT :most)";

/// Deletes up to `:most` records from before `:before`, but never the last one: its number precedes the next one.
const DELETE_OLD: &str = "DELETE FROM _stream_records WHERE id IN (
    SELECT id FROM _stream_records
    WHERE table_name = :table AND created_at < :before AND CAST(sequence_number AS INTEGER) < (
        SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = :table)
    ORDER BY CAST(sequence_number AS INTEGER) LIMIT :most)";

/// The number of processed records to keep, for people who look at a stream later.
const KEPT: i64 = 1_000;

/// Records are deleted each time that this number has been processed.
const EVERY: usize = 100;

/// The maximum number of records per deletion, which locks the database for a few milliseconds.
const MOST: i64 = 500;

/// How long DynamoDB keeps stream records.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How long a deletion waits for the engine's transaction, which takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// The engine's public sequence numbers are its stored ones plus this.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;

/// Deletes the stream records of one database.
#[derive(Debug)]
pub(super) struct Retention {
    connection: Mutex<Connection>,
    /// The streams that the deployment's functions read, once it is known.
    streams: Mutex<Option<HashMap<String, Stream>>>,
}

#[derive(Debug, Default)]
struct Stream {
    /// The last record that each reader has processed; `None` if it has not reported any.
    processed: BTreeMap<String, Option<i64>>,
    /// The number of records processed since the last deletion.
    since: usize,
}

impl Retention {
    /// Opens a second connection to a database that the engine has opened.
    pub(super) fn open(database: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(database)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.execute_batch(INDEX)?;
        Ok(Self { connection: Mutex::new(connection), streams: Mutex::default() })
    }

    /// Sets the readers. No record is deleted before, since any of them may have unread ones from an earlier run.
    pub(super) fn readers(&self, deployment: &Deployment) {
        let mut streams: HashMap<String, Stream> = HashMap::new();
        for function in &deployment.functions {
            for source in &function.sources {
                if let Source::Stream(source) = source {
                    let stream = streams.entry(source.table_name.clone()).or_default();
                    stream.processed.insert(function.operation.clone(), None);
                }
            }
        }
        *self.streams() = Some(streams);
    }

    /// Notes a reader's position. Returns the last record that all readers have processed if it is time to delete.
    pub(super) fn processed(&self, table: &str, reader: &str, last: &str, records: usize) -> Option<i64> {
        let position = stored(last)?;
        let mut streams = self.streams();
        let stream = streams.as_mut()?.get_mut(table)?;
        stream.processed.insert(reader.to_owned(), Some(position));
        stream.since += records;
        let everyone =
            stream.processed.values().min().copied().flatten().filter(|_| stream.since >= EVERY)?;
        stream.since = 0;
        Some(everyone)
    }

    /// Deletes the oldest records up to one that all readers have processed.
    pub(super) fn delete_read(&self, table: &str, read: i64) -> rusqlite::Result<usize> {
        let connection = self.connection();
        let mut delete = connection.prepare_cached(DELETE_READ)?;
        delete.execute(named_params! { ":table": table, ":read": read, ":kept": KEPT, ":most": MOST })
    }

    /// Deletes the records of streams without a reader after a day. Those that a function has yet to read are kept for
    /// longer than by DynamoDB, because a laptop can be off for days.
    pub(super) fn delete_old(&self, now: Timestamp) -> rusqlite::Result<()> {
        let before = now.saturating_sub(DAY).map_or(i64::MIN, Timestamp::as_second);
        for table in self.unread()? {
            let delete = || {
                let connection = self.connection();
                let mut delete = connection.prepare_cached(DELETE_OLD)?;
                delete.execute(named_params! { ":table": table, ":before": before, ":most": MOST })
            };
            while delete()? > 0 {}
        }
        Ok(())
    }

    /// Returns the tables with stream records that no function reads.
    fn unread(&self) -> rusqlite::Result<Vec<String>> {
        let connection = self.connection();
        let mut select = connection.prepare_cached("SELECT DISTINCT table_name FROM _stream_records")?;
        let tables = select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let streams = self.streams();
        let Some(streams) = streams.as_ref() else { return Ok(Vec::new()) };
        Ok(tables.into_iter().filter(|table| !streams.contains_key(table)).collect())
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> MutexGuard<'_, Option<HashMap<String, Stream>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the number that the engine stores for a public sequence number.
fn stored(public: &str) -> Option<i64> {
    i64::try_from(public.parse::<u128>().ok()?.checked_sub(PUBLIC_OFFSET)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The engine's own statements, from `storage.rs` of dynoxide 3.2.0.
    const OF_THE_ENGINE: [&str; 3] = [
        "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1",
        "SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity, event_id
             FROM _stream_records
             WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
             ORDER BY CAST(sequence_number AS INTEGER) ASC
             LIMIT ?4",
        "SELECT MIN(CAST(sequence_number AS INTEGER)), MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records \
         WHERE table_name = ?1 AND shard_id = ?2",
    ];

    fn plan(connection: &Connection, statement: &str) -> String {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let mut steps = explain.raw_query();
        let mut plan = String::new();
        while let Some(step) = steps.next().unwrap() {
            plan += &step.get::<_, String>(3).unwrap();
            plan.push('\n');
        }
        plan
    }

    fn open() -> (dynoxide::Database, Retention) {
        let name = format!("file:/bodega-{}?vfs=memdb", uuid::Uuid::new_v4());
        let database = dynoxide::Database::new(&name).unwrap();
        (database, Retention::open(&name).unwrap())
    }

    #[test]
    fn every_statement_on_stream_records_uses_the_index() {
        let (_database, retention) = open();
        let connection = retention.connection();
        for statement in OF_THE_ENGINE.into_iter().chain([DELETE_READ, DELETE_OLD]) {
            let plan = plan(&connection, statement);
            assert!(plan.contains("INDEX bodega_stream_positions"), "{statement}\n{plan}");
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
        }
    }

    fn insert(connection: &Connection, table: &str, number: i64) {
        let insert = "INSERT INTO _stream_records
            (table_name, event_name, keys_json, sequence_number, shard_id, created_at) VALUES (?1, 'INSERT', '{}', ?2, 'shard', ?2)";
        connection.execute(insert, rusqlite::params![table, number]).unwrap();
    }

    fn count(connection: &Connection, table: &str) -> i64 {
        let count = "SELECT COUNT(*) FROM _stream_records WHERE table_name = ?1";
        connection.query_row(count, [table], |row| row.get(0)).unwrap()
    }

    #[test]
    fn records_of_a_stream_without_a_reader_are_kept_for_a_day() {
        let (_database, retention) = open();
        for table in ["read", "unread"] {
            (0..2 * MOST).for_each(|second| insert(&retention.connection(), table, second));
        }
        let counts = || ["read", "unread"].map(|table| count(&retention.connection(), table));
        let now = Timestamp::UNIX_EPOCH + DAY;
        retention.delete_old(now + SignedDuration::from_secs(10)).unwrap();
        assert_eq!(counts(), [2 * MOST, 2 * MOST], "the readers are not known yet");
        let read = Stream { processed: BTreeMap::from([("relay".to_owned(), None)]), since: 0 };
        *retention.streams() = Some(HashMap::from([("read".to_owned(), read)]));
        retention.delete_old(now + SignedDuration::from_secs(10)).unwrap();
        assert_eq!(counts(), [2 * MOST, 2 * MOST - 10]);
        retention.delete_old(now + DAY).unwrap();
        assert_eq!(counts(), [2 * MOST, 1]);
    }

    #[test]
    fn stored_is_the_inverse_of_the_public_form() {
        assert_eq!(stored("100000000000000000007"), Some(7));
        assert_eq!(stored("7"), None);
        assert_eq!(stored("none"), None);
    }
}
