//! The payment gateways.

mod attempts;
mod charges;
mod disputes;
mod pace;
mod payouts;
mod sandbox;
mod saved;
mod stripe;
