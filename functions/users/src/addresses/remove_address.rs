//! `DELETE /users/me/addresses/{address_id}`: removes an address of the caller.

use domain::users::User;
use domain::users::address_book::SavedAddress;
use domain::words::id::AddressId;
use edge::{Account, Call, NoBody, Problem, Reply};
use store::{Change, Stored};

use crate::accounts::rows::{UserRow, user_key};
use crate::addresses::rows::{AddressRow, address_key};
use crate::store::Users;

/// Removes an address. If it was a default, there is none until the client sets another one. Orders keep their copies. An address
/// that is not there, or another user's, changes nothing, and the reply is the same.
///
/// # Errors
/// 404 if the id is malformed.
pub async fn remove_address(users: Users, call: Call<NoBody, Account>) -> Result<Reply<()>, Problem> {
    let (user_id, address_id) = (call.caller.0.user_id, call.path::<AddressId>("address_id")?);
    let remove = async |found: Option<Stored<User>>| {
        let Some(user) = found else { return Ok(None) };
        let saved = users.table.get::<SavedAddress>(&address_key(user_id, address_id)).await?;
        Ok::<_, Problem>(
            saved.map(|saved| Change::to(user.value.remove_address(address_id)).delete::<AddressRow>(&saved)),
        )
    };
    users.table.at::<UserRow>(user_key(user_id)).change(&call, remove).await?;
    Ok(Reply::no_content())
}
