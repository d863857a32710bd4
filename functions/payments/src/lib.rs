//! Payments: what an order costs is charged, voided or given back, and written in the ledger.
//!
//! A module an operation, named like its binary. [`store`] is the service's table; [`gateway`] is the payment gateway, with
//! [`stripe`] as the real one and [`sandbox`] as the one that needs no account; [`settlement`] is what the operations that
//! ask it have in common.

pub mod gateway;
pub mod get_payment;
pub mod keys;
pub mod process_payment;
pub mod reconcile_payments;
pub mod sandbox;
pub mod settlement;
pub mod store;
pub mod stripe;

pub use get_payment::get_payment;
pub use process_payment::process_payment;
pub use reconcile_payments::reconcile_payments;
