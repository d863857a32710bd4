//! The payment gateways.

mod pace;
mod sandbox;
mod stripe;
