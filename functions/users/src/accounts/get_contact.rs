//! `GET /internal/users/{user_id}/contact`: returns a user's contact details to services that send messages.

use domain::users::UserRefusal;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::words::contact::Contact;
use domain::words::id::{LinkTokenId, UserId};
use edge::{Call, NoBody, Problem, Reply, Service};
use serde::Deserialize;

use crate::links::Links;
use crate::links::rows::link_key;
use crate::store::Users;

/// What to return beside the contact details.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContactQuery {
    /// A link, which is then part of the reply, with the address that it is for.
    pub token: Option<LinkTokenId>,
}

/// Returns a user's name and e-mail address to a service, and a link to mail.
///
/// # Errors
/// 404 if the user does not exist, or if the link does not or is no longer valid.
pub async fn get_contact(
    (links, users): (Links, Users),
    call: Call<NoBody, Service, ContactQuery>,
) -> Result<Reply<Contact>, Problem> {
    let user_id: UserId = call.path("user_id")?;
    let contact = users.get(user_id).await?.ok_or(UserRefusal::NotFound)?.value.contact();
    let Some(id) = call.query.token else { return Ok(Reply::ok(contact)) };
    let found = users.table.get::<LinkToken>(&link_key(id)).await?.map(|found| found.value);
    let link = found
        .filter(|link| link.user_id == user_id && link.is_valid(call.now))
        .ok_or(LinkRefusal::Invalid)?;
    Ok(Reply::ok(Contact { email: link.email.clone(), link: Some(links.link(&link)), ..contact }))
}
