//! Who gets a mail, and where it is sent.

use std::fmt;
use std::str::FromStr;

use domain::words::contact::Contact;
use domain::words::id::{InvalidId, UserId};
use domain::words::locale::Locale;
use domain::words::person::{Email, Name};
use edge::queue::Delivery;
use edge::{Connect, Environment, InitError};
use peers::{PeerError, UsersClient};
use serde::{Deserialize, Serialize};

use crate::mails::mail::Mail;

/// Who gets a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Columns", into = "Columns")]
pub enum Recipient {
    /// A customer, or a member of the staff about their own account.
    User(UserId),
    /// The staff, at the address that the deployment's parameter `StaffEmail` names.
    Staff,
}

/// The word for the staff in keys and in the tags of mails.
const STAFF: &str = "staff";

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user_id) => user_id.fmt(f),
            Self::Staff => f.write_str(STAFF),
        }
    }
}

impl FromStr for Recipient {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text == STAFF { Ok(Self::Staff) } else { text.parse().map(Self::User) }
    }
}

/// A recipient as it is stored. A user's has no `recipient`, as in rows of earlier versions, which read it.
#[derive(Serialize, Deserialize)]
struct Columns {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipient: Option<Group>,
}

/// Recipients that are no user.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Group {
    Staff,
}

/// A stored recipient is neither a user nor the staff.
#[derive(Debug, thiserror::Error)]
#[error("missing field `user_id` or `recipient`")]
struct NoRecipient;

impl TryFrom<Columns> for Recipient {
    type Error = NoRecipient;

    fn try_from(columns: Columns) -> Result<Self, NoRecipient> {
        match columns {
            Columns { recipient: Some(Group::Staff), .. } => Ok(Self::Staff),
            Columns { user_id: Some(user_id), .. } => Ok(Self::User(user_id)),
            Columns { user_id: None, recipient: None } => Err(NoRecipient),
        }
    }
}

impl From<Recipient> for Columns {
    fn from(recipient: Recipient) -> Self {
        match recipient {
            Recipient::User(user_id) => Self { user_id: Some(user_id), recipient: None },
            Recipient::Staff => Self { user_id: None, recipient: Some(Group::Staff) },
        }
    }
}

/// Where mails are sent: users' addresses are known to the user service, and the staff's to the deployment.
#[derive(Debug, Clone)]
pub struct Addresses {
    users: UsersClient,
    staff: Option<Contact>,
}

impl Connect for Addresses {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        let users = <UsersClient as Connect>::connect(environment).await?;
        let email = environment.variable("STAFF_EMAIL")?;
        if email.is_empty() {
            return Ok(Self::new(users, None));
        }
        let email = Email::try_new(email).map_err(|error| invalid("STAFF_EMAIL", &error))?;
        let locale = environment.variable("STAFF_LOCALE")?;
        let locale = Locale::try_new(locale).map_err(|error| invalid("STAFF_LOCALE", &error))?;
        Ok(Self::new(users, Some((email, locale))))
    }
}

fn invalid(name: &'static str, error: &dyn fmt::Display) -> InitError {
    InitError::InvalidVariable { name, reason: error.to_string() }
}

impl Addresses {
    /// Creates the addresses, of users by the user service, and of the staff, who get no mail if they have none.
    #[must_use]
    pub fn new(users: UsersClient, staff: Option<(Email, Locale)>) -> Self {
        let contact = |(email, locale)| {
            let name = Name::try_new("Staff").ok()?;
            Some(Contact { name, email, locale, is_confirmed: true, link: None })
        };
        Self { users, staff: staff.and_then(contact) }
    }

    /// Returns whether mails to this recipient are sent at all.
    #[must_use]
    pub fn writes_to(&self, recipient: Recipient) -> bool {
        matches!(recipient, Recipient::User(_)) || self.staff.is_some()
    }

    /// Returns where to send a mail, and its link. `None` if the account or the link is no longer there.
    ///
    /// # Errors
    /// If the user service is unavailable.
    pub(crate) async fn of(&self, mail: &Mail, delivery: &Delivery) -> Result<Option<Contact>, PeerError> {
        match (mail.to, mail.link) {
            (Recipient::Staff, _) => Ok(self.staff.clone()),
            (Recipient::User(_), Some(link)) => self.users.link(link, &delivery.cause).await,
            (Recipient::User(user_id), None) => self.users.contact(user_id, &delivery.cause).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Stored {
        #[serde(flatten)]
        to: Recipient,
        more: u8,
    }

    #[test]
    fn a_row_of_an_earlier_version_is_a_users_and_a_users_row_is_written_as_before() {
        let user = UserId::from_parts(1, 1);
        let row = json!({ "user_id": user, "more": 1 });
        let read: Stored = serde_json::from_value(row.clone()).unwrap();
        assert_eq!(read.to, Recipient::User(user));
        assert_eq!(serde_json::to_value(read).unwrap(), row);
    }

    #[test]
    fn a_row_of_the_staffs_names_no_user() {
        let row = json!({ "recipient": "staff", "more": 1 });
        let read: Stored = serde_json::from_value(row.clone()).unwrap();
        assert_eq!(read.to, Recipient::Staff);
        assert_eq!(serde_json::to_value(read).unwrap(), row);
        let refused = |row: Value| serde_json::from_value::<Stored>(row).is_err();
        assert!(refused(json!({ "more": 1 })) && refused(json!({ "recipient": "everybody", "more": 1 })));
    }

    #[test]
    fn a_recipient_in_a_key_or_a_tag_is_read_again() {
        for recipient in [Recipient::Staff, Recipient::User(UserId::from_parts(1, 1))] {
            assert_eq!(recipient.to_string().parse::<Recipient>().unwrap(), recipient);
        }
        assert!("nobody".parse::<Recipient>().is_err());
    }
}
