//! Users: accounts, sessions and the tokens that every other service relies on.
//!
//! A module an operation, named like its binary. [`store`] is the service's table; [`password`], [`refresh_token`],
//! [`access_token`] and [`signing_key`] keep the secrets, each in one place.

pub mod access_token;
pub mod authorize_request;
pub mod get_contact;
pub mod get_jwks;
pub mod get_user;
pub mod keys;
pub mod log_in;
pub mod password;
pub mod refresh_session;
pub mod refresh_token;
pub mod register_user;
pub mod signing_key;
pub mod store;
pub mod tokens;

pub use authorize_request::authorize_request;
pub use get_contact::get_contact;
pub use get_jwks::get_jwks;
pub use get_user::get_user;
pub use log_in::log_in;
pub use refresh_session::refresh_session;
pub use register_user::register_user;
