//! `GET /internal/users/{user_id}/contact`: returns a user's contact details to services that send messages.

use domain::users::UserRefusal;
use domain::words::contact::Contact;
use domain::words::id::UserId;
use edge::{Call, NoBody, Problem, Reply, Service};

use crate::store::Users;

/// Returns a user's name and e-mail address to a service.
///
/// # Errors
/// 404 if the user does not exist.
pub async fn get_contact(users: Users, call: Call<NoBody, Service>) -> Result<Reply<Contact>, Problem> {
    let user_id: UserId = call.path("user_id")?;
    let found = users.get(user_id).await?.ok_or(UserRefusal::NotFound)?;
    Ok(Reply::ok(found.value.contact()))
}
