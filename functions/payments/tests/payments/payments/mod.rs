//! The resource `/payments`, a module per operation.

mod get_payment;
mod process_payment;
mod reconcile_payments;
mod rows;
