//! The rest of the laptop cloud: the Lambda host with the functions' real binaries, the HTTP APIs behind the front door, and queues,
//! streams and schedules that invoke.

#![allow(missing_docs, reason = "what the floors of the laptop cloud give each other is named for itself")]

pub mod attached;
pub mod cloud;
pub mod console;
pub mod gateway;
pub mod host;
pub mod invocations;
pub mod redrive;
mod reference;
pub mod sources;
