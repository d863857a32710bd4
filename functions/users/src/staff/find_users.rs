//! `GET /admin/users`: finds accounts.

use domain::words::id::UserId;
use domain::words::person::{Email, Role};
use edge::{Call, NoBody, Problem, Reply, RequestRefusal, Staff};
use serde::{Deserialize, Serialize};

use crate::accounts::profile::Profile;
use crate::staff::put_staff::StaffRole;
use crate::store::Users;

/// What to find, by exactly one of these.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Query {
    /// The account with this address.
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
    /// The accounts: one at most, or at most a hundred with a role.
    pub items: Vec<Profile>,
}

/// Finds the account of an address or an id, or those with a role. The list by role may lack a change of the past second.
///
/// # Errors
/// 400 unless exactly one of the parameters is given.
pub async fn find_users(
    users: Users,
    call: Call<NoBody, Staff, Query>,
) -> Result<Reply<FoundUsers>, Problem> {
    let found = match (&call.query.email, call.query.user_id, call.query.role) {
        (Some(email), None, None) => match users.credential(email).await? {
            Some(credential) => users.get(credential.value.user_id).await?.into_iter().collect(),
            None => Vec::new(),
        },
        (None, Some(id), None) => users.get(id).await?.into_iter().collect(),
        (None, None, Some(role)) => {
            let mut staff = users.staff().await?;
            staff.retain(|user| user.value.roles.contains(&Role::from(role)));
            staff
        }
        _ => {
            let reason = "exactly one of `email`, `user_id` and `role` is required".to_owned();
            return Err(RequestRefusal::InvalidQuery(reason).into());
        }
    };
    Ok(Reply::ok(FoundUsers { items: found.into_iter().map(|user| user.value.into()).collect() }))
}
