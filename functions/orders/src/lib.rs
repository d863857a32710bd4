//! Orders: checkout, and an order's life until it is paid or ends.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.

pub mod orders;
pub mod store;

pub use orders::apply_payment_event::apply_payment_event;
pub use orders::cancel_order::cancel_order;
pub use orders::expire_orders::expire_orders;
pub use orders::get_order::get_order;
pub use orders::list_orders::list_orders;
pub use orders::place_order::place_order;
