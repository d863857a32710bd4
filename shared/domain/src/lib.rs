//! The shared language of Bodega's services: words, events, and decision rules.
//!
//! Pure: no async, no AWS, no clock, no randomness. The caller passes the time and the random bits, so every rule can
//! be tested by calling a function.
//!
//! Three layers, and imports only go down: the subjects ([`users`], [`catalogue`], [`stock`], [`orders`], [`invoices`], [`quote`],
//! [`promotions`], [`settings`], [`carts`], [`payments`], [`audit`]) depend on [`events`], which depend on [`words`]. A test enforces this.

pub mod audit;
pub mod carts;
pub mod catalogue;
pub mod events;
pub mod invoices;
pub mod orders;
pub mod payments;
pub mod promotions;
pub mod quote;
#[cfg(feature = "schema")]
pub mod schema;
pub mod settings;
pub mod stock;
pub mod users;
pub mod words;

pub use words::refusal::{Code, Kind, Refusal};
