//! Rows of the users table for addresses.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | address | `USER#<user>` | `ADDRESS#<address>` | an address that the user has saved |
//!
//! Which of them are the defaults is in the user's row.

use domain::users::address_book::SavedAddress;
use domain::words::id::{AddressId, UserId};
use store::{Key, Row};

/// An address that a user has saved.
#[derive(Debug)]
pub struct AddressRow;

impl Row for AddressRow {
    type Value = SavedAddress;
    const KIND: &'static str = "address";

    fn key(saved: &SavedAddress) -> Key {
        address_key(saved.user_id, saved.address_id)
    }
}

/// What the sort keys of a user's addresses begin with.
pub(crate) const ADDRESS: &str = "ADDRESS#";

/// Returns the partition of a user's addresses.
pub(crate) fn of_user(user: UserId) -> String {
    format!("USER#{user}")
}

/// Returns the key of a user's address.
#[must_use]
pub fn address_key(user: UserId, id: AddressId) -> Key {
    Key::new(of_user(user), format!("{ADDRESS}{id}"))
}
