//! Order lines: SKU, quantity and price.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::words::goods::{Goods, Quantity, Sku, Title};
use crate::words::money::{Money, Ppm};

/// Maximum number of lines per order. Each line needs up to two writes, its count and its low-stock event. All of them
/// are one transaction, which DynamoDB limits to 100 writes.
pub const MAX_LINES: usize = 40;

/// A SKU and its quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// The SKU.
    pub sku: Sku,
    /// The number of pieces.
    pub quantity: Quantity,
}

/// 1 to [`MAX_LINES`] lines, each with a different SKU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Line>", into = "Vec<Line>")]
pub struct Lines(Vec<Line>);

/// Why lines cannot be ordered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinesError {
    /// No lines, or more than [`MAX_LINES`].
    #[error("an order has 1 to {MAX_LINES} lines")]
    Count,
    /// Two lines have the same SKU.
    #[error("duplicate sku: {0}")]
    DuplicateSku(Sku),
}

impl TryFrom<Vec<Line>> for Lines {
    type Error = LinesError;

    fn try_from(lines: Vec<Line>) -> Result<Self, LinesError> {
        if !(1..=MAX_LINES).contains(&lines.len()) {
            return Err(LinesError::Count);
        }
        let mut skus = HashSet::new();
        match lines.iter().find(|line| !skus.insert(&line.sku)) {
            Some(twice) => Err(LinesError::DuplicateSku(twice.sku.clone())),
            None => Ok(Self(lines)),
        }
    }
}

impl From<Lines> for Vec<Line> {
    fn from(lines: Lines) -> Self {
        lines.0
    }
}

impl Lines {
    /// Returns the lines in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Line] {
        &self.0
    }
}

/// 1 to [`MAX_LINES`] SKUs, each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Sku>", into = "Vec<Sku>")]
pub struct Skus(Vec<Sku>);

impl TryFrom<Vec<Sku>> for Skus {
    type Error = LinesError;

    fn try_from(skus: Vec<Sku>) -> Result<Self, LinesError> {
        if !(1..=MAX_LINES).contains(&skus.len()) {
            return Err(LinesError::Count);
        }
        let mut seen = HashSet::new();
        match skus.iter().find(|sku| !seen.insert(*sku)) {
            Some(twice) => Err(LinesError::DuplicateSku(twice.clone())),
            None => Ok(Self(skus)),
        }
    }
}

impl From<Skus> for Vec<Sku> {
    fn from(skus: Skus) -> Self {
        skus.0
    }
}

impl Skus {
    /// Returns the SKUs in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[Sku] {
        &self.0
    }
}

/// A line with the catalogue's data at the time of reservation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PricedLine {
    /// The SKU.
    pub sku: Sku,
    /// The title at that time.
    pub title: Title,
    /// The number of pieces.
    pub quantity: Quantity,
    /// The price of one piece at that time, tax included.
    pub unit_price: Money,
    /// Quantity × unit price, less the discount.
    pub total: Money,
    /// The tax that the total contains, or that is added to it, rounded half up per line.
    pub tax: Money,
    /// What promotions took off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Money>,
    /// The rate of the tax in parts per million, once it is known where the line is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Ppm>,
    /// What tax, carriers and the law of withdrawal asked about one piece at that time.
    #[serde(default, skip_serializing_if = "Goods::are_ordinary")]
    pub goods: Goods,
}
