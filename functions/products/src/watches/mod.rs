//! The resource `/stock/{sku}/watch`: customers who wait for what is out of stock, and are told once when it is there.

pub mod announce_stock;
pub mod rows;
pub mod watch_stock;

pub use announce_stock::announce_stock;
pub use watch_stock::watch_stock;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::stock::WatchRefusal;
    use domain::words::goods::Sku;
    use edge::contract::Operation;

    vec![Operation::of("watch-stock", watch_stock).path::<Sku>().refuses_all_but(WatchRefusal::CODES, &[])]
}
