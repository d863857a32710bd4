//! What Bodega's services agree on: words, events, and the rules that decide.
//!
//! Pure: no async, no AWS, no clock, no randomness. The caller passes the time and the random bits, so every rule can be tested
//! by calling a function.
//!
//! Three floors, and imports only go down: the subjects ([`users`], [`catalogue`], [`stock`], [`orders`], [`payments`]) rest on
//! [`events`], which rest on [`words`]. A test holds that.

pub mod catalogue;
pub mod events;
pub mod orders;
pub mod payments;
#[cfg(feature = "schema")]
pub mod schema;
pub mod stock;
pub mod users;
pub mod words;

pub use words::refusal::{Code, Kind, Refusal};
