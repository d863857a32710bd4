//! Access to the notifications table.

use domain::words::id::{EventId, OrderId};
use domain::words::person::Email;
use edge::{Connect, Environment, InitError};
use jiff::Timestamp;
use store::{Change, Error, Index, Query, Stored, Table, Trigger};

use crate::mail_events::rows::suppression_key;
use crate::mail_events::suppression::{AddressHash, Suppression};
use crate::mails::notification::Notification;
use crate::mails::recipient::Recipient;
use crate::mails::rows::{NotificationRow, key, partition};

/// An order has far fewer mails.
const MAX_MAILS: u8 = 100;

/// The notifications table.
#[derive(Debug, Clone)]
pub struct Notifications {
    pub(crate) table: Table,
}

/// A notification was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another delivery has claimed it.
    #[error("another delivery is sending this mail; retrying in case it fails")]
    BeingSent,
    /// It would leave before a mail about an earlier event of the order.
    #[error("a mail about an earlier event of the order is being sent; retrying after it")]
    EarlierBeingSent,
    /// The table failed.
    #[error(transparent)]
    Table(#[from] Error),
}

impl Connect for Notifications {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(<Table as Connect>::connect(environment).await?))
    }
}

impl Notifications {
    /// Creates the access to the notifications in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns the record of the mail about an event to a recipient, if it is still kept at `now`. Mails about orders are found by
    /// [`about`](Self::about).
    ///
    /// # Errors
    /// If the table fails.
    pub async fn get(
        &self,
        event: EventId,
        recipient: Recipient,
        now: Timestamp,
    ) -> Result<Option<Stored<Notification>>, Error> {
        self.table.get_unexpired(&key(None, event, recipient), now).await
    }

    /// Returns the records of the mails about an order, in the order of their events.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn about(&self, order: OrderId, now: Timestamp) -> Result<Vec<Stored<Notification>>, Error> {
        let found = self.table.query(&Query::new(Index::Table, partition(order)).limit(MAX_MAILS)).await?;
        Ok(found.items.into_iter().filter(|row: &Stored<Notification>| !row.has_expired(now)).collect())
    }

    /// Returns what has happened to the mails to an address.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn suppression(&self, email: &Email) -> Result<Option<Stored<Suppression>>, Error> {
        self.table.get(&suppression_key(&AddressHash::of(email))).await
    }

    /// Writes a notification over the version that was `seen`, or creates it if there was none.
    ///
    /// # Errors
    /// [`WriteError::BeingSent`] if another delivery has written it since; otherwise if the table fails.
    pub async fn write(
        &self,
        trigger: &dyn Trigger,
        seen: Option<&Stored<Notification>>,
        next: Notification,
    ) -> Result<Stored<Notification>, WriteError> {
        let change = Change::<NotificationRow, WriteError>::to(next);
        match seen {
            Some(seen) => self.table.overwrite(trigger, seen, change, || WriteError::BeingSent).await,
            None => self.table.create(trigger, change, None, || WriteError::BeingSent).await,
        }
    }
}
