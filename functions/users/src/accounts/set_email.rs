//! `PUT /users/me/email`: mails a link that gives the caller's account another address.

use domain::events::LinkPurpose;
use domain::users::UserRefusal;
use domain::users::link::LinkToken;
use domain::users::session::SessionRefusal;
use domain::users::throttle::{Counted, EMAIL_CHANGES};
use domain::words::person::Email;
use edge::{Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;

use crate::store::Users;

/// Another address, with the proof that it is the user who sets it.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetEmail {
    /// The address. The account's own is confirmed by the link.
    pub email: Email,
    /// The account's password.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub password: SecretString,
}

/// Mails a link to the address. The account has it once the link is opened, within a day and before the password changes; until
/// then the user signs in with the old one.
///
/// The reply does not tell whether another account has the address. Whoever opens the link learns that. Five requests of a user
/// are taken in an hour, whether or not the password is right, and an address gets three of these mails in an hour at most.
///
/// # Errors
/// 401 if the session has ended, or the password is wrong; 429 if there were too many requests.
pub async fn set_email(users: Users, call: Call<SetEmail>) -> Result<Reply<()>, Problem> {
    let SetEmail { email, password } = &call.body;
    let (user, _) = users.signed_in(&call.caller, call.now).await?.ok_or(SessionRefusal::Revoked)?;
    let current = user.value.email;
    let credential = users.credential(&current).await?.ok_or(SessionRefusal::InvalidCredentials)?.value;
    let counted = Counted::email_changes(call.caller.user_id);
    users.count(&call, &counted, EMAIL_CHANGES, UserRefusal::TooManyMails).await?;
    if !credential.password_hash.matches(password).map_err(Problem::internal)? {
        return Err(SessionRefusal::InvalidCredentials.into());
    }
    let (id, purpose, user_id) = (call.new_id(), LinkPurpose::ConfirmEmail, credential.user_id);
    let (link, event) = LinkToken::request(id, purpose, user_id, email.clone(), call.now);
    let link = if *email == current { link } else { link.replacing(current) };
    let link = link.with_password(credential.password_version);
    users.mail_link(&call, &Counted::confirmations(email), (link, event)).await?;
    Ok(Reply::accepted())
}
