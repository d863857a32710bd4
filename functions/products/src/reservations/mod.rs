//! The resource `/internal/reservations`: stock held for orders.

pub mod expire_reservations;
pub mod reserve_stock;
pub mod rows;
pub mod settle_reservation;

pub use expire_reservations::expire_reservations;
pub use reserve_stock::reserve_stock;
pub use settle_reservation::settle_reservation;
