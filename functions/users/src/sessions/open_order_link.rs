//! `POST /sessions/link`: starts a guest's session with a link to an order.

use domain::events::LinkPurpose;
use domain::users::UserRefusal;
use domain::users::guest::Guest;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::users::session::{Device, Session};
use domain::words::id::OrderId;
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Change, Stored};

use crate::guests::Person;
use crate::links::Links;
use crate::links::rows::LinkRow;
use crate::sessions::refresh_token::RefreshToken;
use crate::sessions::rows::SessionRow;
use crate::sessions::tokens::{TokenIssuer, Tokens};
use crate::store::Users;

/// A link to an order, from a mail.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenOrderLink {
    /// The token in the link's fragment.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub token: SecretString,
}

/// The order, and the session in which it is seen.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenedLink {
    /// The order.
    pub order_id: OrderId,
    /// The session's tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
}

/// Starts a session of the guest who has placed an order, for whoever reads the mails of the address that the guest has left. A link
/// works once, and never starts a session of an account: its owner signs in.
///
/// # Errors
/// 404 if the link is invalid, was used, or has expired; 409 if the order is an account's.
pub async fn open_order_link(
    (links, tokens, users): (Links, TokenIssuer, Users),
    call: Call<OpenOrderLink, Anyone>,
) -> Result<Reply<OpenedLink>, Problem> {
    let link = users.link(&links, &call.body.token).await?;
    let order_id = link.value.order_id.ok_or(LinkRefusal::Invalid)?;
    link.value.redeem(LinkPurpose::OrderLink, call.now)?;
    let guest = match users.person(link.value.user_id).await?.ok_or(LinkRefusal::Invalid)? {
        Person::Guest(guest) if guest.value.is_guest() => guest.value,
        Person::Guest(_) | Person::Account(_) => return Err(UserRefusal::SignInNeeded.into()),
    };
    let (refresh, session) = session_of(&guest, &call)?;
    let keys = tokens.at(call.now).await;
    let issued = Tokens::issue(&keys.access, &guest, &session, &refresh, None, call.now)?;
    let redeem = async |found: Option<Stored<LinkToken>>| {
        let used = found.ok_or(LinkRefusal::Invalid)?.value.redeem(LinkPurpose::OrderLink, call.now)?;
        Ok::<_, Problem>(Some(Change::to(used).insert::<SessionRow>(&session)))
    };
    users.table.seen::<LinkRow>(link).change(&call, redeem).await?;
    call.identify(guest.user_id, Some(session.session_id));
    Ok(Reply::ok(OpenedLink { order_id, tokens: issued }))
}

fn session_of(guest: &Guest, call: &Call<OpenOrderLink, Anyone>) -> Result<(RefreshToken, Session), Problem> {
    let refresh = RefreshToken::first(call.new_id())?;
    let session = Session::start(refresh.session_id(), guest.user_id, refresh.hashes(), call.now)
        .with_device(call.user_agent().and_then(|name| Device::named(&name)))
        .of_guest();
    Ok((refresh, session))
}
