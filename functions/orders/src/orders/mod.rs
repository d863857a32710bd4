//! The resource `/orders`.

pub mod apply_payment_event;
pub mod cancel_order;
pub mod expire_orders;
pub mod get_order;
pub mod list_orders;
pub mod place_order;
pub mod rows;
