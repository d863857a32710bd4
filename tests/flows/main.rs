//! Flows through the whole shop, a module each.

#![expect(clippy::expect_used, clippy::panic, reason = "for tests: what fails here fails the test, at once")]
#![expect(clippy::print_stdout, reason = "what a sweep has found is printed, pass or fail")]

mod bad_input;
mod checkout;
mod conformance;
mod lists;
mod load;
mod permutations;
mod poison;
mod policies;
mod power_cut;
mod races;
mod reference;
mod relay;
mod stocking;
mod sweep;
mod telemetry;
mod tokens;
