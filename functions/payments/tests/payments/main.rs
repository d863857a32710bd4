//! Tests of the payments operations, in process, with an embedded table.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod budgets;
mod disputes;
mod fixture;
mod gateway;
mod ledger;
mod methods;
mod metrics;
mod payouts;
#[path = "payments/mod.rs"]
mod resource;
mod webhooks;
