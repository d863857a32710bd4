//! The resource `/admin/payments/disputes`: payments that customers claim back through their bank.

pub mod find_disputes;
pub mod look_up;
pub mod rows;

pub use find_disputes::find_disputes;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use edge::contract::Operation;

    vec![Operation::of("find-disputes", find_disputes).list()]
}
