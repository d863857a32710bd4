//! Imports: files of products that staff upload, checked row by row, and written so that the same file twice is as good as once.

mod fault;
mod part;
mod plan;
mod row;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::catalogue::FileHash;
use crate::catalogue::image::at_least_one;
use crate::refusals;
use crate::words::id::{ImportId, UserId};

pub use fault::{Fault, Field, Place, RowFailure};
pub use part::{Part, Parts};
pub use plan::{Existing, Plan, StockWrite};
pub use row::{FileProduct, FileRow, FileVariant};

/// Maximum size of an imported file.
pub const MAX_IMPORT_BYTES: u64 = 50 * 1024 * 1024;

/// Maximum number of rows of an imported file.
pub const MAX_IMPORT_ROWS: u64 = 1_000_000;

/// Maximum number of failed rows that are reported one by one.
pub const MAX_FAILURES: u64 = 1_000;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Comma-separated values (RFC 4180), with `,` or `;`: a row for each variant.
    Csv,
    /// JSON lines: a product in each.
    Jsonl,
    /// Written by a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

impl FileFormat {
    /// Returns the media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Jsonl => "application/jsonl",
            Self::Unknown => "application/octet-stream",
        }
    }

    /// Reads the form that a request names. A stored one may be of a newer version; a requested one may not.
    ///
    /// # Errors
    /// If this version does not know it.
    pub fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Self::deserialize(deserializer)? {
            Self::Unknown => Err(D::Error::custom("expected `csv` or `jsonl`")),
            known => Ok(known),
        }
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// The file was not uploaded yet, or not looked at.
    Awaiting,
    /// The file is being read. Nothing is written before it was read to its end.
    Checking,
    /// Products are being written.
    Running,
    /// Every row was either written or reported.
    Done,
    /// The file as a whole cannot be imported, and nothing was written.
    Failed,
    /// Written by a newer version.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown,
}

/// Staff's announcement of a file to import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewImport {
    /// Its form.
    #[serde(deserialize_with = "FileFormat::known")]
    pub format: FileFormat,
    /// Its length, up to 50 MiB.
    #[serde(deserialize_with = "at_least_one")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub bytes: u64,
    /// The SHA-256 of its content: 64 hexadecimal digits in lower case.
    pub sha256: FileHash,
    /// Whether to report what would change, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What has become of a file's rows. A row is a variant: a row of a CSV file, or a variant in a JSON line. A line that cannot be read
/// is one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportCounts {
    /// Rows whose variant is new.
    pub created: u64,
    /// Rows that have changed something.
    pub updated: u64,
    /// Rows that say what is so already.
    pub unchanged: u64,
    /// Rows that have changed nothing because something is wrong with them.
    pub failed: u64,
}

impl ImportCounts {
    /// Adds the counts of other rows.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            created: self.created + other.created,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            failed: self.failed + other.failed,
        }
    }

    /// Returns the number of rows that are counted.
    #[must_use]
    pub fn rows(self) -> u64 {
        self.created + self.updated + self.unchanged + self.failed
    }
}

/// The import of a file: its checkpoint, which is written together with what the rows up to it have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Its id.
    pub import_id: ImportId,
    /// The file's form.
    pub format: FileFormat,
    /// The file's length.
    pub bytes: u64,
    /// The SHA-256 of the file's content.
    pub sha256: FileHash,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// How far it is.
    pub state: ImportState,
    /// The number of rows, once the file was read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// The first import of the same file. A row of a file adjusts stock once, however often the file is imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<ImportId>,
    /// What has become of the rows up to here.
    #[serde(default)]
    pub counts: ImportCounts,
    /// Who has announced it.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Timestamp,
}

refusals! {
    /// Why a file was not accepted, or an import not shown.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum ImportRefusal {
        /// The file is larger than [`MAX_IMPORT_BYTES`].
        #[error("a file may have up to 50 MiB")]
        TooLarge => TooLarge, "import_too_large", "Divide the file, and import one part after the other.";
        /// There is no such import, or its file was not uploaded within a day.
        #[error("import not found")]
        NotFound => NotFound, "import_not_found", "Check the id. A file that is not uploaded in time must be announced again.";
    }
}

impl Import {
    /// Announces a file.
    ///
    /// # Errors
    /// If it is too large.
    pub fn announce(
        import_id: ImportId,
        file: NewImport,
        by: UserId,
        now: Timestamp,
    ) -> Result<Self, ImportRefusal> {
        let NewImport { format, bytes, sha256, dry_run } = file;
        if bytes > MAX_IMPORT_BYTES {
            return Err(ImportRefusal::TooLarge);
        }
        Ok(Self {
            import_id,
            format,
            bytes,
            sha256,
            dry_run,
            state: ImportState::Awaiting,
            rows: None,
            first: None,
            counts: ImportCounts::default(),
            requested_by: by,
            requested_at: now,
        })
    }

    /// Returns whether this version knows the import's state and form.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.state != ImportState::Unknown && self.format != FileFormat::Unknown
    }

    /// Returns whether nothing was uploaded yet, or looked at.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.state == ImportState::Awaiting
    }

    /// Returns whether there is nothing left to do.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self.state, ImportState::Done | ImportState::Failed)
    }

    /// Returns the import whose file is being read.
    #[must_use]
    pub fn checking(&self) -> Self {
        Self { state: ImportState::Checking, ..self.clone() }
    }

    /// Returns the import of a file that was read to its end. A dry run goes on checking: it compares the rows with the catalogue.
    #[must_use]
    pub fn checked(&self, rows: u64, first: ImportId) -> Self {
        let state = if self.dry_run { ImportState::Checking } else { ImportState::Running };
        Self { state, rows: Some(rows), first: Some(first), ..self.clone() }
    }

    /// Returns the import after more of its rows.
    #[must_use]
    pub fn advanced(&self, by: ImportCounts) -> Self {
        let counts = self.counts.plus(by);
        let state = if Some(counts.rows()) == self.rows { ImportState::Done } else { self.state };
        Self { counts, state, ..self.clone() }
    }

    /// Returns the import of a file that cannot be imported.
    #[must_use]
    pub fn failed(&self) -> Self {
        Self { state: ImportState::Failed, ..self.clone() }
    }

    /// Returns how many more failures are reported one by one.
    #[must_use]
    pub fn failures_left(&self) -> usize {
        usize::try_from(MAX_FAILURES.saturating_sub(self.counts.failed)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
