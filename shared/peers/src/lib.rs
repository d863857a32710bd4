//! Typed clients of the services' internal routes, for the services that need an answer immediately.
//!
//! Each call is signed with the caller's own role, times out after a second and is repeated once, so every internal route is
//! idempotent. What a caller does when the other service is unavailable is up to the caller.

mod peer;
mod products;
mod users;

pub use peer::{Peer, PeerError};
pub use products::ProductsClient;
pub use users::UsersClient;
