//! The payment gateways.

mod sandbox;
mod stripe;
