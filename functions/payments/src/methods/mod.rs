//! The resource `/payment-methods`: what customers have saved at the payment gateway. The shop keeps who they are there, and
//! nothing of a card.

pub mod customers;
pub mod list_payment_methods;
pub mod remove_payment_method;
pub mod rows;
pub mod set_up_payment_method;
pub mod verify_payment_method;

pub use list_payment_methods::list_payment_methods;
pub use remove_payment_method::remove_payment_method;
pub use set_up_payment_method::set_up_payment_method;
pub use verify_payment_method::verify_payment_method;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::payments::MethodRefusal;
    use domain::words::id::UserId;
    use domain::words::payment_method::PaymentMethod;
    use edge::contract::Operation;

    vec![
        Operation::of("set-up-payment-method", set_up_payment_method)
            .refuses(MethodRefusal::CODES, &["account_erased"]),
        Operation::of("list-payment-methods", list_payment_methods),
        Operation::of("remove-payment-method", remove_payment_method)
            .path::<PaymentMethod>()
            .refuses(MethodRefusal::CODES, &["payment_method_not_found"]),
        Operation::of("verify-payment-method", verify_payment_method)
            .path::<UserId>()
            .path::<PaymentMethod>()
            .refuses(MethodRefusal::CODES, &["payment_method_unknown"]),
    ]
}
