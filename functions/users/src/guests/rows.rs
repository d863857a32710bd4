//! Rows of the users table for guests.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | guest | `GUEST#<user>` | `GUEST` | a user without an account, or which account's owner the guest has turned out to be; or who has declared a withdrawal without a session |
//! | guest address | `GUESTS#<e-mail address>` | `<user>` | nothing more: which guests have left the address |

use domain::users::guest::{Guest, GuestAddress};
use domain::words::id::UserId;
use domain::words::person::Email;
use store::{Item, Key, Row};

/// A guest.
#[derive(Debug)]
pub struct GuestRow;

impl Row for GuestRow {
    type Value = Guest;
    const KIND: &'static str = "guest";

    fn key(guest: &Guest) -> Key {
        guest_key(guest.user_id)
    }

    fn place(guest: &Guest, item: Item) -> Item {
        match guest.kept_until() {
            Some(until) => item.expires(until),
            None => item,
        }
    }
}

/// An address that a guest has left.
#[derive(Debug)]
pub struct GuestAddressRow;

impl Row for GuestAddressRow {
    type Value = GuestAddress;
    const KIND: &'static str = "guest_address";

    fn key(address: &GuestAddress) -> Key {
        Key::new(of_address(&address.email), address.user_id.to_string())
    }
}

/// Returns the partition of the guests who have left an address. Partitions of their own, since a right to write rows ends at the
/// partition: what writes guests must not be able to write accounts.
#[must_use]
pub fn of_address(email: &Email) -> String {
    format!("GUESTS#{email}")
}

/// Returns a guest's key.
#[must_use]
pub fn guest_key(id: UserId) -> Key {
    Key::new(format!("GUEST#{id}"), "GUEST")
}
