//! Rows of the notifications table for addresses.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | suppression | `SUPPRESSED#<SHA-256 of the address>` | `SUPPRESSED` | why an address gets no mails |

use store::{Item, Key, Row};

use crate::mail_events::suppression::{AddressHash, Suppression};

/// Why an address gets no mails.
#[derive(Debug)]
pub struct SuppressionRow;

impl Row for SuppressionRow {
    type Value = Suppression;
    const KIND: &'static str = "suppression";

    fn key(suppression: &Suppression) -> Key {
        suppression_key(&suppression.address)
    }

    fn place(suppression: &Suppression, item: Item) -> Item {
        match suppression.ends_at() {
            Some(end) => item.expires(end),
            None => item,
        }
    }
}

/// Returns the key of what has happened to the mails to an address.
#[must_use]
pub fn suppression_key(address: &AddressHash) -> Key {
    Key::new(format!("SUPPRESSED#{address}"), "SUPPRESSED")
}
