//! The resource `/stock`: counters that many customers move at the same time, and their adjustments by hand.

pub mod adjust_stock;
pub mod rows;

pub use adjust_stock::adjust_stock;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::stock::StockRefusal;
    use domain::words::goods::Sku;
    use edge::contract::{Header, Operation};

    vec![
        Operation::of("adjust-stock", adjust_stock)
            .path::<Sku>()
            .idempotency_key(Header::Required)
            .refuses(StockRefusal::CODES, &["sku_not_found", "stock_below_zero"]),
    ]
}
