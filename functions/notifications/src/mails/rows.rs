//! Rows of the notifications table.
//!
//! | row | pk | sk |
//! |---|---|---|
//! | notification about an order | `ORDER#<order>` | `EVENT#<event>#<user>` |
//! | any other notification | `EVENT#<event>` | `RECIPIENT#<user>`, or `RECIPIENT#staff` |
//!
//! The mails of an order to its customer share a partition, so one query shows which of them the customer has already got.

use domain::words::id::{EventId, OrderId};
use store::{Item, Key, Row};

use crate::mails::notification::{Notification, Status};
use crate::mails::recipient::Recipient;

/// The record of a mail about an event.
#[derive(Debug)]
pub struct NotificationRow;

impl Row for NotificationRow {
    type Value = Notification;
    const KIND: &'static str = "notification";

    fn key(notification: &Notification) -> Key {
        key(notification.order_id, notification.event_id, notification.to)
    }

    fn place(notification: &Notification, item: Item) -> Item {
        item.expires(notification.kept_until())
    }

    fn is_understood(notification: &Notification) -> bool {
        notification.status != Status::Unknown
    }
}

/// Returns the key of the record of the mail about an event, and about the event's order if it has one, to a recipient.
#[must_use]
pub fn key(order: Option<OrderId>, event: EventId, recipient: Recipient) -> Key {
    match order {
        Some(order) => Key::new(partition(order), format!("EVENT#{event}#{recipient}")),
        None => Key::new(format!("EVENT#{event}"), format!("RECIPIENT#{recipient}")),
    }
}

/// Returns the partition of the notifications about an order.
#[must_use]
pub fn partition(order: OrderId) -> String {
    format!("ORDER#{order}")
}
