//! What the products table holds of stock.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | stock | `STOCK#<sku>` | `STOCK` |
//! | adjustment | `STOCK#<sku>` | `ADJUSTMENT#<adjustment>` |
//!
//! Ids of adjustments sort by the time they were made.

use domain::stock::{Delta, Movement, Reason, StockItem};
use domain::words::goods::Sku;
use domain::words::id::{AdjustmentId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Key, Row, Update};

/// The counters of a SKU.
#[derive(Debug)]
pub struct StockRow;

impl Row for StockRow {
    type Value = StockItem;
    const KIND: &'static str = "stock";

    fn key(item: &StockItem) -> Key {
        stock_key(&item.sku)
    }
}

/// An adjustment of a SKU's stock.
#[derive(Debug)]
pub struct AdjustmentRow;

/// Why, when and by whom stock was adjusted; kept for the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Its id.
    pub adjustment_id: AdjustmentId,
    /// What was adjusted.
    pub sku: Sku,
    /// By how much.
    pub delta: Delta,
    /// Why.
    pub reason: Reason,
    /// By whom.
    pub adjusted_by: UserId,
    /// When.
    pub adjusted_at: Timestamp,
}

impl Row for AdjustmentRow {
    type Value = Adjustment;
    const KIND: &'static str = "adjustment";

    fn key(adjustment: &Adjustment) -> Key {
        Key::new(format!("STOCK#{}", adjustment.sku), format!("ADJUSTMENT#{}", adjustment.adjustment_id))
    }
}

/// The key of a SKU's counters.
#[must_use]
pub fn stock_key(sku: &Sku) -> Key {
    Key::new(format!("STOCK#{sku}"), "STOCK")
}

/// A movement as an update of the row's counters. None of them falls below zero.
pub fn counted(movement: &Movement) -> Update {
    let mut update = Update::new(stock_key(&movement.sku));
    for (counter, by) in [
        ("available", movement.available),
        ("reserved", movement.reserved),
        ("sold", movement.sold),
        ("received", movement.received),
    ] {
        if by != 0 {
            update = update.add(counter, by);
        }
        if by < 0 {
            update = update.when_at_least(counter, by.unsigned_abs());
        }
    }
    let within = movement.while_available;
    if within.least > 0 {
        update = update.when_at_least("available", within.least);
    }
    match within.most {
        Some(most) => update.when_at_most("available", most),
        None => update,
    }
}

/// The same, only if the counters are what was read: where the reply says what they are afterwards.
pub fn counted_from(read: &StockItem, movement: &Movement) -> Update {
    counted(movement)
        .when_equal("available", &read.available)
        .when_equal("reserved", &read.reserved)
        .when_equal("sold", &read.sold)
        .when_equal("received", &read.received)
}

/// The same, only if the price and what else a line copies are what was read: it is what the customer is told.
pub fn counted_at_price(read: &StockItem, movement: &Movement) -> Update {
    counted(movement)
        .when_equal("price", &read.price)
        .when_equal("tax_rate", &read.tax_rate)
        .when_equal("title", &read.title)
        .when_equal("for_sale", &read.for_sale)
}
