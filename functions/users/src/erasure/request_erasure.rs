//! `POST /users/me/erasure`: has the caller's account erased in two weeks, or keeps it.

use domain::users::session::SessionRefusal;
use domain::users::throttle::{Counted, PASSWORD_TRIES};
use domain::users::{User, UserRefusal};
use edge::{Account, Call, Problem, Reply, RequestRefusal};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use store::{Change, Stored};

use crate::accounts::rows::{UserRow, user_key};
use crate::store::Users;

/// Either the password, or that the account is to be kept.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RequestErasure {
    /// The account's password, to have it erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub password: Option<SecretString>,
    /// Whether an erasure that was requested is taken back.
    #[serde(default)]
    pub cancel: bool,
}

/// What will become of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Erasure {
    /// When it will be erased; `null` if it is kept.
    pub erases_at: Option<Timestamp>,
}

/// Has the account erased in two weeks, with everything that the shop holds of its owner and need not keep. Until then, the user
/// can sign in and take it back. Asking again does not delay it.
///
/// # Errors
/// 401 if the session has ended, or the password is wrong; 409 if the account has a role; 422 unless there is exactly one of
/// `password` and `cancel: true`; 429 if there were too many requests.
pub async fn request_erasure(
    users: Users,
    call: Call<RequestErasure, Account>,
) -> Result<Reply<Erasure>, Problem> {
    let user_id = call.caller.0.user_id;
    match (&call.body.password, call.body.cancel) {
        (Some(password), false) => {
            let tries = (Counted::password_changes(user_id), PASSWORD_TRIES);
            users.reauthenticate(&call, password, tries, SessionRefusal::TooManyTries).await?;
        }
        (None, true) => {}
        _ => return Err(RequestRefusal::InvalidBody.into()),
    }
    let decide = async |found: Option<Stored<User>>| {
        let user = found.ok_or(UserRefusal::NotFound)?.value;
        // Again, since the owner may have thrown this session out while the password was verified.
        users.signed_in(&call.caller.0, call.now).await?.ok_or(SessionRefusal::Revoked)?;
        if call.body.cancel {
            return Ok::<_, Problem>(user.cancel_erasure().map(Change::to));
        }
        let requested = user.request_erasure(call.now)?;
        Ok(requested.map(|(user, event)| Change::to(user).emit(event)))
    };
    let done = users.table.at::<UserRow>(user_key(user_id)).change(&call, decide).await?;
    let erases_at = done.row.and_then(|user| user.value.erases_at);
    Ok(Reply::incomplete(Erasure { erases_at }))
}
