//! Orders: checkout, and an order's life until it is paid or ends.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.

pub mod orders;
pub mod store;

/// The contract of every operation behind a route.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    [orders::contract()].concat()
}
