//! `GET /internal/users/{user_id}/contact`: returns a user's contact details to services that send messages.

use domain::users::UserRefusal;
use domain::words::contact::Contact;
use domain::words::id::UserId;
use edge::{Call, NoBody, Problem, Reply, Service};
use store::Error;

use crate::guests::Person;
use crate::store::Users;

/// Returns a user's name and e-mail address to a service: a guest's as they were left, and once the guest is known to own an
/// account, the account's.
///
/// # Errors
/// 404 if the user does not exist, or is a guest who has left no address.
pub async fn get_contact(users: Users, call: Call<NoBody, Service>) -> Result<Reply<Contact>, Problem> {
    let contact = users.contact_of(call.path("user_id")?).await?;
    Ok(Reply::ok(contact.ok_or(UserRefusal::NotFound)?))
}

impl Users {
    /// Returns how a user is reached, or a guest who has left an address.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn contact_of(&self, user_id: UserId) -> Result<Option<Contact>, Error> {
        Ok(match self.person(user_id).await? {
            None => None,
            Some(Person::Account(user)) => Some(user.value.contact()),
            Some(Person::Guest(guest)) => match guest.value.merged_into {
                Some(account) => self.get(account).await?.map(|user| user.value.contact()),
                None => guest.value.contact(),
            },
        })
    }
}
