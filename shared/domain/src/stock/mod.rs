//! Stock and its reservations. `available + reserved + sold = received`, and no counter is ever negative.
//!
//! Many customers change a SKU's counters concurrently. So a decision returns a [`Movement`] instead of new counters:
//! the change of each counter, and the range of `available` for which the decision still holds.
//!
//! The pieces of a SKU that very many order may be spread over several rows: [`Stock`] is all of them.

mod backorder;
mod command;
mod offer;
mod reservation;
mod returned;
mod shard;
mod spread;
#[cfg(test)]
mod tests;
mod watch;

use jiff::Timestamp;
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::events::{ProductEvent, StockLow};
use crate::refusals;
use crate::words::charge::ChargeRule;
use crate::words::goods::{Goods, Sku, Slug, Title};
use crate::words::id::ProductId;
use crate::words::is_one_line;
use crate::words::money::{Currency, Money, TaxRate};
use crate::words::price::{Sale, effective};

pub use backorder::{
    Availability, Backorder, BackorderLimit, MAX_BACKORDERED, MAX_SHIPS_IN_DAYS, ShipsInDays,
};
pub use command::Command;
pub use offer::{Offer, OfferedLater, Offers, SHOWN_AT_MOST};
pub use reservation::{
    Change, ExpectedPrice, Reservation, ReservationStatus, Settled, TakenFrom, settle_together,
};
pub use returned::{NotSold, Returned};
pub use shard::{MAX_SHARDS, MAX_SHARDS_OF_PRODUCT, Shard, Shards, Spread};
pub use spread::{Policy, PolicySet, Recounted, Stock, Transfer, gathered};
pub use watch::{MAX_WATCHES, WATCHED_FOR, Watch, WatchRefusal};

/// The threshold of low stock, unless the SKU's policy has another.
pub const LOW: u64 = 5;

/// The highest threshold of low stock.
pub const MAX_LOW: u64 = 10_000;

/// Maximum number of pieces that one adjustment adds or removes.
pub const MAX_DELTA: i64 = 1_000_000;

/// The reason for a manual adjustment; kept for audits.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Reason(String);

/// The size of an adjustment: up to [`MAX_DELTA`] in either direction, not zero.
#[nutype(
    validate(predicate = is_delta),
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Delta(i64);

fn is_delta(delta: &i64) -> bool {
    *delta != 0 && (-MAX_DELTA..=MAX_DELTA).contains(delta)
}

/// A threshold of low stock: a SKU runs low when this many pieces or fewer are available. 0 to [`MAX_LOW`].
#[nutype(
    validate(less_or_equal = MAX_LOW),
    default = LOW,
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Default, Display, Serialize, Deserialize)
)]
pub struct LowAt(u64);

/// The stock of one SKU, with the catalogue data that order lines copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockItem {
    /// What is counted.
    pub sku: Sku,
    /// The product that it is a variant of.
    pub product_id: ProductId,
    /// The product's title and the variant's.
    pub title: Title,
    /// The price of one piece without a reduction, tax included.
    pub price: Money,
    /// The reduction of the price, which may have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Sale>,
    /// The tax that the price contains.
    pub tax_rate: TaxRate,
    /// What tax, carriers and the law of withdrawal ask about one piece.
    #[serde(flatten)]
    pub goods: Goods,
    /// The category that its product is listed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Slug>,
    /// Whether it can be ordered (its product is active).
    pub for_sale: bool,
    /// Pieces that can be ordered, including those that the shop does not have yet.
    pub available: u64,
    /// Pieces held for unpaid orders.
    pub reserved: u64,
    /// Pieces of paid orders.
    pub sold: u64,
    /// All pieces ever received, adjustments included, and those that may be on backorder.
    pub received: u64,
    /// When it runs low.
    #[serde(default)]
    pub low_at: LowAt,
    /// Whether it is sold before the shop has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backorder: Option<Backorder>,
    /// The number of changes of what staff have set for it. Counters change without it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub policy_version: u64,
    /// How its pieces are spread over shards, if they are or have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// What becomes of a SKU's place in the list of those that run low. The list may also have some that have recovered by pieces that were
/// released, whose counters nobody reads before they move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LowList {
    /// It stays what it is.
    #[default]
    Keep,
    /// It is in the list.
    Enter,
    /// It is not in the list.
    Leave,
}

/// The change of one SKU's counters. Movements are created only in this module, and every kind keeps the books
/// balanced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Movement {
    /// The SKU.
    pub sku: Sku,
    /// The shard whose counters change; `None` for the SKU's own row.
    pub shard: Option<u8>,
    /// Change in available pieces.
    pub available: i64,
    /// Change in reserved pieces.
    pub reserved: i64,
    /// Change in sold pieces.
    pub sold: i64,
    /// Change in received pieces.
    pub received: i64,
    /// The range that `available` must be in when the movement is written.
    pub while_available: Within,
    /// Its place in the list of what runs low.
    pub low: LowList,
}

/// A range of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// Inclusive lower bound.
    pub least: u64,
    /// Inclusive upper bound; unbounded if `None`.
    pub most: Option<u64>,
}

impl Within {
    /// Any count.
    pub const ANY: Self = Self { least: 0, most: None };

    /// Returns whether a count is in the range.
    #[must_use]
    pub fn holds(self, count: u64) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }
}

/// Pieces that are taken from the available stock of one row, or added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Taken {
    while_available: Within,
    event: Option<ProductEvent>,
    low: LowList,
}

/// An adjustment of one SKU's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// The stock after the adjustment.
    pub after: StockItem,
    /// The movements that lead there, one per row.
    pub movements: Vec<Movement>,
    /// The event to publish, if any.
    pub event: Option<ProductEvent>,
}

impl StockItem {
    /// Returns whether the books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.available.checked_add(self.reserved).and_then(|sum| sum.checked_add(self.sold))
            == Some(self.received)
    }

    /// Returns what one piece costs.
    #[must_use]
    pub fn unit_price(&self, now: Timestamp) -> Money {
        effective(self.price, self.sale.as_ref(), now)
    }

    /// Adjusts the stock by hand, for pieces that arrived, broke or were miscounted.
    ///
    /// # Errors
    /// If the adjustment removes more pieces than are available.
    pub fn adjust(&self, delta: Delta) -> Result<Adjusted, StockRefusal> {
        let below_zero = || StockRefusal::BelowZero { sku: self.sku.clone(), available: self.in_stock() };
        let by = delta.into_inner();
        let Taken { while_available, event, low } = if by < 0 {
            self.take_real(by.unsigned_abs()).ok_or_else(below_zero)?
        } else {
            self.receive(by.unsigned_abs())
        };
        let still = Movement::none(self.sku.clone(), None, while_available);
        let movement = Movement { available: by, received: by, low, ..still };
        let after = self.after(&movement).ok_or_else(below_zero)?;
        Ok(Adjusted { after, movements: vec![movement], event })
    }

    /// Returns the stock after a movement; `None` if the movement is impossible.
    #[must_use]
    pub fn after(&self, movement: &Movement) -> Option<Self> {
        let is_of_it = movement.sku == self.sku && movement.shard.is_none();
        if !is_of_it || !movement.while_available.holds(self.available) {
            return None;
        }
        Some(Self {
            available: self.available.checked_add_signed(movement.available)?,
            reserved: self.reserved.checked_add_signed(movement.reserved)?,
            sold: self.sold.checked_add_signed(movement.sold)?,
            received: self.received.checked_add_signed(movement.received)?,
            ..self.clone()
        })
    }

    /// Returns the range of `available` in which taking `quantity` pieces has the same outcome as now, and the
    /// low-stock event if the SKU starts to run low. Returns `None` if there are too few pieces.
    ///
    /// Other orders take pieces between the read and the write. That is harmless as long as the count stays on one side
    /// of the threshold. Only the step across the threshold must start from exactly the count that was read, so that
    /// the event is published once, with the right number.
    fn take(&self, quantity: u64) -> Option<Taken> {
        let left = self.available.checked_sub(quantity)?;
        let low_mark = self.low_mark();
        Some(if left > low_mark {
            let while_available = Within { least: quantity + low_mark + 1, most: None };
            Taken { while_available, event: None, low: LowList::Keep }
        } else if self.is_low() {
            let while_available = Within { least: quantity, most: Some(low_mark) };
            Taken { while_available, event: None, low: LowList::Enter }
        } else {
            let left = left.saturating_sub(self.availability().credit());
            let event = ProductEvent::StockLow(StockLow { sku: self.sku.clone(), available: left });
            let while_available = Within { least: self.available, most: Some(self.available) };
            Taken { while_available, event: Some(event), low: LowList::Enter }
        })
    }

    /// Like [`take`](Self::take), for pieces that the shop has.
    fn take_real(&self, quantity: u64) -> Option<Taken> {
        self.in_stock().checked_sub(quantity)?;
        let taken = self.take(quantity)?;
        let least = taken.while_available.least.max(quantity + self.availability().credit());
        Some(Taken { while_available: Within { least, ..taken.while_available }, ..taken })
    }

    /// Like [`take`](Self::take), for pieces that arrive. A SKU leaves the list only if it has enough whatever is taken meanwhile.
    fn receive(&self, quantity: u64) -> Taken {
        let enough = self.low_mark() + 1;
        let recovers = self.is_low() && self.available.saturating_add(quantity) >= enough;
        let (while_available, low) = if recovers {
            (Within { least: enough.saturating_sub(quantity), most: None }, LowList::Leave)
        } else {
            (Within::ANY, LowList::Keep)
        };
        Taken { while_available, event: None, low }
    }

    /// Returns whether few pieces are available that the shop has.
    #[must_use]
    pub fn is_low(&self) -> bool {
        self.available <= self.low_mark()
    }

    /// Returns the number of available pieces at which the SKU runs low.
    fn low_mark(&self) -> u64 {
        self.low_at.into_inner() + self.availability().credit()
    }
}

impl Movement {
    /// Adds another movement of the same row that holds for any count.
    fn add(&mut self, other: &Self) {
        self.available += other.available;
        self.reserved += other.reserved;
        self.sold += other.sold;
        self.received += other.received;
    }

    /// Returns whether both change the same row.
    fn is_of_row(&self, other: &Self) -> bool {
        (&self.sku, self.shard) == (&other.sku, other.shard)
    }

    fn none(sku: Sku, shard: Option<u8>, while_available: Within) -> Self {
        Self {
            sku,
            shard,
            available: 0,
            reserved: 0,
            sold: 0,
            received: 0,
            while_available,
            low: LowList::Keep,
        }
    }
}

/// Adds up the movements of each row that hold for any count, since a transaction writes a row once.
fn added_up(movements: impl IntoIterator<Item = Movement>) -> Vec<Movement> {
    movements.into_iter().fold(Vec::new(), |mut sums: Vec<Movement>, movement| {
        match sums.iter_mut().find(|sum| sum.is_of_row(&movement)) {
            Some(sum) => sum.add(&movement),
            None => sums.push(movement),
        }
        sums
    })
}

refusals! {
    /// Why stock was not reserved or adjusted.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum StockRefusal {
        /// The shop has never had the SKU.
        #[error("sku not found")]
        NotFound => NotFound, "sku_not_found", "Check the SKU.";
        /// The SKU is not for sale.
        #[error("{0} is not for sale")]
        UnknownSku(Sku) => Invalid, "unknown_sku", "Remove the line.";
        /// Fewer pieces are available than the line requires.
        #[error("insufficient stock for {0}")]
        OutOfStock(Sku) => Conflict, "out_of_stock", "Order fewer pieces, or remove the line.";
        /// The line is priced in a currency other than the order's.
        #[error("{sku} is priced in {}, the order is in {}", .priced.code(), .wanted.code())]
        CurrencyMismatch {
            /// The line's SKU.
            sku: Sku,
            /// The currency that it is priced in.
            priced: Currency,
            /// The order's currency.
            wanted: Currency,
        } => Invalid, "currency_mismatch", "Order in the currency that the products are priced in.";
        /// The price of a line differs from the expected one.
        #[error("the price of {0} has changed")]
        PriceChanged(Sku) => Conflict, "price_changed", "Show the new price, and ask again.";
        /// The order's total cannot be charged: it is below or above what the payment gateway takes in its currency.
        #[error("the order's total must be {0}")]
        TotalOutOfRange(ChargeRule) => Invalid, "amount_out_of_range",
            "Order more if the total is too small, or split the order if it is too large; `detail` has the range.";
        /// The payment gateway does not charge the order's currency.
        #[error("{} cannot be charged", .currency.code())]
        CurrencyNotCharged {
            /// The order's currency.
            currency: Currency,
        } => Invalid, "currency_not_supported", "Price products in another currency.";
        /// The order has already reserved other lines.
        #[error("this order has reserved other lines")]
        DifferentLines => Invalid, "different_lines", "Use a new Idempotency-Key for another order.";
        /// The order's reservation has ended.
        #[error("the reservation of this order has ended; place a new order")]
        Ended => Conflict, "reservation_ended", "Place a new order, with a new Idempotency-Key.";
        /// The adjustment would remove more pieces than are available.
        #[error("only {available} pieces of {sku} are available")]
        BelowZero {
            /// The SKU.
            sku: Sku,
            /// Available pieces.
            available: u64,
        } => Conflict, "stock_below_zero", "Remove no more pieces than are available.";
        /// More pieces are on backorder than the policy would allow.
        #[error("{backordered} pieces of {sku} are on backorder")]
        Backordered {
            /// The SKU.
            sku: Sku,
            /// Ordered pieces that the shop does not have yet.
            backordered: u64,
        } => Conflict, "backorder_in_use", "Allow at least as many, until they have arrived.";
        /// The variants of a product would have more shards than a change of the product can write.
        #[error("the stock of a product's variants may have up to {MAX_SHARDS_OF_PRODUCT} shards together")]
        TooManyShards => Conflict, "too_many_shards", "Send fewer `shards`.";
    }
}

impl StockRefusal {
    /// The codes that only the staff meet, who change stock and do not order it.
    pub const TO_STAFF: &'static [&'static str] =
        &["sku_not_found", "stock_below_zero", "backorder_in_use", "too_many_shards"];
}
