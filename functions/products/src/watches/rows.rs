//! Rows of the products table for customers who wait for what is out of stock.
//!
//! | row | pk | sk | gsi1 (what a customer watches) |
//! |---|---|---|---|
//! | watch | `WATCH#<sku>` | `<user>` | `WATCHES#<user>` / `<sku>` |
//! | watched SKU | `WATCHED` | `<sku>` | |
//!
//! A SKU is listed as watched before its first watch is written, and until its last one is deleted.

use domain::stock::{WATCHED_FOR, Watch};
use domain::words::goods::Sku;
use domain::words::id::UserId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

/// A watch.
#[derive(Debug)]
pub struct WatchRow;

impl Row for WatchRow {
    type Value = Watch;
    const KIND: &'static str = "stock_watch";

    fn key(watch: &Watch) -> Key {
        watch_key(&watch.sku, watch.user_id)
    }

    fn place(watch: &Watch, item: Item) -> Item {
        item.indexed(1, watches_of(watch.user_id), watch.sku.to_string()).expires(watch.since + WATCHED_FOR)
    }
}

/// A watched SKU.
#[derive(Debug)]
pub struct WatchedRow;

/// A SKU that customers watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// The SKU.
    pub sku: Sku,
    /// When the last of them began.
    pub since: Timestamp,
}

impl Row for WatchedRow {
    type Value = Watched;
    const KIND: &'static str = "watched_sku";

    fn key(watched: &Watched) -> Key {
        watched_key(&watched.sku)
    }

    fn place(watched: &Watched, item: Item) -> Item {
        item.expires(watched.since + WATCHED_FOR)
    }
}

/// The partition of the watched SKUs.
pub const WATCHED: &str = "WATCHED";

/// Returns the key of a customer's watch.
#[must_use]
pub fn watch_key(sku: &Sku, user_id: UserId) -> Key {
    Key::new(watches(sku), user_id.to_string())
}

/// Returns the partition of the customers who watch a SKU.
#[must_use]
pub fn watches(sku: &Sku) -> String {
    format!("WATCH#{sku}")
}

/// Returns the index partition of what a customer watches.
#[must_use]
pub fn watches_of(user_id: UserId) -> String {
    format!("WATCHES#{user_id}")
}

/// Returns the key of a watched SKU.
#[must_use]
pub fn watched_key(sku: &Sku) -> Key {
    Key::new(WATCHED, sku.to_string())
}
