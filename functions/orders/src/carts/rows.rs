//! The row of the orders table for a cart.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | cart | `CART#<user>` | `CART` |

use domain::carts::Cart;
use domain::words::id::UserId;
use store::{Item, Key, Row};

/// A user's cart.
#[derive(Debug)]
pub struct CartRow;

impl Row for CartRow {
    type Value = Cart;
    const KIND: &'static str = "cart";

    fn key(cart: &Cart) -> Key {
        cart_key(cart.user_id)
    }

    fn place(cart: &Cart, item: Item) -> Item {
        item.expires(cart.kept_until)
    }
}

/// Returns the key of a user's cart.
#[must_use]
pub fn cart_key(user: UserId) -> Key {
    Key::new(format!("CART#{user}"), "CART")
}
