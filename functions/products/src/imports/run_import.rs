//! Queue `catalogue-imports`: checks an uploaded file of products, then writes what differs, with a checkpoint.

use std::collections::VecDeque;

use domain::catalogue::{Import, RowFailure};
use domain::words::id::ImportId;
use edge::queue::{Delivery, Failure, OwnQueue};
use jiff::{SignedDuration, Timestamp};
use store::{Change, Done, Stored};

use crate::files::Bucket;
use crate::imports::file::{Checked, Reading, check};
use crate::imports::import_message::{GoOn, ImportMessage};
use crate::imports::rows::{
    Failures, FailuresRow, ImportRow, ImportedFile, ImportedFileRow, file_key, file_name, import_key,
};
use crate::imports::write::{PARTS_AT_ONCE, drop_rows, write};
use crate::store::Products;

/// How long a run works off rows: the alarm of slow functions goes off at 80 % of the timeout.
const LONGEST: SignedDuration = SignedDuration::from_secs(220);

/// Checks a file, or works off its rows from the checkpoint on. Whatever ends a run, the next delivery continues: an import's row is
/// written together with what the rows of the file change up to there. A run that has checked the file, or has no time left, sends
/// itself a message. Of two runs of one import that meet, one stops. A file that nobody has announced stays, and the bucket deletes it
/// after some days.
///
/// # Errors
/// If the table, the bucket or the queue fails. The queue redelivers the message.
pub async fn run_import(
    (products, bucket, queue): (Products, Bucket, OwnQueue),
    delivery: Delivery<ImportMessage>,
) -> Result<(), Failure> {
    for import_id in delivery.envelope.imports() {
        match run(&products, &bucket, &delivery, import_id).await? {
            Run::Left => {}
            Run::Ended => bucket.delete(&file_name(import_id)).await?,
            Run::GoesOn => {
                let correlationid = delivery.cause.correlation_id.clone();
                queue.send(&GoOn { import_id, correlationid }).await?;
            }
        }
    }
    Ok(())
}

/// How a run has ended.
enum Run {
    /// There is nothing to do, or not for this run.
    Left,
    /// The import has ended.
    Ended,
    /// Rows are left, for another invocation.
    GoesOn,
}

async fn run(
    products: &Products,
    bucket: &Bucket,
    delivery: &Delivery<ImportMessage>,
    import_id: ImportId,
) -> Result<Run, Failure> {
    let Some(found) = products.import(import_id, delivery.now).await? else {
        tracing::warn!(%import_id, "nobody has announced this file, or too long ago");
        return Ok(Run::Left);
    };
    if !found.value.is_understood() {
        return Err(Failure::from("the import is in a state of a newer version"));
    }
    if found.value.has_ended() {
        return Ok(Run::Ended);
    }
    if found.value.rows.is_some() {
        return work_off(products, bucket, delivery, found).await;
    }
    let checked = checked(products, bucket, delivery, &found).await?;
    Ok(match checked {
        None => Run::Left,
        Some(found) if found.value.has_ended() => Run::Ended,
        // Every import goes on in this way, not only a large one: what is rarely used is rarely right.
        Some(_) => Run::GoesOn,
    })
}

/// Checks the file, before any of it is written. `None` if it is not there.
async fn checked(
    products: &Products,
    bucket: &Bucket,
    delivery: &Delivery<ImportMessage>,
    found: &Stored<Import>,
) -> Result<Option<Stored<Import>>, Failure> {
    let import = &found.value;
    if import.is_awaited() {
        if bucket.piece(&file_name(import.import_id), 0, 1).await?.is_none() {
            return Ok(None);
        }
        let begin = async |found: Option<Stored<Import>>| {
            let awaited = found.map(|found| found.value).filter(Import::is_awaited);
            Ok::<_, Failure>(awaited.map(|import| Change::to(import.checking())))
        };
        products.table.at::<ImportRow>(import_key(import.import_id)).change(delivery, begin).await?;
    }
    let checked = check(bucket, import).await?;
    let ended = match checked {
        Checked::Missing => return Ok(None),
        Checked::Rows(rows) => Ok(rows),
        Checked::Faulty(fault) => Err(fault),
    };
    let of_file = products.table.get::<ImportedFile>(&file_key(&import.sha256)).await?;
    let end = async |found: Option<Stored<Import>>| {
        let import =
            found.map(|found| found.value).filter(|import| import.rows.is_none() && !import.has_ended());
        let Some(import) = import else { return Ok(None) };
        Ok::<_, Failure>(Some(match &ended {
            Err(fault) => failed(&import, fault),
            Ok(rows) => {
                let file = ImportedFile { sha256: import.sha256.clone(), import_id: import.import_id };
                let first = of_file.as_ref().map_or(file.import_id, |found| found.value.import_id);
                let change = Change::<ImportRow, Failure>::to(import.checked(*rows, first));
                let is_first = of_file.is_none() && !import.dry_run;
                if is_first { change.insert::<ImportedFileRow>(&file) } else { change }
            }
        }))
    };
    let key = import_key(import.import_id);
    let done: Done<Import> = products.table.at::<ImportRow>(key).change(delivery, end).await?;
    Ok(done.row)
}

fn failed(import: &Import, fault: &RowFailure) -> Change<ImportRow, Failure> {
    let (import_id, requested_at) = (import.import_id, import.requested_at);
    let failures = Failures { import_id, after: 0, failed: vec![fault.clone()], requested_at };
    Change::to(import.failed()).insert::<FailuresRow>(&failures)
}

/// Works off the rows, and stops when the time is up: not before some were worked off, so that every run is a step.
async fn work_off(
    products: &Products,
    bucket: &Bucket,
    delivery: &Delivery<ImportMessage>,
    mut found: Stored<Import>,
) -> Result<Run, Failure> {
    let last_start = delivery.last_start().min(Timestamp::now() + LONGEST);
    let mut file = Reading::of(bucket, &found.value);
    let mut parts = VecDeque::new();
    loop {
        file.fill(&mut parts, PARTS_AT_ONCE).await?;
        if parts.is_empty() {
            return Err("the file has fewer rows than before".into());
        }
        let done = write(products, delivery, found, &parts).await?;
        let Some((written, row)) = done.answer.zip(done.row) else { return Ok(Run::Left) };
        if row.value.has_ended() {
            return Ok(Run::Ended);
        }
        if Timestamp::now() >= last_start {
            return Ok(Run::GoesOn);
        }
        drop_rows(&mut parts, written);
        found = row;
    }
}
