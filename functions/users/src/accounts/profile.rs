//! The account in replies.

use domain::users::User;
use domain::users::guest::Guest;
use domain::words::id::UserId;
use domain::words::locale::Locale;
use domain::words::person::{Email, Name, Role};
use jiff::Timestamp;
use serde::Serialize;
use store::{Error, Stored};

use crate::guests::Person;
use crate::store::Users;

/// A user's account, as its owner and admins see it. A guest's has what the guest has left with an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "User"))]
pub struct Profile {
    /// Its id.
    pub user_id: UserId,
    /// Whether the user has no account.
    pub guest: bool,
    /// The address that the user signs in with, or that a guest has left.
    pub email: Option<Email>,
    /// Whether the user has proved to read the mails of the address.
    pub email_verified: bool,
    /// The user's name.
    pub name: Option<Name>,
    /// The language that the user reads.
    pub locale: Locale,
    /// Whether the user agrees to be written to about offers.
    pub marketing: bool,
    /// The user's roles. Admins decide on them.
    pub roles: Vec<Role>,
    /// Whether signing in requires a second factor.
    pub second_factor: bool,
    /// When the account will be erased, if the user has asked for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erases_at: Option<Timestamp>,
    /// Creation time.
    pub created_at: Timestamp,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        let User { user_id, email, name, locale, roles, created_at, .. } = user;
        Self {
            email_verified: user.email_verified_at.is_some(),
            marketing: user.marketing_consent_at.is_some(),
            second_factor: user.second_factor_since.is_some(),
            erases_at: user.erases_at,
            guest: false,
            user_id,
            email: Some(email),
            name: Some(name),
            locale,
            roles,
            created_at,
        }
    }
}

impl From<Guest> for Profile {
    fn from(guest: Guest) -> Self {
        let Guest { user_id, email, name, locale, started_at, .. } = guest;
        Self {
            email_verified: false,
            marketing: false,
            second_factor: false,
            erases_at: None,
            guest: true,
            user_id,
            email,
            name,
            locale,
            roles: Vec::new(),
            created_at: started_at,
        }
    }
}

impl Users {
    /// Returns a user's account, or what is known of a guest who has none.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn profile(&self, id: UserId) -> Result<Option<Stored<Profile>>, Error> {
        Ok(match self.person(id).await? {
            Some(Person::Account(user)) => Some((*user).map(Profile::from)),
            Some(Person::Guest(guest)) if guest.value.is_guest() => Some((*guest).map(Profile::from)),
            Some(Person::Guest(_)) | None => None,
        })
    }
}
