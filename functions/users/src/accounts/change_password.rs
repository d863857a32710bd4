//! `PUT /users/me/password`: replaces the caller's password.

use domain::users::session::SessionRefusal;
use domain::users::throttle::{Counted, PASSWORD_TRIES};
use edge::{Account, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::password::{NewPassword, PasswordHash};
use crate::accounts::rows::{Credential, CredentialRow, UserRow};
use crate::sessions::rows::SessionRow;
use crate::store::Users;

/// A new password, with the proof that it is the user who sets it.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    /// The password that is to be replaced.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub current_password: SecretString,
    /// The new password.
    pub new_password: NewPassword,
}

/// Replaces the password. The caller's session goes on, every other session of the user ends, and links in mails that could
/// have replaced the old password become invalid. Device tokens do, too: the next sign-in brings a new one.
///
/// Ten requests of a user are taken in a quarter of an hour, whether or not they succeed: each may send a mail.
///
/// # Errors
/// 401 if the session has ended, or the current password is wrong; 422 if the new password is the address, or made of what is known of the user; 429 if there were too
/// many requests.
pub async fn change_password(
    users: Users,
    call: Call<ChangePassword, Account>,
) -> Result<Reply<()>, Problem> {
    let ChangePassword { current_password, new_password } = &call.body;
    let tries = (Counted::password_changes(call.caller.0.user_id), PASSWORD_TRIES);
    let (user, credential) =
        users.reauthenticate(&call, current_password, tries, SessionRefusal::TooManyTries).await?;
    new_password.suits(&user.value.email, Some(&user.value.name))?;
    let password_hash = PasswordHash::of(new_password).map_err(Problem::internal)?;
    let verified = credential.version;
    let change = async |found: Option<Stored<Credential>>| {
        // If another request was faster, the password that was verified is no longer the current one.
        let found = found.filter(|found| found.version == verified);
        let found = found.ok_or(SessionRefusal::InvalidCredentials)?;
        let (user, session) =
            users.signed_in(&call.caller.0, call.now).await?.ok_or(SessionRefusal::Revoked)?;
        let renewed = found.value.with_password(password_hash.clone());
        let (changed, event) = user.value.change_password(renewed.password_version);
        let kept = session.value.clone().with_password(renewed.password_version);
        let change = Change::<CredentialRow, Problem>::to(renewed).replace::<UserRow>(&user, &changed);
        Ok::<_, Problem>(Some(change.replace::<SessionRow>(&session, &kept).emit(event)))
    };
    users.table.seen::<CredentialRow>(credential).change(&call, change).await?;
    Ok(Reply::no_content())
}
