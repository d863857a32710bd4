//! Rows of the notifications table.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | notification | `EVENT#<event>` | `RECIPIENT#<user>` |

use domain::words::id::{EventId, UserId};
use store::{Item, Key, Row};

use crate::mails::notification::{Notification, Status};

/// The record of a mail about an event.
#[derive(Debug)]
pub struct NotificationRow;

impl Row for NotificationRow {
    type Value = Notification;
    const KIND: &'static str = "notification";

    fn key(notification: &Notification) -> Key {
        key(notification.event_id, notification.user_id)
    }

    fn place(notification: &Notification, item: Item) -> Item {
        item.expires(notification.kept_until())
    }

    fn is_understood(notification: &Notification) -> bool {
        notification.status != Status::Unknown
    }
}

/// Returns the key of the record of the mail about an event to a user.
#[must_use]
pub fn key(event: EventId, recipient: UserId) -> Key {
    Key::new(format!("EVENT#{event}"), format!("RECIPIENT#{recipient}"))
}
