//! The users table: accounts, credentials and sessions, each change with its condition.

use domain::event::Envelope;
use domain::id::{SessionId, UserId};
use domain::person::Email;
use domain::session::Session;
use domain::user::User;
use edge::{Connect, Environment, InitError};
use serde::{Deserialize, Serialize};
use store::{Error, Item, Outcome, Stored, Table, Transaction};

use crate::keys;
use crate::password::PasswordHash;

/// The users table.
#[derive(Debug, Clone)]
pub struct Users {
    table: Table,
}

/// What a user signs in with. It is a row apart from the account, which is therefore read without it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// Whose.
    pub user_id: UserId,
    /// The password's hash.
    pub password_hash: PasswordHash,
}

impl Connect for Users {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let name = environment.variable("TABLE_NAME")?;
        Ok(Self::new(Table::connect(environment.aws(), environment.retry_quota(), name)))
    }
}

impl Users {
    /// The users in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// An account.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn get(&self, id: UserId) -> Result<Option<Stored<User>>, Error> {
        self.table.get(&keys::user(id)).await
    }

    /// What the user with this address signs in with.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn credential(&self, email: &Email) -> Result<Option<Credential>, Error> {
        Ok(self.table.get(&keys::credential(email)).await?.map(|found| found.value))
    }

    /// A session.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn session(&self, id: SessionId) -> Result<Option<Stored<Session>>, Error> {
        self.table.get(&keys::session(id)).await
    }

    /// Writes a new account with its credential and the event that says so; refused when the address has an account.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn insert(&self, user: &User, hash: PasswordHash, event: &Envelope) -> Result<Outcome, Error> {
        let credential = Credential { user_id: user.user_id, password_hash: hash };
        let transaction = Transaction::new()
            .insert("credential", Item::new(keys::credential(&user.email), "credential", &credential))
            .insert("user", Item::new(keys::user(user.user_id), "user", user))
            .emit(event);
        self.table.commit(transaction).await
    }

    /// Writes a new session.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn begin(&self, session: &Session) -> Result<Outcome, Error> {
        self.table.commit(Transaction::new().insert("session", item(session))).await
    }

    /// Writes a session over the version that was read.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn replace(&self, seen: u64, session: &Session) -> Result<Outcome, Error> {
        self.table.commit(Transaction::new().replace("session", item(session), seen)).await
    }
}

/// A session that has ended is of no use to anyone; DynamoDB deletes it some time after.
fn item(session: &Session) -> Item {
    Item::new(keys::session(session.session_id), "session", session).expires(session.ends_at)
}
