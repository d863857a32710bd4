//! Lines of an order: what, how many, and at which price.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::words::goods::{Quantity, Sku, Title};
use crate::words::money::Money;

/// The most lines of one order. Each is up to two writes, its count and the news that it runs low, and all are one
/// transaction, of which DynamoDB takes 100.
pub const MAX_LINES: usize = 40;

/// One sku and how many pieces of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Line {
    /// What.
    pub sku: Sku,
    /// How many.
    pub quantity: Quantity,
}

/// 1 to [`MAX_LINES`] lines, each of another sku.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Line>", into = "Vec<Line>")]
pub struct Lines(Vec<Line>);

/// Why lines cannot be ordered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinesError {
    /// None, or too many.
    #[error("an order has 1 to {MAX_LINES} lines")]
    Count,
    /// Two lines name one sku.
    #[error("the sku {0} is given twice")]
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
    /// The lines, as they were given.
    #[must_use]
    pub fn as_slice(&self) -> &[Line] {
        &self.0
    }
}

/// A line with what the catalogue said when it was reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PricedLine {
    /// What.
    pub sku: Sku,
    /// Its title then.
    pub title: Title,
    /// How many.
    pub quantity: Quantity,
    /// The price of one piece then, tax included.
    pub unit_price: Money,
    /// Quantity × unit price.
    pub total: Money,
    /// The tax that the total contains, rounded half up per line.
    pub tax: Money,
}

impl PricedLine {
    /// How many pieces, as stock counts them.
    #[must_use]
    pub fn pieces(&self) -> i64 {
        i64::from(self.quantity.into_inner())
    }
}
