//! A whole shop for one test: the real binaries over embedded engines, in memory, on ports of its own. (Over other engines:
//! [`Engines`].)
//!
//! A test opens a [`Shop`] and closes it. Closing waits until nothing is left to do and fails the test when it has left
//! an event in an outbox, a message in a queue, or anything in a dead-letter queue that it did not announce, or logged what
//! a customer signs in with.

#![expect(clippy::expect_used, clippy::panic, reason = "for tests: what fails here fails the test, at once")]
#![expect(clippy::print_stdout, reason = "a long sweep says how far it is")]

mod books;
pub mod contract;
mod customer;
mod engines;
pub mod measure;
pub mod proofs;
mod recovery;
mod scenario;
mod shop;
mod story;
pub mod sweep;

pub use books::Books;
pub use customer::{Customer, Reply};
pub use engines::Engines;
pub use scenario::Scenario;
pub use shop::{Shop, binaries};
pub use story::Story;
