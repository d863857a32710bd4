//! Rows of the products table for imports.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | import | `IMPORT#<import>` | `IMPORT` |
//! | failed rows | `IMPORT#<import>` | `FAILED#<rows before>` |
//! | imported file | `FILE#<sha-256>` | `FILE` |
//!
//! An import is its own checkpoint. It is kept for 90 days, and for one if its file is never uploaded. An imported file is kept
//! indefinitely, since its rows adjust stock once.

use domain::catalogue::{FileHash, Import, RowFailure, UPLOAD_KEPT};
use domain::words::id::ImportId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

/// How long an import is remembered.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The import of a file.
#[derive(Debug)]
pub struct ImportRow;

impl Row for ImportRow {
    type Value = Import;
    const KIND: &'static str = "import";

    fn key(import: &Import) -> Key {
        import_key(import.import_id)
    }

    fn place(import: &Import, item: Item) -> Item {
        item.expires(import.requested_at + if import.is_awaited() { UPLOAD_KEPT } else { KEPT })
    }

    fn is_understood(import: &Import) -> bool {
        import.is_understood()
    }
}

/// Failed rows of a file.
#[derive(Debug)]
pub struct FailuresRow;

/// Rows of a file that have changed nothing, of those that were worked off together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// The import.
    pub import_id: ImportId,
    /// The number of rows before.
    pub after: u64,
    /// The rows, in their order.
    pub failed: Vec<RowFailure>,
    /// When the import was announced.
    pub requested_at: Timestamp,
}

impl Row for FailuresRow {
    type Value = Failures;
    const KIND: &'static str = "import_failures";

    fn key(failures: &Failures) -> Key {
        let (partition, prefix) = failures_of(failures.import_id);
        Key::new(partition, format!("{prefix}{:07}", failures.after))
    }

    fn place(failures: &Failures, item: Item) -> Item {
        item.expires(failures.requested_at + KEPT)
    }
}

/// A file that was imported.
#[derive(Debug)]
pub struct ImportedFileRow;

/// The first import of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedFile {
    /// The SHA-256 of the file's content.
    pub sha256: FileHash,
    /// Its first import.
    pub import_id: ImportId,
}

impl Row for ImportedFileRow {
    type Value = ImportedFile;
    const KIND: &'static str = "imported_file";

    fn key(file: &ImportedFile) -> Key {
        file_key(&file.sha256)
    }
}

/// The folder of uploaded files, each of which is named after its import.
pub const IMPORTS: &str = "imports/";

/// Returns the key of an import's uploaded file.
#[must_use]
pub fn file_name(id: ImportId) -> String {
    format!("{IMPORTS}{id}")
}

/// Returns an import's key.
#[must_use]
pub fn import_key(id: ImportId) -> Key {
    Key::new(format!("IMPORT#{id}"), "IMPORT")
}

/// Returns the partition of an import, and the prefix of its failed rows, which sort as in the file.
#[must_use]
pub fn failures_of(id: ImportId) -> (String, &'static str) {
    (format!("IMPORT#{id}"), "FAILED#")
}

/// Returns the key of an imported file.
#[must_use]
pub fn file_key(sha256: &FileHash) -> Key {
    Key::new(format!("FILE#{sha256}"), "FILE")
}
