//! `GET /admin/users`: finds accounts.

use domain::users::guest::Guest;
use domain::words::id::UserId;
use domain::words::person::{Email, Role};
use edge::{Call, NoBody, Problem, Reply, RequestRefusal, Staff};
use serde::{Deserialize, Serialize};

use crate::accounts::profile::Profile;
use crate::guests::Known;
use crate::staff::put_staff::StaffRole;
use crate::store::Users;

/// What to find, by exactly one of these.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The account with this address, and guests who have left it.
    email: Option<Email>,
    /// The account with this id.
    user_id: Option<UserId>,
    /// The accounts with this role.
    role: Option<StaffRole>,
}

/// The accounts that were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundUsers {
    /// The accounts: one at most with an address, with twenty guests at most who have left it, or all with a role.
    pub items: Vec<Profile>,
}

/// Finds the users of an address or an id, guests included, or those with a role. The list by role may lack a change of the past second.
///
/// # Errors
/// 400 unless exactly one of the parameters is given.
pub async fn find_users(
    users: Users,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<FoundUsers>, Problem> {
    let found = match (&call.query.email, call.query.user_id, call.query.role) {
        (Some(email), None, None) => by_email(&users, email).await?,
        (None, Some(id), None) => users.profile(id).await?.map(|user| user.value).into_iter().collect(),
        (None, None, Some(role)) => {
            let role = Role::from(role);
            let staff = users.staff().await?.into_iter().map(|user| user.value);
            staff.filter(|user| user.roles.contains(&role)).map(Profile::from).collect()
        }
        _ => {
            let reason = "exactly one of `email`, `user_id` and `role` is required".to_owned();
            return Err(RequestRefusal::InvalidQuery(reason).into());
        }
    };
    Ok(Reply::ok(FoundUsers { items: found }))
}

/// Returns the account with this address, and the guests who have left it.
async fn by_email(users: &Users, email: &Email) -> Result<Vec<Profile>, Problem> {
    let account = match users.credential(email).await? {
        Some(credential) => users.get(credential.value.user_id).await?,
        None => None,
    };
    let guests = users.guests_of(email).await?.into_iter().map(Known::into_guest);
    let account = account.map(|user| user.value.into());
    Ok(account.into_iter().chain(guests.filter(Guest::is_guest).map(Profile::from)).collect())
}
