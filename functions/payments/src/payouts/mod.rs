//! What the payment gateway pays out, and whether that is what the shop's books have.

pub mod reconcile_payouts;
pub mod rows;

pub use reconcile_payouts::reconcile_payouts;
