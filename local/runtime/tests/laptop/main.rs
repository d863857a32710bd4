//! The laptop cloud from outside: AWS's own SDKs, real processes, restarts.

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
mod schedules;
mod streams;

use std::path::{Path, PathBuf};

/// The folder with this crate's own binaries.
pub fn binaries() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_puppet")).parent().unwrap().to_owned()
}
