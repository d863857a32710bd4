//! Exhaustive proofs of the order flow. `cargo test` plays a sample of them, and `cargo run --release -p tests --bin
//! sweep` plays all. docs/reliability.md has the results.

pub mod after_sale;
pub mod backlog;
pub mod carts;
pub mod flood;
pub mod import;
pub mod load;
pub mod permutations;
pub mod popular;
pub mod rates;
pub mod row;
pub mod sweep;
pub mod webhooks;
