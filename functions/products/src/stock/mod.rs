//! The resource `/stock`, and `/admin/catalogue/stock` for staff: counters that many customers move at the same time, and their adjustments by hand.

pub mod adjust_stock;
mod levels;
pub mod list_stock;
pub mod list_stock_movements;
pub mod rebalance_stock;
pub mod rows;
pub mod set_stock_policy;

pub use adjust_stock::adjust_stock;
pub use levels::MAX_ROWS;
pub use list_stock::list_stock;
pub use list_stock_movements::list_stock_movements;
pub use rebalance_stock::rebalance_stock;
pub use set_stock_policy::set_stock_policy;

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
        Operation::of("list-stock-movements", list_stock_movements)
            .path::<Sku>()
            .list()
            .refuses(StockRefusal::CODES, &["sku_not_found"]),
        Operation::of("list-stock", list_stock).list(),
        Operation::of("set-stock-policy", set_stock_policy)
            .path::<Sku>()
            .if_match(Header::Required)
            .etag()
            .refuses(StockRefusal::CODES, &["sku_not_found", "backorder_in_use", "too_many_shards"]),
    ]
}
