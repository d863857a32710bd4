//! The resource `/orders`.

mod apply_payment_event;
mod cancel_order;
mod expire_orders;
mod get_order;
mod list_orders;
pub mod place_order;
