//! The resource `/users/me/addresses`.

pub mod list_addresses;
pub mod put_address;
pub mod remove_address;
pub mod rows;

pub use list_addresses::list_addresses;
pub use put_address::put_address;
pub use remove_address::remove_address;

use domain::users::User;
use domain::users::address_book::{MAX_ADDRESSES, SavedAddress};
use domain::words::id::{AddressId, UserId};
use domain::words::person::Address;
use serde::Serialize;
use store::{Error, Index, Query, Stored};

use crate::addresses::rows::{ADDRESS, of_user};
use crate::store::Users;

/// A saved address, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SavedAddress"))]
pub struct ShownAddress {
    /// Its id.
    pub address_id: AddressId,
    /// The address.
    pub address: Address,
    /// Whether it is the address that orders go to unless the user says otherwise.
    pub default_shipping: bool,
    /// Whether it is the address that bills go to unless the user says otherwise.
    pub default_billing: bool,
}

impl ShownAddress {
    pub(crate) fn of(saved: SavedAddress, user: &User) -> Self {
        let default_for = user.default_for(saved.address_id);
        Self {
            address_id: saved.address_id,
            address: saved.address,
            default_shipping: default_for.shipping,
            default_billing: default_for.billing,
        }
    }
}

impl Users {
    /// Returns the addresses that a user has saved, by their ids.
    ///
    /// # Errors
    /// If the table fails.
    pub(crate) async fn addresses(&self, user: UserId) -> Result<Vec<Stored<SavedAddress>>, Error> {
        let query = Query::new(Index::Table, of_user(user)).prefix(ADDRESS).limit(MAX_ADDRESSES);
        Ok(self.table.query(&query).await?.items)
    }
}

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::users::UserRefusal;
    use domain::users::address_book::AddressBookRefusal;
    use domain::words::address::AddressRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("list-addresses", list_addresses).refuses(UserRefusal::CODES, &["user_not_found"]),
        Operation::of("put-address", put_address)
            .path::<AddressId>()
            .created()
            .or_replaced()
            .refuses(UserRefusal::CODES, &["user_not_found"])
            .refuses_all_but(AddressRefusal::CODES, &[])
            .refuses_all_but(AddressBookRefusal::CODES, &[]),
        Operation::of("remove-address", remove_address).path::<AddressId>(),
    ]
}
