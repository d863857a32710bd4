//! The resource `/payments`, a module per operation.

mod get_payment;
mod get_payment_action;
mod process_payment;
mod reconcile_payments;
mod retry_payment;
mod rows;
