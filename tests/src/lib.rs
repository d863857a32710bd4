//! A whole shop for one test: the real binaries over embedded engines, in memory, on ports of its own.
//!
//! A test opens a [`Shop`] and closes it. Closing waits until nothing is left to do and fails the test when it has left
//! an event in an outbox, a message in a queue, or anything in a dead-letter queue that it did not announce.

#![expect(clippy::expect_used, clippy::panic, reason = "for tests: what fails here fails the test, at once")]

mod customer;
mod shop;

pub use customer::{Customer, Reply};
pub use shop::{Shop, binaries};
