//! Stock and the reservations that hold it. `available + reserved + sold = received`, and none is ever below zero.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use nutype::nutype;
use serde::{Deserialize, Serialize};

use crate::event::{Event, ReservationExpired};
use crate::id::OrderId;
use crate::money::{Currency, Money, TaxRate};
use crate::person::is_one_line;
use crate::product::{Quantity, Sku, Title};
use crate::refusal::{Kind, Refusal};

/// How long a customer's stock is held for payment.
pub const HOLD: SignedDuration = SignedDuration::from_mins(15);

/// How much longer the product service itself waits before it lets go of stock that nobody settled. The order ends first
/// and says so; this is for orders that never came to be.
pub const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// The most lines of one order: each is one write, and all are one transaction (DynamoDB takes 100).
pub const MAX_LINES: usize = 50;

/// Why stock was corrected by hand; kept for the books.
#[nutype(
    sanitize(trim),
    validate(not_empty, len_char_max = 200, predicate = is_one_line),
    derive(Debug, Clone, PartialEq, Eq, AsRef, Display, Serialize, Deserialize)
)]
pub struct Reason(String);

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
    /// All pieces that ever came, corrections included.
    pub received: u64,
}

impl StockItem {
    /// Whether the books balance.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.available.checked_add(self.reserved).and_then(|sum| sum.checked_add(self.sold)) == Some(self.received)
    }
}

/// One sku and how many pieces of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Where a reservation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStatus {
    /// The pieces are set aside.
    Held,
    /// The pieces are sold.
    Committed,
    /// The pieces are back.
    Released,
}

/// The stock held for one order: all lines or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// The order it is for, and its key: one order has one reservation.
    pub order_id: OrderId,
    /// What is held, at which price.
    pub lines: Vec<PricedLine>,
    /// Where it is.
    pub status: ReservationStatus,
    /// Until when the customer may pay.
    pub held_until: Timestamp,
}

/// Why stock was not reserved or corrected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StockRefusal {
    /// The catalogue has no such sku for sale.
    #[error("there is no {0} for sale")]
    UnknownSku(Sku),
    /// Not as many pieces are available.
    #[error("not enough of {0} is left")]
    OutOfStock(Sku),
    /// The line is priced in another currency than the order.
    #[error("{sku} is priced in {}, the order is in {}", .priced.code(), .wanted.code())]
    CurrencyMismatch {
        /// The line's sku.
        sku: Sku,
        /// The currency that it is priced in.
        priced: Currency,
        /// The order's currency.
        wanted: Currency,
    },
    /// The lines cost more than one order may.
    #[error("the order's total is out of range")]
    TotalOutOfRange,
    /// The order already holds other lines.
    #[error("this order has reserved other lines")]
    DifferentLines,
    /// The order's reservation has ended.
    #[error("the reservation of this order has ended; place a new order")]
    Ended,
    /// A correction would take more than is available.
    #[error("only {available} pieces of {sku} are available")]
    BelowZero {
        /// The sku.
        sku: Sku,
        /// Pieces that can be taken.
        available: u64,
    },
}

impl Refusal for StockRefusal {
    fn kind(&self) -> Kind {
        match self {
            Self::UnknownSku(_) | Self::CurrencyMismatch { .. } | Self::TotalOutOfRange | Self::DifferentLines => {
                Kind::Invalid
            }
            Self::OutOfStock(_) | Self::Ended | Self::BelowZero { .. } => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownSku(_) => "unknown_sku",
            Self::OutOfStock(_) => "out_of_stock",
            Self::CurrencyMismatch { .. } => "currency_mismatch",
            Self::TotalOutOfRange => "amount_out_of_range",
            Self::DifferentLines => "different_lines",
            Self::Ended => "reservation_ended",
            Self::BelowZero { .. } => "stock_below_zero",
        }
    }
}

impl Reservation {
    /// Prices `lines` from the stock items found (in any order) and holds them for `order_id`.
    ///
    /// # Errors
    /// When a sku is unknown or not for sale, priced in another currency, or too few pieces are available.
    pub fn hold(
        order_id: OrderId,
        lines: &Lines,
        currency: Currency,
        stock: &[StockItem],
        now: Timestamp,
    ) -> Result<Self, StockRefusal> {
        let lines: Vec<PricedLine> =
            lines.as_slice().iter().map(|line| price(line, currency, stock)).collect::<Result<_, _>>()?;
        Money::sum(lines.iter().map(|line| line.total)).map_err(|_| StockRefusal::TotalOutOfRange)?;
        Ok(Self { order_id, lines, status: ReservationStatus::Held, held_until: now + HOLD })
    }

    /// Answers a repeated request: the same lines get the reservation that there is.
    ///
    /// # Errors
    /// When the lines differ, or the reservation has ended.
    pub fn repeat(self, lines: &Lines) -> Result<Self, StockRefusal> {
        let same = self.lines.len() == lines.as_slice().len()
            && self.lines.iter().zip(lines.as_slice()).all(|(a, b)| a.sku == b.sku && a.quantity == b.quantity);
        if !same {
            return Err(StockRefusal::DifferentLines);
        }
        match self.status {
            ReservationStatus::Released => Err(StockRefusal::Ended),
            ReservationStatus::Held | ReservationStatus::Committed => Ok(self),
        }
    }

    /// The order is paid: its pieces are sold. `None` when that is already so. A released reservation is committed too:
    /// the order is final, so the pieces are taken from what is available, if they are still there.
    #[must_use]
    pub fn commit(&self) -> Option<Self> {
        (self.status != ReservationStatus::Committed)
            .then(|| Self { status: ReservationStatus::Committed, ..self.clone() })
    }

    /// The order has ended unpaid: its pieces are back. `None` when there is nothing to give back.
    #[must_use]
    pub fn release(&self) -> Option<Self> {
        (self.status == ReservationStatus::Held).then(|| Self { status: ReservationStatus::Released, ..self.clone() })
    }

    /// Lets go of a reservation that nobody settled in time, with the event that says so. `None` before its time.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Option<(Self, Event)> {
        if now < self.held_until + GRACE {
            return None;
        }
        let released = self.release()?;
        Some((released, Event::ReservationExpired(ReservationExpired { order_id: self.order_id })))
    }
}

fn price(line: &Line, currency: Currency, stock: &[StockItem]) -> Result<PricedLine, StockRefusal> {
    let item = stock
        .iter()
        .find(|item| item.sku == line.sku && item.for_sale)
        .ok_or_else(|| StockRefusal::UnknownSku(line.sku.clone()))?;
    if item.price.currency() != currency {
        return Err(StockRefusal::CurrencyMismatch {
            sku: line.sku.clone(),
            priced: item.price.currency(),
            wanted: currency,
        });
    }
    let count = line.quantity.into_inner();
    if item.available < u64::from(count) {
        return Err(StockRefusal::OutOfStock(line.sku.clone()));
    }
    let total = item.price.times(count).map_err(|_| StockRefusal::TotalOutOfRange)?;
    Ok(PricedLine {
        sku: line.sku.clone(),
        title: item.title.clone(),
        quantity: line.quantity,
        unit_price: item.price,
        total,
        tax: total.tax_included(item.tax_rate),
    })
}
