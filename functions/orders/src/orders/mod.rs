//! The resource `/orders`.

pub mod apply_payment_event;
pub mod cancel_order;
pub mod expire_orders;
pub mod get_order;
pub mod list_orders;
pub mod place_order;
pub mod rows;

pub use apply_payment_event::apply_payment_event;
pub use cancel_order::cancel_order;
pub use expire_orders::expire_orders;
pub use get_order::get_order;
pub use list_orders::list_orders;
pub use place_order::place_order;
