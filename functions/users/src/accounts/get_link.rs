//! `GET /internal/links/{token_id}`: returns a link to the function that mails it.

use domain::users::link::{LinkRefusal, LinkToken};
use domain::words::contact::Contact;
use domain::words::id::LinkTokenId;
use edge::{Call, NoBody, Problem, Reply, Service};

use crate::links::Links;
use crate::links::rows::link_key;
use crate::store::Users;

/// Returns a link, with the address that it is for. Whoever has it can take over the account, so this is not a part of
/// `get-contact`, which more functions may call. For an
/// address that is only to be told something, there is no link in the reply.
///
/// # Errors
/// 404 if there is no such link, or it is no longer valid, or its user does not exist.
pub async fn get_link(
    (links, users): (Links, Users),
    call: Call<NoBody, Service>,
) -> Result<Reply<Contact>, Problem> {
    let id: LinkTokenId = call.path("token_id")?;
    let found = users.table.get::<LinkToken>(&link_key(id)).await?.map(|found| found.value);
    let link = found.filter(|link| link.is_valid(call.now)).ok_or(LinkRefusal::Invalid)?;
    let user = users.get(link.user_id).await?.ok_or(LinkRefusal::Invalid)?.value;
    let url = links.link(&link);
    Ok(Reply::ok(Contact { email: link.email, link: url, ..user.contact() }))
}
