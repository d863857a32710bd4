//! A whole shop for one test: the real binaries over embedded engines, in memory, on free ports. [`Engines`] selects
//! other engines.
//!
//! A test opens a [`Shop`] and closes it. Closing waits until nothing is left to do. It fails the test if an event is
//! left in an outbox, a message in a queue, or a message in a dead-letter queue where none is expected, or if a
//! credential was logged.

#![expect(clippy::expect_used, clippy::panic, reason = "tests: a failure here fails the test")]
#![expect(clippy::print_stdout, reason = "a sweep prints its progress")]

mod app;
mod books;
pub mod contract;
mod customer;
mod engines;
pub mod fuzz;
pub mod import;
pub mod measure;
pub mod month;
pub mod picture;
pub mod proofs;
mod recovery;
pub mod saved_card;
mod scenario;
mod shop;
mod story;
pub mod sweep;
pub mod throughput;
pub mod timing;
pub mod upload;
pub mod webhook;

pub use app::App;
pub use books::Books;
pub use customer::{Customer, Reply, guests_order};
pub use engines::Engines;
pub use scenario::{Scenario, until_a_full_hour};
pub use shop::{Shop, binaries};
pub use story::Story;
