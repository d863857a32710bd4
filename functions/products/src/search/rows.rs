//! Rows of the products table for search.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | changes of the catalogue | `CATALOGUE` | `DIRTY` |
//! | snapshot | `CATALOGUE` | `CURRENT` |
//! | chunk of a snapshot | `CATALOGUE#<snapshot>` | `<number>` |

use domain::words::id::SnapshotId;
use jiff::Timestamp;
use search::{Changes, KEPT, Snapshot};
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row, Update};

/// The count of the catalogue's changes.
#[derive(Debug)]
pub struct ChangesRow;

impl Row for ChangesRow {
    type Value = Changes;
    const KIND: &'static str = "catalogue_changes";

    fn key(_: &Changes) -> Key {
        changes_key()
    }
}

/// The snapshot that is searched.
#[derive(Debug)]
pub struct SnapshotRow;

impl Row for SnapshotRow {
    type Value = Snapshot;
    const KIND: &'static str = "catalogue_snapshot";

    fn key(_: &Snapshot) -> Key {
        snapshot_key()
    }
}

/// A chunk of a snapshot.
#[derive(Debug)]
pub struct ChunkRow;

/// A part of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The snapshot.
    pub snapshot_id: SnapshotId,
    /// Its place in the snapshot, from 0.
    pub number: u32,
    /// Its entries, packed.
    pub entries: String,
    /// When it was written.
    pub written_at: Timestamp,
}

impl Row for ChunkRow {
    type Value = Chunk;
    const KIND: &'static str = "catalogue_chunk";

    fn key(chunk: &Chunk) -> Key {
        chunk_key(chunk.snapshot_id, chunk.number)
    }

    fn place(chunk: &Chunk, item: Item) -> Item {
        item.expires(chunk.written_at + KEPT)
    }
}

/// Returns the key of the count of changes.
#[must_use]
pub fn changes_key() -> Key {
    Key::new("CATALOGUE", "DIRTY")
}

/// Returns the key of the current snapshot.
#[must_use]
pub fn snapshot_key() -> Key {
    Key::new("CATALOGUE", "CURRENT")
}

/// Returns the key of a chunk.
#[must_use]
pub fn chunk_key(snapshot: SnapshotId, number: u32) -> Key {
    Key::new(format!("CATALOGUE#{snapshot}"), format!("{number:04}"))
}

/// Counts a change of the catalogue. Every transaction that changes what customers find contains it. All of them write this row, and
/// those that do so concurrently are repeated; staff make them, some a second at most.
pub fn changed(now: Timestamp) -> Update {
    Update::counter(changes_key(), ChangesRow::KIND).count("changes", 1).set("changed_at", &now)
}
