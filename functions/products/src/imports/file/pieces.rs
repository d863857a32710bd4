//! A file in the bucket, which is never held whole.

use std::collections::VecDeque;
use std::mem;

use domain::catalogue::{Fault, Import, MAX_IMPORT_ROWS, Part, Parts, RowFailure};
use domain::words::sha256::Hasher;
use edge::queue::Failure;

use crate::files::{Bucket, BucketError};
use crate::imports::file::{Reader, Row, number};
use crate::imports::rows::file_name;

/// The number of bytes per request: few requests, and little to hold.
const PIECE: u64 = 1024 * 1024;

/// The file of an import.
struct Pieces<'a> {
    bucket: &'a Bucket,
    key: String,
    bytes: u64,
    start: u64,
}

impl<'a> Pieces<'a> {
    fn of(bucket: &'a Bucket, import: &Import) -> Self {
        Self { bucket, key: file_name(import.import_id), bytes: import.bytes, start: 0 }
    }

    /// Returns the next piece, an empty one at the end; `None` if there is no file.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, BucketError> {
        let length = PIECE.min(self.bytes - self.start);
        if length == 0 {
            return Ok(Some(Vec::new()));
        }
        let piece = self.bucket.piece(&self.key, self.start, length).await?;
        self.start += length;
        Ok(piece)
    }
}

/// What a file is.
#[derive(Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is not there.
    Missing,
    /// It has as many rows.
    Rows(u64),
    /// It cannot be imported.
    Faulty(RowFailure),
}

/// Reads a file to its end: whether it is the one that was announced, and all of it can be read.
///
/// # Errors
/// If the bucket fails.
pub async fn check(bucket: &Bucket, import: &Import) -> Result<Checked, Failure> {
    let mut pieces = Pieces::of(bucket, import);
    let (mut reader, mut hasher, mut count) = (Reader::of(import.format), Hasher::default(), 0);
    loop {
        let Some(piece) = pieces.next().await? else { return Ok(Checked::Missing) };
        hasher.update(&piece);
        let mut rows = Vec::new();
        let read = match &piece[..] {
            [] => reader.end(&mut rows),
            piece => reader.push(piece, &mut rows),
        };
        if let Some(surplus) = surplus(&rows, count) {
            return Ok(Checked::Faulty(RowFailure::of_file(number(surplus), &Fault::TooManyRows)));
        }
        count += rows.len();
        if let Err(fault) = read {
            return Ok(Checked::Faulty(fault));
        }
        if piece.is_empty() {
            break;
        }
    }
    if hasher.hex() != import.sha256.as_ref() {
        return Ok(Checked::Faulty(RowFailure::of_file(1, &Fault::FileDiffers)));
    }
    Ok(match u64::try_from(count)? {
        0 => Checked::Faulty(RowFailure::of_file(1, &Fault::EmptyFile)),
        rows => Checked::Rows(rows),
    })
}

/// Returns the first row that is one too many.
fn surplus(rows: &[Row], before: usize) -> Option<&Row> {
    let most = usize::try_from(MAX_IMPORT_ROWS).unwrap_or(usize::MAX);
    rows.get(most.saturating_sub(before)..)?.first()
}

/// A file that was checked, in parts.
pub struct Reading<'a> {
    pieces: Pieces<'a>,
    reader: Reader,
    parts: Parts,
    /// The number of rows that were worked off before.
    skip: u64,
    is_at_end: bool,
}

impl<'a> Reading<'a> {
    /// Begins at the checkpoint. What is before it is read again, since later rows are compared with it.
    #[must_use]
    pub fn of(bucket: &'a Bucket, import: &Import) -> Self {
        let (pieces, reader) = (Pieces::of(bucket, import), Reader::of(import.format));
        Self { pieces, reader, parts: Parts::default(), skip: import.counts.rows(), is_at_end: false }
    }

    /// Reads on until there are `count` parts, or the file ends.
    ///
    /// # Errors
    /// If the bucket fails, or the file is no longer what was checked.
    pub async fn fill(&mut self, parts: &mut VecDeque<Part>, count: usize) -> Result<(), Failure> {
        while parts.len() < count && !self.is_at_end {
            let piece = self.pieces.next().await?.ok_or("the file is gone")?;
            let mut rows = Vec::new();
            let read = match &piece[..] {
                [] => self.reader.end(&mut rows),
                piece => self.reader.push(piece, &mut rows),
            };
            read.map_err(|fault| format!("the file was checked, and now: {}", fault.message))?;
            for row in rows {
                let ended = self.parts.add(row);
                parts.extend(ended.and_then(|part| self.kept(part)));
            }
            if piece.is_empty() {
                self.is_at_end = true;
                let last = self.parts.end();
                parts.extend(last.and_then(|part| self.kept(part)));
            }
        }
        Ok(())
    }

    fn kept(&mut self, part: Part) -> Option<Part> {
        let rows = u64::try_from(part.rows()).unwrap_or(u64::MAX);
        let skipped = self.skip.min(rows);
        self.skip = mem::take(&mut self.skip) - skipped;
        match usize::try_from(skipped).unwrap_or(usize::MAX) {
            0 => Some(part),
            all if all >= part.rows() => None,
            some => Some(part.split_at(some).1),
        }
    }
}
