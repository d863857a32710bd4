//! The keys that access tokens are signed with: how they rotate, what is published of them and of their issuer, and the
//! authorizer that relies on them.

pub mod authorize_request;
pub mod get_discovery;
pub mod get_jwks;
pub mod rotate_signing_key;
pub mod rows;
pub mod secret;
pub mod signing_key;
pub mod signing_secret;

pub use authorize_request::authorize_request;
pub use get_discovery::get_discovery;
pub use get_jwks::get_jwks;
pub use rotate_signing_key::rotate_signing_key;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use crate::schema::KeySet;
    use edge::contract::Operation;

    vec![
        Operation::described_as::<KeySet, _, _, _, _, _, _, _>("get-jwks", get_jwks).cached(),
        Operation::of("get-discovery", get_discovery).cached(),
    ]
}
