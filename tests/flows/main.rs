//! Flows through the whole shop, one module per flow.

#![expect(clippy::expect_used, clippy::panic, reason = "tests: a failure here fails the test")]

mod access;
mod accounts;
mod addresses;
mod audit;
mod back_in_stock;
mod bad_input;
mod bounces;
mod carts;
mod checkout;
mod conformance;
mod dead_letters;
mod disputes;
mod erasure;
mod forgotten;
mod front_door;
mod granting;
mod guests;
mod imports;
mod invoices;
mod languages;
mod lists;
mod paying;
mod pictures;
mod poison;
mod policies;
mod power_cut;
mod proofs;
mod races;
mod raw_events;
mod reference;
mod refunds;
mod relay;
mod returning;
mod saved_methods;
mod search;
mod second_factor;
mod security;
mod shipping;
mod stocking;
mod stuck;
mod telemetry;
mod tokens;
mod versions;
mod withdrawing;
