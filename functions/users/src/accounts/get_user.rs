//! `GET /users/{user_id}`: returns an account, or a guest, to its owner and to admins.

use std::convert::Infallible;
use std::str::FromStr;

use domain::users::UserRefusal;
use domain::users::session::SessionRefusal;
use domain::words::id::UserId;
use edge::{Call, NoBody, Problem, Reply, SignedIn};

use crate::accounts::profile::Profile;
use crate::store::Users;

/// The requested account.
#[derive(Debug)]
pub enum Which {
    /// The caller's own account.
    Me,
    /// The account with this id.
    Of(UserId),
    /// Not an id, so no account.
    Nobody,
}

impl FromStr for Which {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "me" => Self::Me,
            id => id.parse().map_or(Self::Nobody, Self::Of),
        })
    }
}

/// Returns an account, or what is known of a guest. `me` refers to the caller's own.
///
/// # Errors
/// 401 if a guest has created an account since; 404 if it does not exist or is another user's.
pub async fn get_user(users: Users, call: Call<NoBody>) -> Result<Reply<Profile>, Problem> {
    let user_id = visible(&call.path("user_id")?, &call.caller)?;
    let found = users.profile(user_id).await?.ok_or(UserRefusal::NotFound)?;
    // Someone else who knows a guest's token, on a shared computer, does not see the account that the guest has created.
    if call.caller.is_guest && !found.value.guest {
        return Err(SessionRefusal::Revoked.into());
    }
    Ok(Reply::ok(found.value).etag(found.version))
}

fn visible(which: &Which, caller: &SignedIn) -> Result<UserId, UserRefusal> {
    match which {
        Which::Me => Ok(caller.user_id),
        Which::Of(id) if *id == caller.user_id || caller.is_admin() => Ok(*id),
        Which::Of(_) | Which::Nobody => Err(UserRefusal::NotFound),
    }
}
