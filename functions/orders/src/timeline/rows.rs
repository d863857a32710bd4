//! Rows of the orders table for timelines.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | entry, which is never changed but for the erasure of a customer | `ORDER#<order>` | `ENTRY#<entry>` |

use domain::orders::timeline::Entry;
use domain::words::id::{EntryId, OrderId};
use serde::{Deserialize, Serialize};
use store::{Key, Row};

use crate::shipments::rows::of_order;

/// An entry of an order's timeline.
#[derive(Debug)]
pub struct EntryRow;

/// An entry, and the order that it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEntry {
    /// The order.
    pub order_id: OrderId,
    /// The entry's id.
    pub entry_id: EntryId,
    /// The entry.
    pub entry: Entry,
}

impl Row for EntryRow {
    type Value = KeptEntry;
    const KIND: &'static str = "entry";

    fn key(kept: &KeptEntry) -> Key {
        entry_key(kept.order_id, kept.entry_id)
    }

    fn is_understood(kept: &KeptEntry) -> bool {
        kept.entry.is_understood()
    }
}

/// What the sort keys of entries begin with.
pub const ENTRY: &str = "ENTRY#";

/// Returns an entry's key.
#[must_use]
pub fn entry_key(order_id: OrderId, entry_id: EntryId) -> Key {
    Key::new(of_order(order_id), format!("{ENTRY}{entry_id}"))
}
