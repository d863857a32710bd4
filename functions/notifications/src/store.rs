//! The notifications table.

use domain::id::{EventId, UserId};
use edge::{Connect, Environment, InitError};
use store::{Error, Item, Outcome, Stored, Table, Transaction};

use crate::keys;
use crate::notification::Notification;

/// The notifications table.
#[derive(Debug, Clone)]
pub struct Notifications {
    table: Table,
}

impl Connect for Notifications {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        Ok(Self::new(Table::connect(environment.aws(), environment.retry_quota(), name)))
    }
}

impl Notifications {
    /// The notifications in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// What a user was told of an event.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn get(&self, event: EventId, user: UserId) -> Result<Option<Stored<Notification>>, Error> {
        self.table.get(&keys::notification(event, user)).await
    }

    /// Writes a notification: a new one where `seen` is 0, else over the version that was read.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn put(&self, seen: u64, notification: &Notification) -> Result<Outcome, Error> {
        let key = keys::notification(notification.event_id, notification.user_id);
        let item = Item::new(key, "notification", notification).expires(notification.kept_until());
        let transaction = match seen {
            0 => Transaction::new().insert("notification", item),
            seen => Transaction::new().replace("notification", item, seen),
        };
        self.table.commit(transaction).await
    }
}
