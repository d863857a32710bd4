//! Stock and the reservations that hold it. `available + reserved + sold = received`, and none is ever below zero.
//!
//! Many customers move one sku's counters at once, so a decision does not end in new counters but in a [`Movement`]: by how
//! much each counter changes, and where `available` has to be at that moment for the decision still to be right.

mod command;
mod reservation;
#[cfg(test)]
mod tests;

use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::events::{ProductEvent, StockLow};
use crate::refusals;
use crate::words::goods::{Sku, Title};
use crate::words::money::{Currency, Money, TaxRate};
use crate::words::person::is_one_line;

pub use command::Command;
pub use reservation::{Change, Reservation, ReservationStatus};

/// A sku runs low once so many pieces are left, or fewer.
pub const LOW: u64 = 5;

/// The most pieces that one adjustment adds or takes away.
pub const MAX_DELTA: i64 = 1_000_000;

/// Why stock was adjusted by hand; kept for the books.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Reason(String);

/// By how much stock is corrected: up to [`MAX_DELTA`] either way, and not by nothing.
#[nutype(
    validate(predicate = is_delta),
    derive(Debug, Clone, Copy, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Delta(i64);

fn is_delta(delta: &i64) -> bool {
    *delta != 0 && (-MAX_DELTA..=MAX_DELTA).contains(delta)
}

/// The stock of one sku, with what a line of an order copies from the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockItem {
    /// What is counted.
    pub sku: Sku,
    /// The product's title and the variant's.
    pub title: Title,
    /// The price of one piece, tax included.
    pub price: Money,
    /// The tax that the price contains.
    pub tax_rate: TaxRate,
    /// Whether it can be ordered (its product is active).
    pub for_sale: bool,
    /// Pieces that can be ordered.
    pub available: u64,
    /// Pieces held for orders that are not paid.
    pub reserved: u64,
    /// Pieces of paid orders.
    pub sold: u64,
    /// All pieces that ever came, adjustments included.
    pub received: u64,
}

/// How the counters of one sku change. Movements are made in here only, and each kind of them keeps the books balanced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Movement {
    /// Of what.
    pub sku: Sku,
    /// Pieces that can be ordered: more or fewer.
    pub available: i64,
    /// Pieces held: more or fewer.
    pub reserved: i64,
    /// Pieces of paid orders: more or fewer.
    pub sold: i64,
    /// Pieces that came: more or fewer.
    pub received: i64,
    /// Where `available` must be when this is written.
    pub while_available: Within,
}

/// A range of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// At least so many.
    pub least: u64,
    /// At most so many; any number where there is none.
    pub most: Option<u64>,
}

impl Within {
    /// Any number.
    pub const ANY: Self = Self { least: 0, most: None };

    /// Whether a count is in the range.
    #[must_use]
    pub fn holds(self, count: u64) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }
}

/// A adjustment of one sku's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// The stock after it.
    pub after: StockItem,
    /// How it gets there.
    pub movement: Movement,
    /// What to tell the other services.
    pub event: Option<ProductEvent>,
}

impl StockItem {
    /// Whether the books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.available.checked_add(self.reserved).and_then(|sum| sum.checked_add(self.sold))
            == Some(self.received)
    }

    /// Adjusts the stock by hand: pieces that arrived, broke or were miscounted.
    ///
    /// # Errors
    /// When fewer pieces are available than it takes away.
    pub fn adjust(&self, delta: Delta) -> Result<Adjusted, StockRefusal> {
        let below_zero = || StockRefusal::BelowZero { sku: self.sku.clone(), available: self.available };
        let by = delta.into_inner();
        let (while_available, event) =
            if by < 0 { self.take(by.unsigned_abs()).ok_or_else(below_zero)? } else { (Within::ANY, None) };
        let still = Movement::none(self.sku.clone(), while_available);
        let movement = Movement { available: by, received: by, ..still };
        let after = self.after(&movement).ok_or_else(below_zero)?;
        Ok(Adjusted { after, movement, event })
    }

    /// The stock after a movement; `None` when it cannot be made.
    #[must_use]
    pub fn after(&self, movement: &Movement) -> Option<Self> {
        if movement.sku != self.sku || !movement.while_available.holds(self.available) {
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

    /// Where `available` must be for `quantity` pieces to be taken with the same outcome as now, and the event if that
    /// outcome is that the sku runs low. `None` when there are fewer.
    ///
    /// Others take pieces between reading and writing. Above the threshold, and below it, that does no harm; only the step
    /// across it has to start from exactly what was read, so that it is told once, with the right number.
    fn take(&self, quantity: u64) -> Option<(Within, Option<ProductEvent>)> {
        let left = self.available.checked_sub(quantity)?;
        Some(if left > LOW {
            (Within { least: quantity + LOW + 1, most: None }, None)
        } else if self.available > LOW {
            let exactly = Within { least: self.available, most: Some(self.available) };
            (exactly, Some(ProductEvent::StockLow(StockLow { sku: self.sku.clone(), available: left })))
        } else {
            (Within { least: quantity, most: Some(LOW) }, None)
        })
    }
}

impl Movement {
    fn none(sku: Sku, while_available: Within) -> Self {
        Self { sku, available: 0, reserved: 0, sold: 0, received: 0, while_available }
    }
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
        /// Fewer pieces are available than the line asks for.
        #[error("insufficient stock for {0}")]
        OutOfStock(Sku) => Conflict, "out_of_stock", "Order fewer pieces, or remove the line.";
        /// The line is priced in another currency than the order.
        #[error("{sku} is priced in {}, the order is in {}", .priced.code(), .wanted.code())]
        CurrencyMismatch {
            /// The line's SKU.
            sku: Sku,
            /// The currency that it is priced in.
            priced: Currency,
            /// The order's currency.
            wanted: Currency,
        } => Invalid, "currency_mismatch", "Order in the currency that the products are priced in.";
        /// The lines cost more than one order may.
        #[error("the order's total is out of range")]
        TotalOutOfRange => Invalid, "amount_out_of_range", "Split the order.";
        /// The order has reserved other lines before.
        #[error("this order has reserved other lines")]
        DifferentLines => Invalid, "different_lines", "Use a new Idempotency-Key for another order.";
        /// The order's reservation has ended.
        #[error("the reservation of this order has ended; place a new order")]
        Ended => Conflict, "reservation_ended", "Place a new order, with a new Idempotency-Key.";
        /// The adjustment would take more than is available.
        #[error("only {available} pieces of {sku} are available")]
        BelowZero {
            /// The SKU.
            sku: Sku,
            /// Pieces that can be taken.
            available: u64,
        } => Conflict, "stock_below_zero", "Take away no more than is available.";
    }
}
