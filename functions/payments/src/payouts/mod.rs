//! What the payment gateway pays out, and whether that is what the shop's books have.

pub mod list_payouts;
pub mod reconcile_payouts;
pub mod rows;

pub use list_payouts::list_payouts;
pub use reconcile_payouts::reconcile_payouts;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use edge::contract::Operation;

    vec![Operation::of("list-payouts", list_payouts).list()]
}
