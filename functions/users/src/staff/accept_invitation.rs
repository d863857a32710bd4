//! `POST /users/invitations/acceptance`: creates the account of somebody who was invited.

use domain::events::LinkPurpose;
use domain::users::link::{LinkRefusal, LinkToken};
use domain::users::{User, UserRefusal};
use domain::words::locale::Locale;
use domain::words::person::Name;
use edge::{Anyone, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::links::Links;
use crate::links::rows::LinkRow;
use crate::staff::rows::InvitationRow;
use crate::store::Users;

/// An account, with the proof of the invitation.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AcceptInvitation {
    /// The token in the link's fragment.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub token: SecretString,
    /// The user's name.
    pub name: Name,
    /// The password.
    pub password: NewPassword,
    /// The language that the user reads; English if it is left out.
    #[serde(default)]
    pub locale: Locale,
}

/// Creates an account with the roles of the invitation. Whoever opens the link reads the mails of the address, so this also
/// confirms the address. A link works once, and only the newest one to the address.
///
/// # Errors
/// 404 if the link is invalid, was used, or has expired, or the invitation was withdrawn; 409 if the address has an account
/// meanwhile; 422 if the password is the address, or made of what is known of the user.
pub async fn accept_invitation(
    (links, users): (Links, Users),
    call: Call<AcceptInvitation, Anyone>,
) -> Result<Reply<()>, Problem> {
    let AcceptInvitation { token, name, password, locale } = &call.body;
    let link = users.link(&links, token).await?;
    let (user_id, email) = (link.value.user_id, link.value.email.clone());
    call.identify(user_id, None);
    // Verified before the password is hashed, which is expensive, and again when the link is used.
    link.value.redeem(LinkPurpose::Invitation, call.now)?;
    password.suits(&email, Some(name))?;
    let password_hash = PasswordHash::of(password).map_err(Problem::internal)?;
    let admins = users.admins().await?;
    let accept = async |found: Option<Stored<LinkToken>>| {
        let link = found.ok_or(LinkRefusal::Invalid)?.value;
        let used = link.redeem(LinkPurpose::Invitation, call.now)?;
        let invitation = users.invitation(&email).await?;
        let invitation = invitation.filter(|found| found.value.is_by(link.token_id));
        let invitation = invitation.ok_or(LinkRefusal::Invalid)?;
        let ended = invitation.value.end(call.now).ok_or(LinkRefusal::Invalid)?;
        let (name, locale) = (name.clone(), locale.clone());
        let (user, _) = User::register(user_id, email.clone(), name, locale, link.token_id, call.now);
        let user = User { roles: invitation.value.roles.clone(), ..user.confirm_email(call.now) };
        let (email, password_hash) = (email.clone(), password_hash.clone());
        let credential = Credential::first(email, user_id, password_hash);
        let change = Change::<LinkRow, Problem>::to(used)
            .replace::<InvitationRow>(&invitation, &ended)
            .insert_or::<CredentialRow>(&credential, UserRefusal::EmailTaken.into())
            .insert::<UserRow>(&user);
        Ok::<_, Problem>(Some(change.emit(user.roles_changed(&admins))))
    };
    users.table.seen::<LinkRow>(link).change(&call, accept).await?;
    Ok(Reply::no_content())
}
