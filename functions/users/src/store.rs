//! Access to the users table.

use domain::users::User;
use domain::words::id::UserId;
use domain::words::person::Email;
use edge::{Connect, Environment, InitError};
use store::{Error, Stored, Table};

use crate::accounts::rows::{Credential, credential_key, user_key};

/// The users table.
#[derive(Debug, Clone)]
pub struct Users {
    pub(crate) table: Table,
}

impl Connect for Users {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self::new(<Table as Connect>::connect(environment).await?))
    }
}

impl Users {
    /// Creates the access to the users in `table`.
    #[must_use]
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Returns an account.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn get(&self, id: UserId) -> Result<Option<Stored<User>>, Error> {
        self.table.get(&user_key(id)).await
    }

    /// Returns the credential with this address.
    ///
    /// # Errors
    /// If the table fails.
    pub async fn credential(&self, email: &Email) -> Result<Option<Stored<Credential>>, Error> {
        self.table.get(&credential_key(email)).await
    }
}
