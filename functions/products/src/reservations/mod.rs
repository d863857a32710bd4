//! The resource `/internal/reservations`: stock held for orders.

pub mod expire_reservations;
pub mod reserve_stock;
pub mod rows;
pub mod settle_reservation;
