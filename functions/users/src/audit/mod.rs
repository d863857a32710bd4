//! The resource `/admin/users/audit`: what the people who work in the shop have done.

pub mod list_audit;
pub mod record_audit;
pub mod rows;

pub use list_audit::list_audit;
pub use record_audit::record_audit;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use edge::contract::Operation;

    vec![Operation::of("list-audit", list_audit).list()]
}
