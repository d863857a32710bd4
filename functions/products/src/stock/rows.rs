//! Rows of the products table for stock.
//!
//! | row | pk | sk | gsi1 (what runs low) | gsi2 (what has shards) |
//! |---|---|---|---|---|
//! | stock | `STOCK#<sku>` | `STOCK` | `LOW` / `<sku>` | `SHARDED` / `<sku>` |
//! | shard | `STOCK#<sku>#<number>` | `SHARD` | | |
//! | adjustment | `STOCK#<sku>` | `ADJUSTMENT#<adjustment>` | | |
//!
//! Adjustment ids sort by time.

use domain::catalogue::{Listing, StockWrite};
use domain::stock::{Delta, LowList, Movement, PolicySet, Reason, Recounted, Shard, StockItem, Within};
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
        let item = if stock.is_low() { item.indexed(1, LOW, stock.sku.to_string()) } else { item };
        if stock.spread.is_some() { item.indexed(2, SHARDED, stock.sku.to_string()) } else { item }
    }
}

/// The index partition of the SKUs that run low.
pub const LOW: &str = "LOW";

/// The index partition of the SKUs that have shards.
pub const SHARDED: &str = "SHARDED";

/// Some of the pieces of a SKU.
#[derive(Debug)]
pub struct ShardRow;

impl Row for ShardRow {
    type Value = Shard;
    const KIND: &'static str = "stock_shard";

    fn key(shard: &Shard) -> Key {
        shard_key(&shard.sku, shard.shard)
    }
}

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
    /// The member of staff.
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

/// Returns the key of a shard.
#[must_use]
pub fn shard_key(sku: &Sku, number: u8) -> Key {
    Key::new(format!("STOCK#{sku}#{number}"), "SHARD")
}

/// Returns the keys of all rows that count a SKU's pieces.
pub fn keys_of(sku: &Sku, shards: u8) -> impl Iterator<Item = Key> {
    std::iter::once(stock_key(sku)).chain((0..shards).map(move |number| shard_key(sku, number)))
}

/// Returns the key of one of the rows that count a SKU's pieces: a shard, or `None` for the SKU's own.
fn row_key(sku: &Sku, shard: Option<u8>) -> Key {
    shard.map_or_else(|| stock_key(sku), |number| shard_key(sku, number))
}

/// Converts a listing to updates of what the row repeats of its product, and of its version in every shard.
pub fn listed(listing: &Listing) -> Vec<Update> {
    let update = with_listing(Update::new(stock_key(&listing.sku)), listing);
    with_terms(update, &listing.sku, listing.shards)
}

fn with_listing(update: Update, listing: &Listing) -> Update {
    let Listing { sku: _, title, tax_rate, goods, category, for_sale, shards: _ } = listing;
    update
        .set("title", title)
        .set("tax_rate", tax_rate)
        .put("tax_code", special(&goods.tax_code))
        .put("weight_g", goods.weight_g.as_ref())
        .put("no_withdrawal", goods.no_withdrawal.then_some(&true))
        .set("category", category)
        .set("for_sale", for_sale)
}

/// Returns the class of goods as the row has it: the standard one is left out.
fn special(tax_code: &TaxCode) -> Option<&TaxCode> {
    (!tax_code.is_standard()).then_some(tax_code)
}

/// An update of what the lines of orders copy, with the updates of its version.
fn with_terms(update: Update, sku: &Sku, shards: u8) -> Vec<Update> {
    if shards == 0 {
        return vec![update];
    }
    let version = |number| Update::new(shard_key(sku, number)).add("terms", 1);
    std::iter::once(update.add("spread.terms", 1)).chain((0..shards).map(version)).collect()
}

/// Converts a policy to updates of the rows that it changes, on condition that nobody has set another since it was read.
pub fn with_policy(read: &StockItem, set: &PolicySet) -> Vec<Update> {
    let (own, shards): (Vec<&Movement>, Vec<&Movement>) =
        set.movements.iter().partition(|movement| movement.shard.is_none());
    let own = own.first().map_or_else(|| Update::new(stock_key(&read.sku)), |own| counted(own));
    std::iter::once(own_row_with_policy(own, read, set)).chain(shards.into_iter().map(counted)).collect()
}

/// Shards that are new repeat the version of the terms, so that must be what was read, too.
fn own_row_with_policy(update: Update, read: &StockItem, set: &PolicySet) -> Update {
    let after = &set.after.item;
    let update = update.set("low_at", &after.low_at).set("policy_version", &after.policy_version);
    let update = match (&read.backorder, &after.backorder) {
        // What a newer version has added stays.
        (Some(_), Some(backorder)) => update
            .set("backorder.limit", &backorder.limit)
            .set("backorder.ships_in_days", &backorder.ships_in_days),
        (_, backorder) => update.put("backorder", backorder.as_ref()),
    };
    let update = match read.policy_version {
        0 => update.when_absent("policy_version"),
        version => update.when_equal("policy_version", &version),
    };
    let update = match (&read.spread, &after.spread) {
        (_, None) => update,
        (None, Some(spread)) => update.set("spread", spread).enter(Index::Gsi(2), SHARDED, read.sku.as_ref()),
        // What a newer version has added stays.
        (Some(before), Some(spread)) => update
            .set("spread.shards", &spread.shards)
            .set("spread.rows", &spread.rows)
            .set("spread.ran_low", &spread.ran_low)
            .when_equal("spread.terms", &before.terms),
    };
    within(listed_low(update, &read.sku, set.low), set.while_available)
}

/// Converts a count of all rows to an update of the SKU's own, on condition that no other count came first.
pub fn recounted(read: &StockItem, count: &Recounted) -> Update {
    let low = if count.is_low { LowList::Enter } else { LowList::Leave };
    let update = Update::new(stock_key(&read.sku)).set("spread.ran_low", &count.is_low);
    listed_low(update, &read.sku, low)
        .when_equal("spread.ran_low", &!count.is_low)
        .when_equal("policy_version", &read.policy_version)
}

fn listed_low(update: Update, sku: &Sku, low: LowList) -> Update {
    match low {
        LowList::Keep => update,
        LowList::Enter => update.enter(Index::Gsi(1), LOW, sku.as_ref()),
        LowList::Leave => update.leave(Index::Gsi(1)),
    }
}

/// A range is that of all pieces only as long as they are in one row.
fn within(update: Update, range: Within) -> Update {
    let update = if range == Within::ANY { update } else { update.when_absent("spread") };
    let update = if range.least > 0 { update.when_at_least("available", range.least) } else { update };
    match range.most {
        Some(most) => update.when_at_most("available", most),
        None => update,
    }
}

/// Converts a movement to an update of the row's counters. No counter falls below zero.
pub fn counted(movement: &Movement) -> Update {
    let row = Update::new(row_key(&movement.sku, movement.shard));
    let mut update = listed_low(row, &movement.sku, movement.low);
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

/// Converts a price to updates of the row, and of its version in every shard.
pub fn priced(sku: &Sku, tag: &PriceTag, shards: u8) -> Vec<Update> {
    with_terms(with_price(Update::new(stock_key(sku)), tag), sku, shards)
}

fn with_price(update: Update, tag: &PriceTag) -> Update {
    update.set("price", &tag.price).put("sale", tag.sale.as_ref())
}

/// Converts what an imported file changes to one update of each row: a transaction writes a row once.
pub fn imported(sku: &Sku, write: &StockWrite) -> Vec<Update> {
    let update = |shard: Option<u8>| {
        let movement = write.movements.iter().find(|movement| movement.shard == shard);
        let update = movement.map_or_else(|| Update::new(row_key(sku, shard)), counted);
        match shard {
            Some(_) if write.changes_terms() => update.add("terms", 1),
            Some(_) => update,
            None => with_import(update, write),
        }
    };
    write.rows().into_iter().map(update).collect()
}

fn with_import(update: Update, write: &StockWrite) -> Update {
    let update = write.listing.iter().fold(update, with_listing);
    let update = write.price.iter().fold(update, |update, (_, after)| with_price(update, after));
    if write.changes_terms() && write.shards > 0 { update.add("spread.terms", 1) } else { update }
}

/// Like [`counted`], on condition that the price and everything else that a line copies still equals `read`.
pub fn counted_at_price(read: &StockItem, movement: &Movement) -> Update {
    let counted = counted(movement);
    if let (Some(_), Some(spread)) = (movement.shard, &read.spread) {
        return counted.when_equal("terms", &spread.terms);
    }
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
