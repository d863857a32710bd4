//! `GET /admin/catalogue/imports/{import_id}`: staff see how far an import is, and which rows of the file are wrong.

use domain::catalogue::{FileFormat, Import, ImportCounts, ImportRefusal, ImportState, RowFailure};
use domain::words::id::{ImportId, UserId};
use edge::{Call, NoBody, Problem, Reply, Staff};
use futures::TryStreamExt;
use jiff::Timestamp;
use serde::Serialize;
use store::{Error, Index, Query, Stored};

use crate::imports::rows::{Failures, failures_of, import_key};
use crate::store::Products;

/// The number of rows of failures per request; each has up to a few hundred failures.
const PAGE: u8 = 100;

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportReport {
    /// Its id.
    pub import_id: ImportId,
    /// The file's form.
    pub format: FileFormat,
    /// Whether it only reports what would change.
    pub dry_run: bool,
    /// How far it is.
    pub status: ImportState,
    /// The number of rows of the file, once it was read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// What has become of the rows that were worked off; of a dry run, what would.
    pub counts: ImportCounts,
    /// The first 1,000 rows that are wrong, or what is wrong with the file as a whole.
    pub failed: Vec<RowFailure>,
    /// Who has announced it.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Timestamp,
}

/// Returns how far an import is.
///
/// # Errors
/// 404 if there is none, or its file was not uploaded within a day.
pub async fn get_import(
    products: Products,
    call: Call<NoBody, Staff>,
) -> Result<Reply<ImportReport>, Problem> {
    let import_id: ImportId = call.path("import_id")?;
    let found = products.import(import_id, call.now).await?.ok_or(ImportRefusal::NotFound)?;
    let failed = products.failures(import_id).await?;
    let Import { format, dry_run, state, rows, counts, requested_by, requested_at, .. } = found.value;
    let status = state;
    Ok(Reply::ok(ImportReport {
        import_id,
        format,
        dry_run,
        status,
        rows,
        counts,
        failed,
        requested_by,
        requested_at,
    }))
}

impl Products {
    /// Returns an import, if it is still remembered at `now`.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn import(&self, id: ImportId, now: Timestamp) -> Result<Option<Stored<Import>>, Error> {
        self.table.get_unexpired(&import_key(id), now).await
    }

    /// Returns the rows of an import that are wrong, as in the file.
    async fn failures(&self, id: ImportId) -> Result<Vec<RowFailure>, Error> {
        let (partition, prefix) = failures_of(id);
        let query = Query::new(Index::Table, partition).prefix(prefix).limit(PAGE);
        let rows: Vec<Stored<Failures>> = self.table.rows(query).try_collect().await?;
        Ok(rows.into_iter().flat_map(|found| found.value.failed).collect())
    }
}
