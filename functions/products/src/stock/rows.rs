//! Rows of the products table for stock.
//!
//! | row | pk | sk | gsi1 (what runs low) |
//! |---|---|---|---|
//! | stock | `STOCK#<sku>` | `STOCK` | `LOW` / `<sku>` |
//! | adjustment | `STOCK#<sku>` | `ADJUSTMENT#<adjustment>` | |
//!
//! Adjustment ids sort by time.

use domain::catalogue::{Listing, StockWrite};
use domain::stock::{Delta, LowList, Movement, PolicySet, Reason, StockItem, Within};
use domain::words::goods::{Goods, Sku, TaxCode};
use domain::words::id::{AdjustmentId, UserId};
use domain::words::price::PriceTag;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Index, Item, Key, Row, Update};

/// The counters of a SKU.
#[derive(Debug)]
pub struct StockRow;

impl Row for StockRow {
    type Value = StockItem;
    const KIND: &'static str = "stock";

    fn key(item: &StockItem) -> Key {
        stock_key(&item.sku)
    }

    fn place(stock: &StockItem, item: Item) -> Item {
        if stock.is_low() { item.indexed(1, LOW, stock.sku.to_string()) } else { item }
    }
}

/// The index partition of the SKUs that run low.
pub const LOW: &str = "LOW";

/// An adjustment of a SKU's stock.
#[derive(Debug)]
pub struct AdjustmentRow;

/// The record of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Adjustment {
    /// Its id.
    pub adjustment_id: AdjustmentId,
    /// The SKU.
    pub sku: Sku,
    /// The number of pieces added, or removed if negative.
    pub delta: Delta,
    /// The reason.
    pub reason: Reason,
    /// The admin.
    pub adjusted_by: UserId,
    /// When it was made.
    pub adjusted_at: Timestamp,
}

impl Row for AdjustmentRow {
    type Value = Adjustment;
    const KIND: &'static str = "adjustment";

    fn key(adjustment: &Adjustment) -> Key {
        adjustment_key(&adjustment.sku, adjustment.adjustment_id)
    }
}

/// Returns the key of an adjustment.
#[must_use]
pub fn adjustment_key(sku: &Sku, id: AdjustmentId) -> Key {
    let (partition, prefix) = adjustments(sku);
    Key::new(partition, format!("{prefix}{id}"))
}

/// Returns the partition of a SKU, and the prefix of the adjustments of its stock, which sort by time.
#[must_use]
pub fn adjustments(sku: &Sku) -> (String, &'static str) {
    (format!("STOCK#{sku}"), "ADJUSTMENT#")
}

/// Returns the key of a SKU's counters.
#[must_use]
pub fn stock_key(sku: &Sku) -> Key {
    Key::new(format!("STOCK#{sku}"), "STOCK")
}

/// Converts a listing to an update of what the row repeats of its product.
pub fn listed(listing: &Listing) -> Update {
    with_listing(Update::new(stock_key(&listing.sku)), listing)
}

fn with_listing(update: Update, listing: &Listing) -> Update {
    let Listing { sku: _, title, tax_rate, goods, for_sale } = listing;
    update
        .set("title", title)
        .set("tax_rate", tax_rate)
        .put("tax_code", special(&goods.tax_code))
        .put("weight_g", goods.weight_g.as_ref())
        .put("no_withdrawal", goods.no_withdrawal.then_some(&true))
        .set("for_sale", for_sale)
}

/// Returns the class of goods as the row has it: the standard one is left out.
fn special(tax_code: &TaxCode) -> Option<&TaxCode> {
    (!tax_code.is_standard()).then_some(tax_code)
}

/// Converts a threshold to an update of the row, on condition that nobody has set another since it was read.
pub fn with_policy(read: &StockItem, set: &PolicySet) -> Update {
    let update = Update::new(stock_key(&read.sku))
        .set("low_at", &set.after.low_at)
        .set("policy_version", &set.after.policy_version);
    let update = match read.policy_version {
        0 => update.when_absent("policy_version"),
        version => update.when_equal("policy_version", &version),
    };
    within(listed_low(update, &read.sku, set.low), set.while_available)
}

fn listed_low(update: Update, sku: &Sku, low: LowList) -> Update {
    match low {
        LowList::Keep => update,
        LowList::Enter => update.enter(Index::Gsi(1), LOW, sku.as_ref()),
        LowList::Leave => update.leave(Index::Gsi(1)),
    }
}

fn within(update: Update, range: Within) -> Update {
    let update = if range.least > 0 { update.when_at_least("available", range.least) } else { update };
    match range.most {
        Some(most) => update.when_at_most("available", most),
        None => update,
    }
}

/// Converts a movement to an update of the row's counters. No counter falls below zero.
pub fn counted(movement: &Movement) -> Update {
    let mut update = listed_low(Update::new(stock_key(&movement.sku)), &movement.sku, movement.low);
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
    within(update, movement.while_available)
}

/// Converts a price to an update of the row.
pub fn priced(sku: &Sku, tag: &PriceTag) -> Update {
    with_price(Update::new(stock_key(sku)), tag)
}

fn with_price(update: Update, tag: &PriceTag) -> Update {
    update.set("price", &tag.price).put("sale", tag.sale.as_ref())
}

/// Converts what an imported file changes to one update of the row: a transaction writes a row once.
pub fn imported(sku: &Sku, write: &StockWrite) -> Update {
    let update = write.movement.as_ref().map_or_else(|| Update::new(stock_key(sku)), counted);
    let update = write.listing.iter().fold(update, with_listing);
    write.price.iter().fold(update, |update, (_, after)| with_price(update, after))
}

/// Like [`counted`], on condition that the price and everything else that a line copies still equals `read`.
pub fn counted_at_price(read: &StockItem, movement: &Movement) -> Update {
    let counted = counted(movement);
    let counted = match &read.sale {
        Some(sale) => counted
            .when_equal("sale.price.amount", &sale.price.amount())
            .when_equal("sale.until", &sale.until),
        None => counted.when_absent("sale"),
    };
    let Goods { tax_code, weight_g, no_withdrawal } = &read.goods;
    counted
        .when_same("tax_code", special(tax_code))
        .when_same("weight_g", weight_g.as_ref())
        .when_same("no_withdrawal", no_withdrawal.then_some(&true))
        .when_equal("price.amount", &read.price.amount())
        .when_equal("price.currency", &read.price.currency())
        .when_equal("tax_rate", &read.tax_rate)
        .when_equal("title", &read.title)
        .when_equal("for_sale", &read.for_sale)
}
