//! `cargo dev` from outside: what the program accepts, prints and stops.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "in tests, helpers included")]

#[cfg(unix)]
mod attached;
#[expect(dead_code, reason = "the floor below has more use for it")]
#[path = "../../../runtime/tests/laptop/cloud.rs"]
mod cloud;
#[cfg(unix)]
mod program;
mod redrive;
