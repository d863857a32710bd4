//! Tests of the laptop cloud from outside, with AWS's SDKs, real processes and restarts.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "in tests, helpers included")]

mod aws;
mod cloud;
mod console;
mod deliveries;
mod faults;
mod host;
mod messages;
mod persistence;
mod policies;
mod queues;
mod retention;
mod schedules;
mod streams;

use std::path::{Path, PathBuf};

/// The directory with this crate's binaries.
pub fn binaries() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_puppet")).parent().unwrap().to_owned()
}
