//! Typed clients of the services' internal routes, for the services that need an answer immediately.
//!
//! Each call is signed with the caller's own role, times out after a second and is retried once, so every internal
//! route is idempotent. The caller decides what to do when the other service is unavailable.

mod payments;
mod peer;
mod products;
mod users;

pub use payments::PaymentsClient;
pub use peer::{Peer, PeerError};
pub use products::ProductsClient;
pub use users::UsersClient;
