//! Users: accounts, sessions and the tokens that every other service relies on.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.
//! [`accounts::password`], [`links`], [`sessions::refresh_token`], [`sessions::access_token`] and [`keys::signing_key`] keep the
//! secrets, each in one place.

pub mod accounts;
pub mod addresses;
pub mod audit;
pub mod erasure;
pub mod guests;
pub mod keys;
pub mod links;
pub mod password_resets;
#[cfg(feature = "schema")]
pub mod schema;
pub mod second_factor;
pub mod sessions;
pub mod staff;
pub mod store;

/// The contract of every operation behind a route.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    [
        accounts::contract(),
        addresses::contract(),
        audit::contract(),
        erasure::contract(),
        guests::contract(),
        keys::contract(),
        password_resets::contract(),
        sessions::contract(),
        second_factor::contract(),
        staff::contract(),
    ]
    .concat()
}
