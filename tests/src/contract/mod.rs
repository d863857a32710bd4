//! The contract: what clients may send and get, derived from the templates, the types of the operations and their refusals.

pub mod blessed;
pub mod docs;
pub mod errors;
pub mod events;
pub mod exchange;
pub mod openapi;
pub mod operations;
pub mod refusals;
pub mod router;
pub mod routes;
mod schemas;
pub mod skeletons;
