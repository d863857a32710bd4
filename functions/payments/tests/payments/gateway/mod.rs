//! The payment gateways.

mod charges;
mod pace;
mod sandbox;
mod stripe;
