//! Users: accounts, sessions and the tokens that every other service relies on.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.
//! [`accounts::password`], [`sessions::refresh_token`], [`sessions::access_token`] and [`keys::signing_key`] keep the secrets,
//! each in one place.

pub mod accounts;
pub mod keys;
#[cfg(feature = "schema")]
pub mod schema;
pub mod sessions;
pub mod store;

pub use accounts::get_contact::get_contact;
pub use accounts::get_user::get_user;
pub use accounts::register_user::register_user;
pub use keys::authorize_request::authorize_request;
pub use keys::get_jwks::get_jwks;
pub use sessions::log_in::log_in;
pub use sessions::refresh_session::refresh_session;
