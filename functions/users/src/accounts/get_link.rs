//! `GET /internal/links/{token_id}`: returns a link to the function that mails it.

use domain::events::LinkPurpose;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::words::contact::{Contact, MailLink};
use domain::words::id::LinkTokenId;
use domain::words::locale::Locale;
use domain::words::person::{Email, Name};
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
    let url = links.link(&link);
    if link.purpose == LinkPurpose::Invitation {
        return Ok(Reply::ok(invited(link.email, url)?));
    }
    if link.purpose == LinkPurpose::OrderLink {
        let contact = users.contact_of(link.user_id).await?.ok_or(LinkRefusal::Invalid)?;
        return Ok(Reply::ok(Contact { email: link.email, link: url, ..contact }));
    }
    let user = users.get(link.user_id).await?.ok_or(LinkRefusal::Invalid)?.value;
    Ok(Reply::ok(Contact { email: link.email, link: url, ..user.contact() }))
}

/// Returns the contact of somebody who has no account yet. No mail shows its name.
fn invited(email: Email, link: Option<MailLink>) -> Result<Contact, Problem> {
    let name = Name::try_new("Invited Person").map_err(Problem::internal)?;
    Ok(Contact { name, email, locale: Locale::default(), is_confirmed: false, link })
}
