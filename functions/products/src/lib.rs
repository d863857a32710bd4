//! Products: the catalogue, and the stock that is counted, held for orders and sold.
//!
//! A module an operation, named like its binary. [`store`] is the service's table: the catalogue's rows in [`catalogue`],
//! the counters and reservations in [`stock`].

pub mod adjust_stock;
pub mod catalogue;
pub mod create_product;
pub mod expire_reservations;
pub mod get_product;
pub mod keys;
pub mod list_products;
pub mod reserve_stock;
pub mod settle_reservation;
pub mod stock;
pub mod store;

pub use adjust_stock::adjust_stock;
pub use create_product::create_product;
pub use expire_reservations::expire_reservations;
pub use get_product::get_product;
pub use list_products::list_products;
pub use reserve_stock::reserve_stock;
pub use settle_reservation::settle_reservation;
