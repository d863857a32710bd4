//! The resource `/payments`. [`settlement`] is what the operations that ask the gateway have in common.

pub mod get_payment;
pub mod process_payment;
pub mod reconcile_payments;
pub mod rows;
pub mod settlement;

pub use get_payment::get_payment;
pub use process_payment::process_payment;
pub use reconcile_payments::reconcile_payments;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::payments::PaymentRefusal;
    use domain::words::id::PaymentId;
    use edge::contract::Operation;

    vec![
        Operation::of("get-payment", get_payment)
            .path::<PaymentId>()
            .etag()
            .refuses(PaymentRefusal::CODES, &["payment_not_found"]),
    ]
}
