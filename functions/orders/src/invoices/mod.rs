//! Invoices and credit notes of orders.

pub mod get_invoice;
pub(crate) mod issue;
pub mod render;
pub mod rows;

pub use get_invoice::get_invoice;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::invoices::InvoiceRefusal;
    use domain::orders::OrderRefusal;
    use domain::words::document::DocumentNumber;
    use domain::words::id::OrderId;
    use edge::contract::Operation;

    vec![
        Operation::of("get-invoice", get_invoice)
            .path::<OrderId>()
            .path::<DocumentNumber>()
            .or_page()
            .refuses(OrderRefusal::CODES, &["order_not_found"])
            .refuses_all_but(InvoiceRefusal::CODES, &[]),
    ]
}
