//! Products: the catalogue, and the stock that is counted, held for orders and sold.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.

pub mod catalogue;
pub mod reservations;
pub mod stock;
pub mod store;

pub use catalogue::create_product::create_product;
pub use catalogue::get_product::get_product;
pub use catalogue::list_products::list_products;
pub use reservations::expire_reservations::expire_reservations;
pub use reservations::reserve_stock::reserve_stock;
pub use reservations::settle_reservation::settle_reservation;
pub use stock::adjust_stock::adjust_stock;
