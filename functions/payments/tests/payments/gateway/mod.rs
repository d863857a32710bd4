//! The payment gateways.

mod attempts;
mod charges;
mod pace;
mod sandbox;
mod saved;
mod stripe;
