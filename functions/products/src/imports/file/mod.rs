//! Files of products: read in pieces as they come, row by row, and written.

mod csv;
mod export;
mod formula;
mod json_lines;
mod pieces;
#[cfg(test)]
mod tests;

use domain::catalogue::{Fault, FileFormat, FileRow, RowFailure};

pub use export::{csv_lines, json_lines};
pub use pieces::{Checked, Reading, check};

use csv::CsvReader;
use json_lines::LineReader;

/// A row as read, or what is wrong with it.
pub type Row = Result<FileRow, RowFailure>;

/// The byte-order mark of UTF-8.
const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Reads a file, piece by piece. It holds one row at most.
#[derive(Debug)]
pub enum Reader {
    /// Comma-separated values.
    Csv(CsvReader),
    /// JSON lines.
    Jsonl(LineReader),
}

impl Reader {
    /// Begins a file.
    #[must_use]
    pub fn of(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv | FileFormat::Unknown => Self::Csv(CsvReader::default()),
            FileFormat::Jsonl => Self::Jsonl(LineReader::default()),
        }
    }

    /// Reads the next piece, and adds the rows that end in it to `rows`.
    ///
    /// # Errors
    /// If the file as a whole cannot be read.
    pub fn push(&mut self, piece: &[u8], rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        match self {
            Self::Csv(reader) => reader.push(piece, rows),
            Self::Jsonl(reader) => reader.push(piece, rows),
        }
    }

    /// Ends the file, and adds its last row if no line break ends it.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn end(&mut self, rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        match self {
            Self::Csv(reader) => reader.end(rows),
            Self::Jsonl(reader) => reader.end(rows),
        }
    }
}

/// Returns the number of a row.
fn number(row: &Row) -> u64 {
    match row {
        Ok(row) => row.place.row,
        Err(failure) => failure.row,
    }
}

/// Returns the beginning of a file without its byte-order mark.
fn without_mark(start: &[u8]) -> Result<&[u8], Fault> {
    // No text of UTF-8 has these bytes, and every one of UTF-16 has zeros: the names of columns, and JSON's braces, are ASCII.
    let is_utf_16 =
        start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) || start.contains(&0);
    if is_utf_16 {
        return Err(Fault::NotUtf8);
    }
    Ok(start.strip_prefix(&BOM).unwrap_or(start))
}
