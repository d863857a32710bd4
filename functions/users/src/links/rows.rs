//! Rows of the users table for links in mails, and for what limits them.
//!
//! | row | pk | sk | holds |
//! |---|---|---|---|
//! | link | `TOKEN#<link>` | `TOKEN` | what a link is for, and nothing that would prove it |
//! | throttle | `THROTTLE#<what is counted, and for whom>` | `THROTTLE` | how often it has happened |

use domain::users::link::LinkToken;
use domain::users::throttle::{Counted, Throttle};
use domain::words::id::LinkTokenId;
use store::{Item, Key, Row};

/// A link in a mail.
#[derive(Debug)]
pub struct LinkRow;

impl Row for LinkRow {
    type Value = LinkToken;
    const KIND: &'static str = "link";

    fn key(link: &LinkToken) -> Key {
        link_key(link.token_id)
    }

    /// DynamoDB deletes a link some time after its end.
    fn place(link: &LinkToken, item: Item) -> Item {
        item.expires(link.valid_until)
    }
}

/// A counter of what may happen only so often.
#[derive(Debug)]
pub struct ThrottleRow;

impl Row for ThrottleRow {
    type Value = Throttle;
    const KIND: &'static str = "throttle";

    fn key(throttle: &Throttle) -> Key {
        throttle_key(&throttle.counted)
    }

    fn place(throttle: &Throttle, item: Item) -> Item {
        item.expires(throttle.until)
    }
}

/// Returns a link's key.
#[must_use]
pub fn link_key(id: LinkTokenId) -> Key {
    Key::new(format!("TOKEN#{id}"), "TOKEN")
}

/// Returns a counter's key.
#[must_use]
pub fn throttle_key(counted: &Counted) -> Key {
    Key::new(format!("THROTTLE#{counted}"), "THROTTLE")
}
