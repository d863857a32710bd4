//! Rows of the users table for accounts.
//!
//! | row | pk | sk | gsi1 (who has a role, or is to be erased) | holds |
//! |---|---|---|---|---|
//! | user | `USER#<user>` | `USER` | `STAFF` / `<user>`, or `ERASURES#<shard>` / `<erases_at>#<user>` | the account, without secrets |
//! | credential | `EMAIL#<e-mail address>` | `CREDENTIAL` | | the address's account, and the password's hash |
//!
//! The credential's key makes an e-mail address unique: registration inserts that row, which must not exist.

use domain::users::User;
use domain::words::id::UserId;
use domain::words::person::Email;
use serde::{Deserialize, Serialize};
use store::{Item, Key, Row};

use crate::accounts::password::PasswordHash;
use crate::erasure::rows::ERASURES;
use crate::keys::secret::KeyError;
use crate::sessions::device_token::DeviceKey;

/// An account.
#[derive(Debug)]
pub struct UserRow;

impl Row for UserRow {
    type Value = User;
    const KIND: &'static str = "user";

    fn key(user: &User) -> Key {
        user_key(user.user_id)
    }

    fn place(user: &User, item: Item) -> Item {
        match user.erases_at {
            _ if user.is_staff() => item.indexed(1, STAFF, user.user_id.to_string()),
            Some(at) => ERASURES.enter(item, &user.user_id.to_string(), at),
            None => item,
        }
    }
}

/// The partition of the users with a role in the index.
pub(crate) const STAFF: &str = "STAFF";

/// What the index holds of a user with a role.
#[derive(Debug, Clone, Deserialize)]
pub struct StaffEntry {
    /// The user.
    pub user_id: UserId,
}

/// A user's credential. It is a separate row, so an account is read without it.
#[derive(Debug)]
pub struct CredentialRow;

/// A user's credential.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The address.
    pub email: Email,
    /// The account.
    pub user_id: UserId,
    /// The password's hash.
    pub password_hash: PasswordHash,
    /// Counts the passwords that the account has had. It grows with each new one, and not with another hash of the same.
    #[serde(default)]
    pub password_version: u64,
    /// The key of the tokens of devices, if the password was hashed again since it was set: the one that was derived from the
    /// first hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_key: Option<DeviceKey>,
}

impl Credential {
    /// Creates the credential of a new account, with its first password.
    #[must_use]
    pub fn first(email: Email, user_id: UserId, password_hash: PasswordHash) -> Self {
        Self { email, user_id, password_hash, password_version: 1, device_key: None }
    }

    /// Returns the credential with another password, of which this is the hash.
    #[must_use]
    pub fn with_password(&self, password_hash: PasswordHash) -> Self {
        let password_version = self.password_version + 1;
        Self { password_hash, password_version, device_key: None, ..self.clone() }
    }

    /// Returns the credential with another hash of the same password. Devices that are known stay known.
    ///
    /// # Errors
    /// If the key of their tokens cannot be derived.
    pub fn with_hash(&self, password_hash: PasswordHash) -> Result<Self, KeyError> {
        let device_key = Some(DeviceKey::of(self)?);
        Ok(Self { password_hash, device_key, ..self.clone() })
    }
}

impl Row for CredentialRow {
    type Value = Credential;
    const KIND: &'static str = "credential";

    fn key(credential: &Credential) -> Key {
        credential_key(&credential.email)
    }
}

/// Returns an account's key.
#[must_use]
pub fn user_key(id: UserId) -> Key {
    Key::new(format!("USER#{id}"), "USER")
}

/// Returns the key of the credential with this address.
#[must_use]
pub fn credential_key(email: &Email) -> Key {
    Key::new(format!("EMAIL#{email}"), "CREDENTIAL")
}
