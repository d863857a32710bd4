//! The operations of payments, called in the process over an embedded table.

#![expect(clippy::unwrap_used, reason = "for tests: what fails here fails the test, at once")]

mod budgets;
mod fixture;
mod gateway;
mod metrics;
#[path = "payments/mod.rs"]
mod resource;
