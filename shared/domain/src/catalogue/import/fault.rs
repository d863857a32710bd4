//! What is wrong with a row, and where.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::catalogue::ProductRefusal;
use crate::words::refusal::Refusal;

/// A part of a row. Its name is its column's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::VariantArray, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// The product's slug, by which the rows of a product are found.
    Slug,
    /// The product's title.
    Title,
    /// The product's description.
    Description,
    /// The product's category.
    Category,
    /// Whether customers see the product.
    Status,
    /// The variant's SKU.
    Sku,
    /// The variant's title.
    VariantTitle,
    /// The variant's price, as a decimal number.
    Price,
    /// The price's currency.
    Currency,
    /// The tax that the price contains, in basis points.
    TaxRate,
    /// The number of pieces to add to the stock.
    StockDelta,
}

impl Field {
    /// The number of fields.
    pub const COUNT: usize = Self::VARIANTS.len();

    /// Returns all fields, in the order in which a file is exported.
    #[must_use]
    pub fn all() -> &'static [Self] {
        Self::VARIANTS
    }

    /// Returns the name of the field's column.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Returns whether a file may lack the column.
    #[must_use]
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Status | Self::TaxRate | Self::StockDelta)
    }

    /// Returns the field of a JSON line, as a JSON pointer (RFC 6901).
    fn pointer(self, variant: usize) -> String {
        let name = match self {
            Self::Slug | Self::Title | Self::Description | Self::Category | Self::Status => {
                return format!("/{}", self.name());
            }
            Self::VariantTitle => Self::Title.name(),
            Self::Price => "price/amount",
            Self::Currency => "price/currency",
            Self::Sku | Self::TaxRate | Self::StockDelta => self.name(),
        };
        format!("/variants/{variant}/{name}")
    }
}

/// The place of a variant in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The row, from 1: as a spreadsheet counts it, with the header; or the line.
    pub row: u64,
    /// The variant's place in its JSON line, from 0; `None` in a CSV file.
    pub variant: Option<usize>,
}

impl Place {
    /// A row of a CSV file, or a line as a whole.
    #[must_use]
    pub const fn row(row: u64) -> Self {
        Self { row, variant: None }
    }
}

/// What is wrong with a file or with one of its rows. The code is the variant's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Fault {
    /// There is no such column.
    #[error("there is no such column; expected {}", columns(|_| true))]
    UnknownColumn,
    /// A column is missing.
    #[error("the column is missing; needed are {}", columns(|field| !field.is_optional()))]
    MissingColumn,
    /// A column is there twice.
    #[error("the column is there twice")]
    RepeatedColumn,
    /// The text is in another encoding, such as Latin-1 or UTF-16.
    #[error("the text is not UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// The row is so long that a quotation mark is probably missing.
    #[error("the row is too long; a closing quotation mark may be missing")]
    RowTooLong,
    /// The file has too many rows.
    #[error("a file may have up to 1,000,000 rows")]
    TooManyRows,
    /// There is no row.
    #[error("the file has no row")]
    EmptyFile,
    /// The file is not the one that was announced.
    #[error("the file is not the one that was announced")]
    FileDiffers,
    /// The row has more or fewer cells than the header.
    #[error("the row has {found} cells, and the header {expected}")]
    CellCount {
        /// The number of columns.
        expected: usize,
        /// The number of cells.
        found: usize,
    },
    /// A cell is empty that must not be.
    #[error("a value is missing")]
    MissingValue,
    /// The value is not of the field's kind.
    #[error("{0}")]
    InvalidValue(String),
    /// The line is not JSON, or not a product.
    #[error("{0}")]
    InvalidJson(String),
    /// An earlier row describes the same product in other words.
    #[error("row {0} says something else of the same product")]
    ProductDiffers(u64),
    /// An earlier row has the same SKU.
    #[error("row {0} has the same sku")]
    RepeatedSku(u64),
}

fn columns(which: impl Fn(Field) -> bool) -> String {
    let names = Field::all().iter().copied().filter(|field| which(*field)).map(Field::name);
    names.collect::<Vec<_>>().join(", ")
}

impl Fault {
    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

/// A row that has changed nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RowFailure {
    /// The row, from 1: as a spreadsheet counts the rows of a CSV file, with its header; or the line of JSON.
    pub row: u64,
    /// The column of a CSV file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The place in a JSON line, as a JSON pointer (RFC 6901).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// A stable code, such as `missing_value`, `invalid_value`, `not_utf8`, `repeated_sku`, `unknown_column`, or that of the refusal
    /// of a request that asks for the same, such as `sku_taken` or `free_of_charge`.
    pub code: String,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl RowFailure {
    /// Creates the failure of a field.
    #[must_use]
    pub fn of(place: Place, field: Field, fault: &Fault) -> Self {
        Self::at(place, field, fault.code(), fault)
    }

    /// Creates the failure of a field that would be refused in a request, too.
    #[must_use]
    pub fn refused(place: Place, field: Field, refusal: &impl Refusal) -> Self {
        Self::at(place, field, refusal.code(), refusal)
    }

    /// Creates the failure of a row of a CSV file in the column of this name, of which there may be no field.
    #[must_use]
    pub fn in_column(row: u64, column: &str, fault: &Fault) -> Self {
        let (code, message) = (fault.code().to_owned(), fault.to_string());
        Self { row, column: Some(column.to_owned()), pointer: None, code, message }
    }

    /// Creates the failure of a line of JSON.
    #[must_use]
    pub fn in_line(row: u64, pointer: &str, fault: &Fault) -> Self {
        let (code, message) = (fault.code().to_owned(), fault.to_string());
        Self { row, column: None, pointer: Some(pointer.to_owned()), code, message }
    }

    /// Creates the failure of a file as a whole.
    #[must_use]
    pub fn of_file(row: u64, fault: &Fault) -> Self {
        let (code, message) = (fault.code().to_owned(), fault.to_string());
        Self { row, column: None, pointer: None, code, message }
    }

    fn at(place: Place, field: Field, code: &str, message: &impl fmt::Display) -> Self {
        let (code, message) = (code.to_owned(), message.to_string());
        let (column, pointer) = match place.variant {
            None => (Some(field.name().to_owned()), None),
            Some(variant) => (None, Some(field.pointer(variant))),
        };
        Self { row: place.row, column, pointer, code, message }
    }
}

/// Returns the field that a refusal is about.
pub(super) fn field_of(refusal: &ProductRefusal) -> Field {
    match refusal {
        ProductRefusal::MixedCurrencies | ProductRefusal::CurrencyNotCharged { .. } => Field::Currency,
        ProductRefusal::FreeOfCharge(_)
        | ProductRefusal::PriceNotCharged { .. }
        | ProductRefusal::PriceMissing
        | ProductRefusal::PriceDiffers(_)
        | ProductRefusal::SaleNotLower(_)
        | ProductRefusal::SaleEnded => Field::Price,
        ProductRefusal::TitleTooLong(_) => Field::VariantTitle,
        ProductRefusal::SlugTaken | ProductRefusal::NotFound => Field::Slug,
        ProductRefusal::VariantCount
        | ProductRefusal::DuplicateSku(_)
        | ProductRefusal::SkuTaken(_)
        | ProductRefusal::ImageTooLarge
        | ProductRefusal::TooManyImages
        | ProductRefusal::UnknownImage(_) => Field::Sku,
    }
}
