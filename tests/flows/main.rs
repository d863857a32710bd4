//! Flows through the whole shop, a module each.

#![expect(clippy::expect_used, clippy::panic, reason = "for tests: what fails here fails the test, at once")]

mod bad_input;
mod checkout;
mod conformance;
mod lists;
mod poison;
mod policies;
mod power_cut;
mod proofs;
mod races;
mod reference;
mod relay;
mod stocking;

mod telemetry;
mod tokens;
