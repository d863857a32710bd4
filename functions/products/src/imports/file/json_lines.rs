//! JSON lines: in each a product, as it is created.

use std::mem;

use domain::catalogue::{
    Fault, FileProduct, FileRow, FileVariant, MAX_VARIANTS, Place, ProductStatus, RowFailure, present_status,
};
use domain::stock::Delta;
use domain::words::goods::{Description, Sku, Slug, Title};
use domain::words::money::{Money, TaxRate};
use edge::Body;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use crate::imports::file::{Row, without_mark};

/// The longest line.
const LONGEST: usize = 256 * 1024;

/// A product, as it is created, without its pictures.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) slug: Slug,
    pub(super) title: Title,
    pub(super) description: Description,
    pub(super) category: Slug,
    #[serde(default, deserialize_with = "present_status", skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<ProductStatus>,
    pub(super) variants: Vec<LineVariant>,
}

/// A variant of a product.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct LineVariant {
    pub(super) sku: Sku,
    pub(super) title: Title,
    pub(super) price: Money,
    #[serde(default, deserialize_with = "edge::present", skip_serializing_if = "Option::is_none")]
    pub(super) tax_rate: Option<TaxRate>,
    #[serde(default, deserialize_with = "edge::present", skip_serializing_if = "Option::is_none")]
    pub(super) stock_delta: Option<Delta>,
}

/// Reads JSON lines.
#[derive(Debug, Default)]
pub struct LineReader {
    /// The line that is being read.
    line: Vec<u8>,
    /// The lines before, also empty ones.
    before: u64,
    /// Whether the line is longer than any that is read.
    is_too_long: bool,
}

impl LineReader {
    pub(super) fn push(&mut self, piece: &[u8], rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.take(&rest[..end]);
            self.finish(rows)?;
            rest = &rest[end + 1..];
        }
        self.take(rest);
        Ok(())
    }

    pub(super) fn end(&mut self, rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        self.finish(rows)
    }

    fn take(&mut self, bytes: &[u8]) {
        self.is_too_long |= self.line.len() + bytes.len() > LONGEST;
        if !self.is_too_long {
            self.line.extend_from_slice(bytes);
        }
    }

    fn finish(&mut self, rows: &mut Vec<Row>) -> Result<(), RowFailure> {
        let (line, is_too_long) = (mem::take(&mut self.line), mem::take(&mut self.is_too_long));
        self.before += 1;
        let number = self.before;
        let line = if number == 1 {
            without_mark(&line).map_err(|fault| RowFailure::in_line(1, "", &fault))?
        } else {
            &line
        };
        if is_too_long {
            rows.push(Err(RowFailure::in_line(number, "", &Fault::RowTooLong)));
        } else if !line.trim_ascii().is_empty() {
            match read(number, line) {
                Ok(of_line) => rows.extend(of_line.into_iter().map(Ok)),
                Err(failure) => rows.push(Err(failure)),
            }
        }
        Ok(())
    }
}

/// Reads a line: strictly, as the body of a request.
fn read(row: u64, line: &[u8]) -> Result<Vec<FileRow>, RowFailure> {
    if std::str::from_utf8(line).is_err() {
        return Err(RowFailure::in_line(row, "", &Fault::NotUtf8));
    }
    let line = Line::read(line, "POST", &HeaderMap::new()).map_err(|problem| {
        let error = problem.errors().first();
        let (pointer, message) = error.map_or(("", problem.code()), |error| (&error.pointer, &error.message));
        RowFailure::in_line(row, pointer, &Fault::InvalidJson(message.to_owned()))
    })?;
    let Line { slug, title, description, category, status, variants } = line;
    if !(1..=MAX_VARIANTS).contains(&variants.len()) {
        let message = format!("a product must have 1 to {MAX_VARIANTS} variants");
        return Err(RowFailure::in_line(row, "/variants", &Fault::InvalidJson(message)));
    }
    let product = FileProduct { slug, title, description, category, status };
    let of_line = |(number, variant): (usize, LineVariant)| {
        let LineVariant { sku, title, price, tax_rate, stock_delta } = variant;
        let place = Place { row, variant: Some(number) };
        let variant = FileVariant { sku, title, price, tax_rate, stock_delta };
        FileRow { place, product: product.clone(), variant }
    };
    Ok(variants.into_iter().enumerate().map(of_line).collect())
}
