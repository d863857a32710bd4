//! The laptop cloud from outside: AWS's own SDKs, real processes, restarts.

mod aws;
mod cloud;
mod host;
mod persistence;
mod queues;
mod schedules;
mod streams;
