//! Shards: rows that each count some of a SKU's pieces, so that one row does not limit how many orders a second it takes.

use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::words::goods::Sku;
use crate::words::id::OrderId;

/// The most shards of a SKU: a change of its price writes all of them.
pub const MAX_SHARDS: u8 = 32;

/// The most shards of all variants of a product together. A change of the product writes them with the stock of up to 50 variants, in
/// one transaction of up to 100 rows.
pub const MAX_SHARDS_OF_PRODUCT: u8 = 40;

/// The number of rows that a SKU's pieces are spread over: 1 to [`MAX_SHARDS`]. With 1 they are in the SKU's own row.
#[nutype(
    validate(greater_or_equal = 1, less_or_equal = MAX_SHARDS),
    default = 1,
    derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsRef, Default, Display, Serialize, Deserialize)
)]
pub struct Shards(u8);

impl Shards {
    /// Returns whether there are shards at all.
    #[must_use]
    pub fn are_several(self) -> bool {
        self.into_inner() > 1
    }
}

/// How a SKU's pieces are spread over shards. It is in the SKU's own row, which reservations read and do not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The number of shards that pieces are kept in.
    pub shards: Shards,
    /// The number of shards that exist. One that is no longer used still counts what it has sold, and gets back what it has reserved.
    pub rows: u8,
    /// The version of what the lines of orders copy from the SKU's row. Every shard repeats it, and every change of price, title,
    /// goods, tax or sale writes all of them: so a reservation can rely on it without touching the SKU's row.
    pub terms: u64,
    /// Whether the SKU ran low when its rows were last counted together.
    pub ran_low: bool,
}

/// Some of a SKU's pieces. Its counters balance like those of the SKU's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// The SKU.
    pub sku: Sku,
    /// Its number, from 0.
    pub shard: u8,
    /// Pieces that can be ordered.
    pub available: u64,
    /// Pieces held for unpaid orders.
    pub reserved: u64,
    /// Pieces of paid orders.
    pub sold: u64,
    /// All pieces that it was given, less those that it has given away.
    pub received: u64,
    /// The version of what lines copy ([`Spread::terms`]).
    pub terms: u64,
}

impl Spread {
    /// Returns the row from which an order takes its pieces if it has enough; `None` for the SKU's own.
    #[must_use]
    pub fn home(&self, order: OrderId) -> Option<u8> {
        self.home_of(order.bits())
    }

    pub(super) fn home_of(&self, bits: u128) -> Option<u8> {
        let home = remainder(bits, self.shards.into_inner());
        self.shards.are_several().then_some(home)
    }

    /// Returns the place of a row in the sequence in which an order looks for pieces: first its own, then the other shards, from one
    /// that depends on the order, too, so that those whose shard is empty do not meet at the next one; the SKU's own row last.
    pub(super) fn place(&self, bits: u128, shard: Option<u8>) -> u8 {
        match shard {
            shard if shard == self.home_of(bits) => 0,
            Some(number) => {
                let first = remainder(bits / u128::from(self.shards.into_inner()), self.rows);
                1 + (number + self.rows - first) % self.rows.max(1)
            }
            None => 1 + self.rows,
        }
    }

    /// Returns the rows that pieces are kept in.
    pub(super) fn in_use(&self) -> Vec<Option<u8>> {
        if self.shards.are_several() { (0..self.shards.into_inner()).map(Some).collect() } else { vec![None] }
    }
}

fn remainder(bits: u128, of: u8) -> u8 {
    u8::try_from(bits % u128::from(of.max(1))).unwrap_or_default()
}

impl Shard {
    /// Creates a shard without pieces.
    pub(super) fn empty(sku: Sku, shard: u8, terms: u64) -> Self {
        Self { sku, shard, available: 0, reserved: 0, sold: 0, received: 0, terms }
    }

    /// Returns whether its books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.available.checked_add(self.reserved).and_then(|sum| sum.checked_add(self.sold))
            == Some(self.received)
    }
}
