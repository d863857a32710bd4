//! The resource `/payments`. [`settlement`] is what the operations that ask the gateway have in common.

pub mod get_payment;
pub mod get_payment_action;
pub mod process_payment;
pub mod reconcile_payments;
pub mod retry_payment;
pub mod rows;
pub mod settlement;

pub use get_payment::get_payment;
pub use get_payment_action::get_payment_action;
pub use process_payment::process_payment;
pub use reconcile_payments::reconcile_payments;
pub use retry_payment::retry_payment;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::payments::{MethodRefusal, PaymentRefusal, RetryRefusal};
    use domain::words::id::PaymentId;
    use domain::words::pay_with::PayWithRefusal;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("get-payment", get_payment)
            .path::<PaymentId>()
            .etag()
            .refuses(PaymentRefusal::CODES, &["payment_not_found"]),
        Operation::of("get-payment-action", get_payment_action)
            .path::<PaymentId>()
            .refuses_all_but(PaymentRefusal::CODES, &[]),
        Operation::of("retry-payment", retry_payment)
            .path::<PaymentId>()
            .idempotency_key(Header::Required)
            .accepted()
            .refuses(PaymentRefusal::CODES, &["payment_not_found"])
            .refuses_all_but(RetryRefusal::CODES, &[])
            .refuses(PayWithRefusal::CODES, &["payment_method_needed"])
            .refuses(MethodRefusal::CODES, &["payment_method_unknown"]),
    ]
}
