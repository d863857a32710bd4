//! Flows through the whole shop, a module each.

mod bad_input;
mod checkout;
mod conformance;
mod lists;
mod races;
mod tokens;
