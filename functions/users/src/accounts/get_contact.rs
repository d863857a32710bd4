//! `GET /internal/users/{user_id}/contact`: returns a user's contact details to services that send messages.

use domain::users::UserRefusal;
use domain::words::contact::Contact;
use domain::words::id::UserId;
use edge::{Call, NoBody, Problem, Reply, Service};

use crate::guests::Person;
use crate::store::Users;

/// Returns a user's name and e-mail address to a service: a guest's as they were left, and once the guest is known to own an
/// account, the account's.
///
/// # Errors
/// 404 if the user does not exist, or is a guest who has left no address.
pub async fn get_contact(users: Users, call: Call<NoBody, Service>) -> Result<Reply<Contact>, Problem> {
    let user_id: UserId = call.path("user_id")?;
    let contact = match users.person(user_id).await?.ok_or(UserRefusal::NotFound)? {
        Person::Account(user) => Some(user.value.contact()),
        Person::Guest(guest) => match guest.value.merged_into {
            Some(account) => users.get(account).await?.map(|user| user.value.contact()),
            None => guest.value.contact(),
        },
    };
    Ok(Reply::ok(contact.ok_or(UserRefusal::NotFound)?))
}
