//! What is proven of the order flow by trying everything: `cargo test` plays a sample, `cargo run --release -p tests --bin sweep` all
//! of it. docs/reliability.md has the results.

pub mod load;
pub mod permutations;
pub mod sweep;
