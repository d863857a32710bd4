//! The resource `/payments`. [`settlement`] is what the operations that ask the gateway have in common.

pub mod get_payment;
pub mod process_payment;
pub mod reconcile_payments;
pub mod rows;
pub mod settlement;

pub use get_payment::get_payment;
pub use process_payment::process_payment;
pub use reconcile_payments::reconcile_payments;
