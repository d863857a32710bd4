//! Refunds of paid orders, as the staff grant them. The payment service pays them back.

pub mod refund_order;

pub use refund_order::refund_order;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::orders::OrderRefusal;
    use domain::orders::refunds::RefundRefusal;
    use domain::words::id::OrderId;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("refund-order", refund_order)
            .path::<OrderId>()
            .accepted()
            .idempotency_key(Header::Required)
            .refuses(OrderRefusal::CODES, &["order_not_found"])
            .refuses_all_but(RefundRefusal::CODES, &[]),
    ]
}
