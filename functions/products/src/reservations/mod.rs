//! The resource `/internal/reservations`: stock held for orders.

pub mod expire_reservations;
pub mod reserve_stock;
pub mod rows;
pub mod settle_reservation;

pub use expire_reservations::expire_reservations;
pub use reserve_stock::reserve_stock;
pub use settle_reservation::settle_reservation;

/// What the contract says of each operation beyond its route and its type, from which the rest is derived.
#[cfg(feature = "schema")]
#[must_use]
pub fn contract() -> Vec<edge::contract::Operation> {
    use domain::stock::StockRefusal;
    use edge::contract::Operation;

    vec![
        Operation::of("reserve-stock", reserve_stock)
            .refuses_all_but(StockRefusal::CODES, StockRefusal::TO_STAFF),
    ]
}
