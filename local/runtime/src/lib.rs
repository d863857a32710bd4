//! The runtime of the laptop cloud: the Lambda host that runs the functions' binaries, the HTTP APIs behind the front
//! door, and the event sources (queues, streams and schedules).

#![allow(
    missing_docs,
    reason = "internal crates of the laptop cloud; names that are self-explanatory need no comment"
)]

pub mod attached;
pub mod cloud;
pub mod console;
mod exchange;
mod files;
pub mod gateway;
pub mod host;
pub mod invocations;
pub mod logbook;
pub mod redrive;
mod reference;
pub mod site;
pub mod sources;
