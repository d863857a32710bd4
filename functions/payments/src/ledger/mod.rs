//! The resource `/admin/payments/ledger`: what has moved, by account and day.

mod csv;
pub mod show_ledger;

pub use show_ledger::show_ledger;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::payments::ledger::LedgerRefusal;
    use edge::contract::Operation;

    vec![Operation::of("show-ledger", show_ledger).refuses_all_but(LedgerRefusal::CODES, &[])]
}
