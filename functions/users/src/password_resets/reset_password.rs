//! `POST /password-resets/confirmation`: sets a new password with a link from a mail.

use domain::events::LinkPurpose;
use domain::users::link::{LinkRefusal, LinkToken};
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::rows::{CredentialRow, UserRow};
use crate::links::Links;
use crate::links::rows::LinkRow;
use crate::store::Users;

/// A new password, with the proof of the right to set it.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResetPassword {
    /// The token in the link's fragment.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub token: SecretString,
    /// The new password.
    pub password: NewPassword,
}

/// Sets a new password, and ends every session of the account: `docs/decisions/0037-a-session-ends-at-its-next-refresh.md`.
/// A link works once, and only until the password changes. Whoever opens it reads the mails of the address, so this also
/// confirms the address.
///
/// # Errors
/// 404 if the link is invalid, was used, or has expired; 422 if the password is the address, or made of what is
/// known of the user.
pub async fn reset_password(
    (links, users): (Links, Users),
    call: Call<ResetPassword, Anyone>,
) -> Result<Reply<()>, Problem> {
    let link = users.link(&links, &call.body.token).await?;
    let user_id = link.value.user_id;
    call.identify(user_id, None);
    // Verified before the password is hashed, which is expensive, and again when the link is used.
    link.value.redeem(LinkPurpose::ResetPassword, call.now)?;
    call.body.password.suits(&link.value.email, None)?;
    let password_hash = PasswordHash::of(&call.body.password).map_err(Problem::internal)?;
    let reset = async |found: Option<Stored<LinkToken>>| {
        let link = found.ok_or(LinkRefusal::Invalid)?.value;
        let used = link.redeem(LinkPurpose::ResetPassword, call.now)?;
        let user = users.get(user_id).await?.ok_or(LinkRefusal::Invalid)?;
        call.body.password.suits(&link.email, Some(&user.value.name))?;
        let credential = users.credential(&link.email).await?;
        // The address may have become another account's, and another link may have replaced the password.
        let credential = credential
            .filter(|found| {
                found.value.user_id == user_id && Some(found.value.password_version) == link.password_version
            })
            .ok_or(LinkRefusal::Invalid)?;
        let renewed = credential.value.with_password(password_hash.clone());
        let (changed, event) = user.value.reset_password(renewed.password_version, call.now);
        let change = Change::<LinkRow, Problem>::to(used).replace::<UserRow>(&user, &changed);
        let change = change.replace::<CredentialRow>(&credential, &renewed).emit(event);
        Ok::<_, Problem>(Some(users.claim_guests((&link.email, user_id), change, call.now).await?))
    };
    users.table.seen::<LinkRow>(link).change(&call, reset).await?;
    Ok(Reply::no_content())
}
