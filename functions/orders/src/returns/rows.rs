//! Rows of the orders table for returns.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | return | `RETURN#<return>` | `RETURN` |
//!
//! A return itself is in its order.

use domain::words::id::{OrderId, ReturnId};
use serde::{Deserialize, Serialize};
use store::{Key, Row};

/// Leads from a return to its order.
#[derive(Debug)]
pub struct ReturnRow;

/// A return, and the order that it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownReturn {
    /// The return.
    pub return_id: ReturnId,
    /// The order.
    pub order_id: OrderId,
}

impl Row for ReturnRow {
    type Value = KnownReturn;
    const KIND: &'static str = "return";

    fn key(known: &KnownReturn) -> Key {
        return_key(known.return_id)
    }
}

/// Returns the key of a return.
#[must_use]
pub fn return_key(return_id: ReturnId) -> Key {
    Key::new(format!("RETURN#{return_id}"), "RETURN")
}
