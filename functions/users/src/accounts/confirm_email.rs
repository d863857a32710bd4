//! `POST /email-confirmations`: confirms the address of an account with a link from a mail.

use domain::events::LinkPurpose;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::words::id::UserId;
use domain::words::person::Email;
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Change, Stored};

use crate::accounts::rows::UserRow;
use crate::links::Links;
use crate::links::rows::LinkRow;
use crate::store::Users;

/// The proof that its sender reads the mails of an address.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmEmail {
    /// The token in the link's fragment.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub token: SecretString,
}

/// An address that was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfirmedEmail {
    /// The account.
    pub user_id: UserId,
    /// Its address.
    pub email: Email,
}

/// Confirms that the owner of an account reads the mails of its address. Nobody has to be signed in: the mail may be read
/// on another device than the one that the account was created with.
///
/// # Errors
/// 404 if the link is invalid, was used, or has expired.
pub async fn confirm_email(
    (links, users): (Links, Users),
    call: Call<ConfirmEmail, Anyone>,
) -> Result<Reply<ConfirmedEmail>, Problem> {
    let link = users.link(&links, &call.body.token).await?;
    call.identify(link.value.user_id, None);
    let confirmed = ConfirmedEmail { user_id: link.value.user_id, email: link.value.email.clone() };
    let confirm = async |found: Option<Stored<LinkToken>>| {
        let link = found.ok_or(LinkRefusal::Invalid)?.value;
        let used = link.redeem(LinkPurpose::ConfirmEmail, call.now)?;
        let user = users.get(link.user_id).await?.filter(|user| user.value.email == link.email);
        let user = user.ok_or(LinkRefusal::Invalid)?;
        let change = Change::<LinkRow, Problem>::to(used);
        Ok::<_, Problem>(Some(change.replace::<UserRow>(&user, &user.value.confirm_email(call.now))))
    };
    users.table.seen::<LinkRow>(link).change(&call, confirm).await?;
    Ok(Reply::ok(confirmed))
}
