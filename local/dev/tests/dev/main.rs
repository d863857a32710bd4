//! Tests of `cargo dev` from outside: its arguments, output and shutdown, and its assortment.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "in tests, helpers included")]

mod assortment;
#[cfg(unix)]
mod attached;
#[expect(dead_code, reason = "the tests of the crate `runtime` use the rest")]
#[path = "../../../runtime/tests/laptop/cloud.rs"]
mod cloud;
#[cfg(unix)]
mod program;
mod redrive;
