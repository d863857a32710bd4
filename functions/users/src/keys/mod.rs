//! The key that access tokens are signed with: what is published of it, and the authorizer that relies on it.

pub mod authorize_request;
pub mod get_jwks;
pub mod signing_key;

pub use authorize_request::authorize_request;
pub use get_jwks::get_jwks;
