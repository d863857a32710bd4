//! The resource `/orders`.

mod apply_customer_event;
mod apply_payment_event;
mod cancel_order;
mod check_out;
mod expire_orders;
mod get_order;
mod list_orders;
pub mod place_order;
mod place_order_as_guest;
mod resend_confirmation;
mod saved_methods;
