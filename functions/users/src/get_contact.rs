//! `GET /internal/users/{user_id}/contact`: how to reach a user, for the services that write to them.

use domain::id::UserId;
use domain::person::Contact;
use domain::user::UserRefusal;
use edge::{Call, NoBody, Problem, Reply, Service};

use crate::store::Users;

/// Tells a service a user's name and address.
///
/// # Errors
/// 404 when there is no such user.
pub async fn get_contact(users: Users, call: Call<NoBody, Service>) -> Result<Reply<Contact>, Problem> {
    let user_id: UserId = call.path("user_id")?;
    let found = users.get(user_id).await?.ok_or(UserRefusal::NotFound)?;
    Ok(Reply::ok(found.value.contact()))
}
