//! What a piece costs: its price, and a reduction for a time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::money::Money;

/// A reduction of a price for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sale {
    /// The reduced price of one piece, tax included.
    pub price: Money,
    /// When the reduction began. One that goes further keeps the beginning of the one before it.
    pub since: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// The lowest price in the 30 days before it began, which a reduction is announced against.
    pub lowest_30_days: Money,
}

impl Sale {
    /// Returns whether the reduction applies.
    #[must_use]
    pub fn is_on(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// The price of a SKU, with its reduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PriceTag {
    /// The price of one piece without the reduction, tax included.
    pub price: Money,
    /// The reduction, which may have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Sale>,
}

impl PriceTag {
    /// Returns what one piece costs.
    #[must_use]
    pub fn effective(&self, now: Timestamp) -> Money {
        effective(self.price, self.sale.as_ref(), now)
    }
}

/// Returns what one piece costs: the reduced price until the reduction ends.
#[must_use]
pub fn effective(price: Money, sale: Option<&Sale>, now: Timestamp) -> Money {
    sale.filter(|sale| sale.is_on(now)).map_or(price, |sale| sale.price)
}
