//! The laptop cloud from outside: AWS's own SDKs, real processes, restarts.

#![allow(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "in tests, helpers included")]

#[cfg(unix)]
mod attached;
mod aws;
mod cloud;
mod console;
mod deliveries;
mod faults;
mod host;
mod messages;
mod persistence;
mod policies;
#[cfg(unix)]
mod program;
mod queues;
mod redrive;
mod schedules;
mod streams;
