//! `PUT /users/me/addresses/{address_id}`: saves an address of the caller.

use domain::users::address_book::{DefaultFor, SavedAddress};
use domain::users::{User, UserRefusal};
use domain::words::person::Address;
use edge::{Account, Call, Problem, Reply};
use serde::Deserialize;
use store::{Change, Decision, Stored};

use crate::accounts::rows::{UserRow, user_key};
use crate::addresses::ShownAddress;
use crate::addresses::rows::AddressRow;
use crate::store::Users;

/// An address to save.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PutAddress {
    /// The address.
    pub address: Address,
    /// Whether orders go to it unless the user says otherwise, in place of the address that was the default. Left out, it is not.
    #[serde(default)]
    pub default_shipping: bool,
    /// Whether bills go to it unless the user says otherwise, in place of the address that was the default. Left out, it is not.
    #[serde(default)]
    pub default_billing: bool,
}

/// Saves an address under an id that the client has drawn, in place of the one that has this id. Up to twenty can be saved. The
/// reply has the address as it is stored, with its region's key. Orders that were placed keep the address that they were placed
/// with.
///
/// Sending the same again changes nothing.
///
/// # Errors
/// 404 if the account no longer exists, 409 if twenty other addresses are saved, 422 if the address lacks what its country needs.
pub async fn put_address(
    users: Users,
    call: Call<PutAddress, Account>,
) -> Result<Reply<ShownAddress>, Problem> {
    let PutAddress { address, default_shipping, default_billing } = &call.body;
    let default_for = DefaultFor { shipping: *default_shipping, billing: *default_billing };
    let user_id = call.caller.0.user_id;
    let new = SavedAddress { user_id, address_id: call.path("address_id")?, address: address.checked()? };
    let put = async |found: Option<Stored<User>>| {
        let user = found.ok_or(UserRefusal::NotFound)?.value;
        let saved = users.addresses(user_id).await?;
        let existing = saved.iter().find(|saved| saved.value.address_id == new.address_id);
        let changed = user.put_address(saved.len(), existing.map(|saved| &saved.value), &new, default_for)?;
        let change = changed.map(|user| match existing {
            Some(existing) => Change::to(user).replace::<AddressRow>(existing, &new),
            None => Change::to(user).insert::<AddressRow>(&new),
        });
        Ok::<_, Problem>(Decision::new(change, existing.is_none()))
    };
    let done = users.table.at::<UserRow>(user_key(user_id)).change(&call, put).await?;
    let user = done.row.ok_or(UserRefusal::NotFound)?.value;
    let location = format!("/users/me/addresses/{}", new.address_id);
    let shown = ShownAddress::of(new, &user);
    Ok(if done.answer { Reply::created(shown, location) } else { Reply::ok(shown) })
}
