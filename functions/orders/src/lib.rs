//! Orders: carts, checkout, an order's life until its parcels arrive or it ends, the settings of the shop, and its promotions.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.

pub mod carts;
pub mod invoices;
pub mod orders;
pub mod promotions;
pub mod refunds;
pub mod returns;
pub mod settings;
pub mod shipments;
pub mod store;
pub mod timeline;

/// The contract of every operation behind a route.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    [
        carts::contract(),
        invoices::contract(),
        orders::contract(),
        promotions::contract(),
        refunds::contract(),
        returns::contract(),
        settings::contract(),
        shipments::contract(),
        timeline::contract(),
    ]
    .concat()
}
