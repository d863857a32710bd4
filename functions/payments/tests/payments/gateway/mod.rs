//! The payment gateways.

mod attempts;
mod capturing;
mod charges;
mod disputes;
mod pace;
mod payouts;
mod returned_refunds;
mod sandbox;
mod saved;
mod stripe;
