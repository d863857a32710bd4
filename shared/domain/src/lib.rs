//! What Bodega's services agree on: ids, money, events, state machines, refusals.
//!
//! Pure: no async, no AWS, no clock, no randomness. Whoever calls passes the time and the random bits in, so every rule in
//! here can be tested by calling a function.

pub mod event;
pub mod id;
pub mod ledger;
pub mod money;
pub mod order;
pub mod payment;
pub mod person;
pub mod product;
pub mod refusal;
pub mod session;
pub mod stock;
pub mod user;

pub use refusal::{Kind, Refusal};
