//! The keys of the products table.
//!
//! | row | pk | sk | gsi1 (active products of a category) | gsi2 (all active products) | gsi3 (held reservations by the end of their hold) |
//! |---|---|---|---|---|---|
//! | product | `PRODUCT#<product>` | `PRODUCT` | `CATEGORY#<category>` / `<product>` | `CATALOGUE` / `<product>` | |
//! | slug | `SLUG#<slug>` | `SLUG` | | | |
//! | stock | `STOCK#<sku>` | `STOCK` | | | |
//! | adjustment | `STOCK#<sku>` | `ADJUSTMENT#<adjustment>` | | | |
//! | reservation | `RESERVATION#<order>` | `RESERVATION` | | | `HELD#<shard>` / `<held_until>#<order>` |
//!
//! Ids of products and adjustments sort by the time they were made.

use domain::id::{AdjustmentId, OrderId, ProductId};
use domain::product::{Sku, Slug};
use domain::stock::Reservation;
use jiff::Timestamp;
use store::Key;

/// Held reservations are spread over this many partitions of gsi3.
pub const HELD_SHARDS: u8 = 4;

/// A product.
#[must_use]
pub fn product(id: ProductId) -> Key {
    Key::new(format!("PRODUCT#{id}"), "PRODUCT")
}

/// The mark that a slug is taken, and by which product.
#[must_use]
pub fn slug(slug: &Slug) -> Key {
    Key::new(format!("SLUG#{slug}"), "SLUG")
}

/// The stock of a sku.
#[must_use]
pub fn stock(sku: &Sku) -> Key {
    Key::new(format!("STOCK#{sku}"), "STOCK")
}

/// A correction of a sku's stock.
#[must_use]
pub fn adjustment(sku: &Sku, id: AdjustmentId) -> Key {
    Key::new(format!("STOCK#{sku}"), format!("ADJUSTMENT#{id}"))
}

/// The reservation of an order.
#[must_use]
pub fn reservation(id: OrderId) -> Key {
    Key::new(format!("RESERVATION#{id}"), "RESERVATION")
}

/// The active products of a category, by the time they were made.
#[must_use]
pub fn category(category: &Slug) -> String {
    format!("CATEGORY#{category}")
}

/// All active products, by the time they were made.
#[must_use]
pub fn catalogue() -> String {
    "CATALOGUE".to_owned()
}

/// A place in [`category`] and [`catalogue`].
#[must_use]
pub fn created(id: ProductId) -> String {
    id.to_string()
}

/// The partition of held reservations that the one of an order is in.
#[must_use]
pub fn held_partition(id: OrderId) -> String {
    held_shard(id.to_string().bytes().last().unwrap_or_default() % HELD_SHARDS)
}

/// A partition of held reservations.
#[must_use]
pub fn held_shard(shard: u8) -> String {
    format!("HELD#{shard}")
}

/// A place in [`held_partition`].
#[must_use]
pub fn held_until(reservation: &Reservation) -> String {
    // Milliseconds are always written, so that texts sort like times.
    format!("{:.3}#{}", reservation.held_until, reservation.order_id)
}

/// What every reservation whose hold ended at or before `time` sorts below.
#[must_use]
pub fn hold_ended_by(time: Timestamp) -> String {
    // `~` sorts behind every id.
    format!("{time:.3}#~")
}
