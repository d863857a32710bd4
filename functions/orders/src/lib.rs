//! Orders: checkout and what becomes of an order until it is paid or ends.
//!
//! A module an operation, named like its binary. [`store`] is the service's table; [`products`] and [`users`] are the
//! services that it asks.

pub mod apply_payment_event;
pub mod cancel_order;
pub mod expire_orders;
pub mod get_order;
pub mod keys;
pub mod list_orders;
pub mod place_order;
pub mod products;
pub mod store;
pub mod users;

pub use apply_payment_event::apply_payment_event;
pub use cancel_order::cancel_order;
pub use expire_orders::expire_orders;
pub use get_order::get_order;
pub use list_orders::list_orders;
pub use place_order::place_order;
