//! Stock and its reservations. `available + reserved + sold = received`, and no counter is ever negative.
//!
//! Many customers change a SKU's counters concurrently. So a decision returns a [`Movement`] instead of new counters:
//! the change of each counter, and the range of `available` for which the decision still holds.

mod command;
mod reservation;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::events::{ProductEvent, StockLow};
use crate::refusals;
use crate::words::charge::ChargeRule;
use crate::words::goods::{Sku, Title};
use crate::words::id::ProductId;
use crate::words::is_one_line;
use crate::words::money::{Currency, Money, TaxRate};
use crate::words::price::{Sale, effective};

pub use command::Command;
pub use reservation::{Change, ExpectedPrice, Reservation, ReservationStatus, Settled, settle_together};

/// Threshold of low stock: a SKU runs low when this many pieces or fewer are available.
pub const LOW: u64 = 5;

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
    /// Whether it can be ordered (its product is active).
    pub for_sale: bool,
    /// Pieces that can be ordered.
    pub available: u64,
    /// Pieces held for unpaid orders.
    pub reserved: u64,
    /// Pieces of paid orders.
    pub sold: u64,
    /// All pieces ever received, adjustments included.
    pub received: u64,
}

/// The change of one SKU's counters. Movements are created only in this module, and every kind keeps the books
/// balanced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Movement {
    /// The SKU.
    pub sku: Sku,
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

/// An adjustment of one SKU's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// The stock after the adjustment.
    pub after: StockItem,
    /// The movement that leads there.
    pub movement: Movement,
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
        let below_zero = || StockRefusal::BelowZero { sku: self.sku.clone(), available: self.available };
        let by = delta.into_inner();
        let (while_available, event) =
            if by < 0 { self.take(by.unsigned_abs()).ok_or_else(below_zero)? } else { (Within::ANY, None) };
        let still = Movement::none(self.sku.clone(), while_available);
        let movement = Movement { available: by, received: by, ..still };
        let after = self.after(&movement).ok_or_else(below_zero)?;
        Ok(Adjusted { after, movement, event })
    }

    /// Returns the stock after a movement; `None` if the movement is impossible.
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

    /// Returns the range of `available` in which taking `quantity` pieces has the same outcome as now, and the
    /// low-stock event if the SKU starts to run low. Returns `None` if there are too few pieces.
    ///
    /// Other orders take pieces between the read and the write. That is harmless as long as the count stays on one side
    /// of the threshold. Only the step across the threshold must start from exactly the count that was read, so that
    /// the event is published once, with the right number.
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
    /// Adds another movement of the same SKU that holds for any count.
    fn add(&mut self, other: &Self) {
        self.available += other.available;
        self.reserved += other.reserved;
        self.sold += other.sold;
        self.received += other.received;
    }

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
        /// A line costs something else than the caller expects.
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
    }
}
