//! `PUT /users/me/email`: mails a link that gives the caller's account another address.

use domain::events::LinkPurpose;
use domain::users::UserRefusal;
use domain::users::link::LinkToken;
use domain::users::session::SessionRefusal;
use domain::users::throttle::{Counted, EMAIL_CHANGES, Throttle};
use domain::words::person::Email;
use edge::{Account, Call, Problem, Reply};
use secrecy::SecretString;
use serde::Deserialize;
use store::{Change, Stored};

use crate::accounts::password::is_address;
use crate::accounts::rows::UserRow;
use crate::links::rows::{ThrottleRow, throttle_key};
use crate::store::{Users, mailing};

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
/// then the user signs in with the old one. Another request makes the link invalid.
///
/// The reply does not tell whether another account has the address. Whoever opens the link learns that. Five requests of a user
/// are taken in an hour, whether or not the password is right, and an address gets three of these mails in an hour at most.
///
/// # Errors
/// 401 if the session has ended, or the password is wrong; 422 if the password is the address; 429 if there were too many
/// requests.
pub async fn set_email(users: Users, call: Call<SetEmail, Account>) -> Result<Reply<()>, Problem> {
    let SetEmail { email, password } = &call.body;
    let tries = (Counted::email_changes(call.caller.0.user_id), EMAIL_CHANGES);
    let (_, credential) =
        users.reauthenticate(&call, password, tries, UserRefusal::TooManyEmailChanges).await?;
    let credential = credential.value;
    if is_address(password, email) {
        return Err(UserRefusal::PasswordIsEmail.into());
    }
    let (id, purpose, user_id) = (call.new_id(), LinkPurpose::ConfirmEmail, credential.user_id);
    let (link, event) = LinkToken::request(id, purpose, user_id, email.clone(), call.now);
    let link = link.with_password(credential.password_version);
    let counted = Counted::confirmations(email);
    let request = async |found: Option<Stored<Throttle>>| {
        let mailing = mailing(found, &counted, (&link, &event), call.now);
        let user = users.get(user_id).await?.ok_or(SessionRefusal::Revoked)?;
        // Without a mail, the link that was requested before is invalid all the same.
        let newest = mailing.is_some().then_some(&link);
        Ok::<_, Problem>(match user.value.request_email(newest) {
            Some(changed) => {
                let change = mailing.unwrap_or_else(Change::beside);
                Some(change.replace::<UserRow>(&user, &changed))
            }
            None => mailing,
        })
    };
    users.table.at::<ThrottleRow>(throttle_key(&counted)).change(&call, request).await?;
    Ok(Reply::accepted())
}
