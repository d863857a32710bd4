//! Comma-separated values (RFC 4180), with a header, `,` or `;`, and any line break.

use std::mem;

use csv_core::{ReadRecordResult, ReaderBuilder};
use domain::catalogue::{Fault, Field, FileProduct, FileRow, FileVariant, Place, ProductStatus, RowFailure};
use domain::stock::Delta;
use domain::words::goods::{Description, Sku, Slug, Title};
use domain::words::money::{Currency, Money, TaxRate};

use crate::imports::file::formula::unguarded;
use crate::imports::file::{Row, without_mark};

/// The longest row. A description has up to 20 KB.
const LONGEST: usize = 64 * 1024;

/// The maximum number of cells of a row.
const MOST_CELLS: usize = 256;

/// Reads comma-separated values.
#[derive(Debug, Default)]
pub struct CsvReader {
    /// The beginning, before the header has told what separates cells.
    head: Vec<u8>,
    records: Option<Records>,
    columns: Vec<Field>,
    /// The product of the row above.
    above: Option<FileProduct>,
}

/// The bytes of the row that is being read.
#[derive(Debug)]
struct Records {
    reader: Box<csv_core::Reader>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    cells: usize,
    /// The rows before, also empty ones: as a spreadsheet counts them.
    row: u64,
    /// Whether the row has begun.
    is_inside: bool,
    /// Whether the row before has ended with a carriage return, which a line feed may follow.
    after_return: bool,
}

impl CsvReader {
    pub(super) fn push(&mut self, piece: &[u8], rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        if self.records.is_some() {
            return self.feed(piece, rows);
        }
        self.head.extend_from_slice(piece);
        if self.head.len() < LONGEST && !self.head.iter().any(|byte| b"\r\n".contains(byte)) {
            return Ok(());
        }
        self.begin(rows)
    }

    pub(super) fn end(&mut self, rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        if self.records.is_none() {
            self.begin(rows)?;
        }
        self.feed(&[], rows)
    }

    /// Begins with the header.
    fn begin(&mut self, rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        let head = mem::take(&mut self.head);
        let header = head.split(|byte| b"\r\n".contains(byte)).next().unwrap_or_default();
        let names = without_mark(header).map_err(|fault| RowFailure::in_column(1, "1", &fault))?;
        let separator = names.iter().copied().find(|byte| b",;".contains(byte)).unwrap_or(b',');
        let start = &head[header.len() - names.len()..];
        self.records = Some(Records::separated_by(separator));
        self.feed(start, rows)
    }

    /// Reads a piece; an empty one ends the file.
    fn feed(&mut self, piece: &[u8], rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        let Some(mut records) = self.records.take() else { return Ok(()) };
        let mut rest = piece;
        while let Some(row) = records.next(&mut rest, piece.is_empty())? {
            let cells: Vec<&[u8]> = records.cells(row.cells).collect();
            if cells.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            if self.columns.is_empty() {
                self.columns = columns(row.number, &cells)?;
            } else {
                let row = self.row(row.number, &cells);
                if let Ok(row) = &row {
                    self.above = Some(row.product.clone());
                }
                rows.push(row);
            }
        }
        self.records = Some(records);
        Ok(())
    }

    fn row(&self, row: u64, cells: &[&[u8]]) -> Row {
        let (expected, found) = (self.columns.len(), cells.len());
        if found != expected {
            return Err(RowFailure::of_file(row, &Fault::CellCount { expected, found }));
        }
        let mut values = [""; Field::COUNT];
        for (field, cell) in self.columns.iter().zip(cells) {
            let text = std::str::from_utf8(cell);
            let text = text.map_err(|_| RowFailure::of(Place::row(row), *field, &Fault::NotUtf8))?;
            values[*field as usize] = text.trim();
        }
        let above = self.above.as_ref().filter(|above| above.slug.as_ref() == values[Field::Slug as usize]);
        Cells { row, values }.read(above)
    }
}

/// Reads the header.
fn columns(row: u64, cells: &[&[u8]]) -> Result<Vec<Field>, RowFailure> {
    let mut columns = Vec::new();
    for (number, cell) in (1..).zip(cells) {
        let Ok(name) = std::str::from_utf8(cell) else {
            let number: u32 = number;
            return Err(RowFailure::in_column(row, &number.to_string(), &Fault::NotUtf8));
        };
        let name = name.trim();
        let field = Field::all().iter().find(|field| field.name().eq_ignore_ascii_case(name));
        let field =
            field.ok_or_else(|| RowFailure::in_column(row, &shortened(name), &Fault::UnknownColumn))?;
        if columns.contains(field) {
            return Err(RowFailure::of(Place::row(row), *field, &Fault::RepeatedColumn));
        }
        columns.push(*field);
    }
    let missing = Field::all().iter().find(|field| !field.is_optional() && !columns.contains(field));
    match missing {
        Some(missing) => Err(RowFailure::of(Place::row(row), *missing, &Fault::MissingColumn)),
        None => Ok(columns),
    }
}

/// A name that is no column's may be of any length.
fn shortened(name: &str) -> String {
    name.chars().take(80).collect()
}

/// The cells of a row, by field. A column that the file lacks is empty.
struct Cells<'a> {
    row: u64,
    values: [&'a str; Field::COUNT],
}

impl Cells<'_> {
    /// Reads the row. Cells of the product that are empty say what the row above says, if that is of the same product.
    fn read(&self, above: Option<&FileProduct>) -> Row {
        let currency =
            |text: &str| Currency::from_code(text).ok_or("expected an ISO 4217 currency such as `EUR`");
        let title = |text: &str| Title::try_new(unguarded(text));
        let product = FileProduct {
            slug: self.of(Field::Slug, |text| Slug::try_new(text))?,
            title: self.or(Field::Title, above.map(|above| &above.title), title)?,
            description: match (above, self.values[Field::Description as usize]) {
                (Some(above), "") => above.description.clone(),
                (_, text) => self.typed(Field::Description, Description::try_new(unguarded(text)))?,
            },
            category: self
                .or(Field::Category, above.map(|above| &above.category), |text| Slug::try_new(text))?,
            status: match above.and_then(|above| above.status) {
                Some(status) if self.values[Field::Status as usize].is_empty() => Some(status),
                _ => self.optional(Field::Status, status)?,
            },
        };
        let sku = self.of(Field::Sku, |text| Sku::try_new(text))?;
        let variant_title = self.of(Field::VariantTitle, title)?;
        let currency = self.of(Field::Currency, currency)?;
        let price = self.of(Field::Price, |text| Money::from_decimal(text, currency))?;
        let tax_rate = |text: &str| {
            let rate = text.parse().map_err(|_| "expected basis points: 1900 is 19 %".to_owned());
            rate.and_then(|rate| TaxRate::try_new(rate).map_err(|error| error.to_string()))
        };
        let delta = |text: &str| {
            let delta = text.parse().map_err(|_| "expected a whole number of pieces".to_owned());
            delta.and_then(|delta| Delta::try_new(delta).map_err(|error| error.to_string()))
        };
        let tax_rate = self.optional(Field::TaxRate, tax_rate)?;
        let stock_delta = if self.values[Field::StockDelta as usize] == "0" {
            None
        } else {
            self.optional(Field::StockDelta, delta)?
        };
        let variant = FileVariant { sku, title: variant_title, price, tax_rate, stock_delta };
        Ok(FileRow { place: Place::row(self.row), product, variant })
    }

    fn of<T, E: ToString>(
        &self,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, RowFailure> {
        match self.values[field as usize] {
            "" => Err(RowFailure::of(Place::row(self.row), field, &Fault::MissingValue)),
            text => self.typed(field, read(text)),
        }
    }

    fn or<T: Clone, E: ToString>(
        &self,
        field: Field,
        above: Option<&T>,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, RowFailure> {
        match above {
            Some(above) if self.values[field as usize].is_empty() => Ok(above.clone()),
            _ => self.of(field, read),
        }
    }

    fn optional<T, E: ToString>(
        &self,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, RowFailure> {
        match self.values[field as usize] {
            "" => Ok(None),
            text => self.typed(field, read(text)).map(Some),
        }
    }

    fn typed<T, E: ToString>(&self, field: Field, value: Result<T, E>) -> Result<T, RowFailure> {
        value.map_err(|error| {
            RowFailure::of(Place::row(self.row), field, &Fault::InvalidValue(error.to_string()))
        })
    }
}

fn status(text: &str) -> Result<ProductStatus, &'static str> {
    let named = serde_json::from_value(text.into()).unwrap_or(ProductStatus::Unknown);
    if named == ProductStatus::Unknown { Err("expected `draft`, `active` or `archived`") } else { Ok(named) }
}

/// A row that has ended: its number, and how many cells it has.
struct Ended {
    number: u64,
    cells: usize,
}

impl Records {
    fn separated_by(separator: u8) -> Self {
        Self {
            reader: Box::new(ReaderBuilder::new().delimiter(separator).build()),
            bytes: vec![0; LONGEST],
            ends: vec![0; MOST_CELLS],
            written: 0,
            cells: 0,
            row: 0,
            is_inside: false,
            after_return: false,
        }
    }

    /// Reads on until a row ends; `None` if the piece ends before.
    fn next(&mut self, piece: &mut &[u8], is_end: bool) -> Result<Option<Ended>, RowFailure> {
        loop {
            if !self.is_inside {
                self.skip_empty_rows(piece);
                if piece.is_empty() {
                    return Ok(None);
                }
                (self.is_inside, self.written, self.cells) = (true, 0, 0);
            } else if piece.is_empty() && !is_end {
                return Ok(None);
            }
            let (bytes, ends) = (&mut self.bytes[self.written..], &mut self.ends[self.cells..]);
            let (result, read, written, cells) = self.reader.read_record(piece, bytes, ends);
            self.after_return = read.checked_sub(1).and_then(|last| piece.get(last)) == Some(&b'\r');
            *piece = &piece[read..];
            self.written += written;
            self.cells += cells;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(RowFailure::of_file(self.row + 1, &Fault::RowTooLong));
                }
                ReadRecordResult::Record => {
                    self.row += 1;
                    self.is_inside = false;
                    return Ok(Some(Ended { number: self.row, cells: self.cells }));
                }
                ReadRecordResult::End => {
                    self.is_inside = false;
                    return Ok(None);
                }
            }
        }
    }

    fn skip_empty_rows(&mut self, piece: &mut &[u8]) {
        while let Some((byte @ (b'\r' | b'\n'), rest)) = piece.split_first() {
            // The second half of the line break that has ended the row before.
            let is_half = *byte == b'\n' && self.after_return;
            self.row += u64::from(!is_half);
            self.after_return = *byte == b'\r';
            *piece = rest;
        }
    }

    fn cells(&self, count: usize) -> impl Iterator<Item = &[u8]> {
        let ends = &self.ends[..count];
        let starts = [0].into_iter().chain(ends.iter().copied());
        starts.zip(ends).map(|(start, end)| &self.bytes[start..*end])
    }
}
