//! The keys of the orders table.
//!
//! | row | pk | sk | gsi1 (a customer's orders) | gsi2 (open orders by the end of their hold) |
//! |---|---|---|---|---|
//! | order | `ORDER#<order>` | `ORDER` | `USER#<user>` / `<placed_at>#<order>` | `OPEN#<shard>` / `<held_until>#<order>` |

use domain::id::{OrderId, UserId};
use domain::order::Order;
use jiff::Timestamp;
use store::Key;

/// Open orders are spread over this many partitions of gsi2.
pub const OPEN_SHARDS: u8 = 4;

/// An order.
#[must_use]
pub fn order(id: OrderId) -> Key {
    Key::new(format!("ORDER#{id}"), "ORDER")
}

/// A customer's orders, by the time they were placed.
#[must_use]
pub fn orders_of(user: UserId) -> String {
    format!("USER#{user}")
}

/// A place in [`orders_of`].
#[must_use]
pub fn placed(order: &Order) -> String {
    sortable(order.placed_at, order.order_id)
}

/// The partition of open orders that an order is in.
#[must_use]
pub fn open_partition(id: OrderId) -> String {
    open_shard(id.to_string().bytes().last().unwrap_or_default() % OPEN_SHARDS)
}

/// A partition of open orders.
#[must_use]
pub fn open_shard(shard: u8) -> String {
    format!("OPEN#{shard}")
}

/// A place in [`open_partition`].
#[must_use]
pub fn held_until(order: &Order) -> String {
    sortable(order.held_until, order.order_id)
}

/// What every order whose hold ended at or before `now` sorts below.
#[must_use]
pub fn hold_ended_by(now: Timestamp) -> String {
    // `~` sorts behind every id.
    format!("{now:.3}#~")
}

/// Milliseconds are always written, so that texts sort like times.
fn sortable(time: Timestamp, id: OrderId) -> String {
    format!("{time:.3}#{id}")
}
