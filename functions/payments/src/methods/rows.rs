//! Rows of the payments table for what customers have at the payment gateway.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | customer | `CUSTOMER#<user>` | `CUSTOMER` | the gateway's id for a user, or for a while that their account was erased |

use domain::payments::Customer;
use domain::words::id::UserId;
use store::{Item, Key, Row};

/// A user's record at the payment gateway.
#[derive(Debug)]
pub struct CustomerRow;

impl Row for CustomerRow {
    type Value = Customer;
    const KIND: &'static str = "customer";

    fn key(customer: &Customer) -> Key {
        key(customer.user_id)
    }

    fn place(customer: &Customer, item: Item) -> Item {
        match customer.until() {
            Some(until) => item.expires(until),
            None => item,
        }
    }
}

/// Returns the key of a user's row.
#[must_use]
pub fn key(user: UserId) -> Key {
    Key::new(format!("CUSTOMER#{user}"), "CUSTOMER")
}
