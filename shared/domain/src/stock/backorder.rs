//! Backorders: pieces that are sold before the shop has them.
//!
//! They are counted as if the shop had been given them on credit. So an order takes them, gives them back and sells them like all others,
//! no counter falls below zero, and what arrives makes up for them without anyone having to assign it.

use nutype::nutype;
use serde::{Deserialize, Serialize};

use super::StockItem;

/// The most pieces of a SKU that may be on backorder.
pub const MAX_BACKORDERED: u64 = 10_000;

/// The most days that a backorder may take.
pub const MAX_SHIPS_IN_DAYS: u16 = 365;

/// The number of pieces that may be on backorder: 1 to [`MAX_BACKORDERED`].
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = MAX_BACKORDERED),
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct BackorderLimit(u64);

/// In how many days a backorder ships: 1 to [`MAX_SHIPS_IN_DAYS`].
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = MAX_SHIPS_IN_DAYS),
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct ShipsInDays(u16);

/// How many pieces of a SKU are sold before the shop has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backorder {
    /// How many may be on backorder at a time.
    pub limit: BackorderLimit,
    /// In how many days they ship, which customers are told before they order.
    pub ships_in_days: ShipsInDays,
}

/// How many pieces of a SKU can be ordered, and how many of them the shop has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    /// Pieces that can be ordered, including those that the shop does not have yet.
    pub available: u64,
    /// Whether any are sold before the shop has them. Shards do not know it.
    #[serde(default)]
    pub backorder: Option<Backorder>,
}

impl Availability {
    /// Returns the number of pieces that are counted on credit.
    #[must_use]
    pub fn credit(self) -> u64 {
        self.backorder.map_or(0, |backorder| backorder.limit.into_inner())
    }

    /// Returns the number of available pieces that the shop has.
    #[must_use]
    pub fn in_stock(self) -> u64 {
        self.available.saturating_sub(self.credit())
    }

    /// Returns the number of ordered pieces that the shop does not have yet.
    #[must_use]
    pub fn backordered(self) -> u64 {
        self.credit().saturating_sub(self.available)
    }

    /// Returns in how many days so many pieces ship if they are ordered now; `None` if the shop has them, or does not sell so many.
    #[must_use]
    pub fn ships_in_days(self, pieces: u64) -> Option<ShipsInDays> {
        let ships_later = self.in_stock() < pieces && pieces <= self.available;
        self.backorder.filter(|_| ships_later).map(|backorder| backorder.ships_in_days)
    }

    /// Adds what another row of the same SKU has.
    pub fn add(&mut self, row: Self) {
        self.available += row.available;
        self.backorder = self.backorder.or(row.backorder);
    }
}

impl StockItem {
    /// Returns how many pieces can be ordered.
    #[must_use]
    pub fn availability(&self) -> Availability {
        Availability { available: self.available, backorder: self.backorder }
    }

    /// Returns the number of available pieces that the shop has.
    #[must_use]
    pub fn in_stock(&self) -> u64 {
        self.availability().in_stock()
    }
}
