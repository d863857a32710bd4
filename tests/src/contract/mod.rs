//! The contract: what clients may send and get, derived from the templates, the types of the operations and their refusals.

pub mod access;
pub mod blessed;
pub mod docs;
pub mod errors;
pub mod events;
pub mod exchange;
pub mod openapi;
pub mod refusals;
pub mod router;
pub mod routes;
mod schemas;
pub mod skeletons;

use edge::contract::Operation;

/// Every operation behind a route, as its service describes it.
///
/// # Panics
/// When an entry names a code that its list does not have.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let operations =
        [users::contract(), products::contract(), orders::contract(), payments::contract()].concat();
    for Operation { name, unknown, .. } in &operations {
        assert!(unknown.is_empty(), "{name}: no codes {unknown:?}");
    }
    operations
}
