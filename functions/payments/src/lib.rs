//! Payments: orders are charged, voided or refunded, and every movement of money is posted to the ledger.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table, [`gateway`] the payment
//! gateway.

pub mod disputes;
pub mod gateway;
pub mod ledger;
pub mod methods;
pub mod pages;
pub mod payments;
pub mod payouts;
pub mod secret;
pub mod store;
pub mod webhooks;

/// The contract of every operation behind a route.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    [
        payments::contract(),
        methods::contract(),
        disputes::contract(),
        ledger::contract(),
        payouts::contract(),
        webhooks::contract(),
    ]
    .concat()
}
