//! The resource `/internal/quotes`: what carts show, without anything being held.

mod category_tree;
pub mod quote_lines;

pub use category_tree::CategoryTree;
pub use quote_lines::quote_lines;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    vec![edge::contract::Operation::of("quote-lines", quote_lines)]
}
