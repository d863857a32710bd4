//! `GET /users/me/addresses`: lists the addresses that the caller has saved.

use domain::users::UserRefusal;
use edge::{Account, Call, List, NoBody, Problem, Reply};

use crate::addresses::ShownAddress;
use crate::store::Users;

/// Lists the caller's addresses, twenty at most, in the order of their ids. One at most is the default for shipping, and one for
/// billing.
///
/// # Errors
/// 404 if the account no longer exists.
pub async fn list_addresses(
    users: Users,
    call: Call<NoBody, Account>,
) -> Result<Reply<List<ShownAddress>>, Problem> {
    let user_id = call.caller.0.user_id;
    let user = users.get(user_id).await?.ok_or(UserRefusal::NotFound)?.value;
    let saved = users.addresses(user_id).await?;
    let items = saved.into_iter().map(|saved| ShownAddress::of(saved.value, &user)).collect();
    Ok(Reply::ok(List { items, next_cursor: None }))
}
