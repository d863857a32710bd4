//! The deployment as the laptop runs it, and what is asked of it: plain data, which the floors above make, read and run.

pub mod deployment;
pub mod invoke;
pub mod statement;

/// What is after `table/<name>/stream/` in the ARN of a table's stream: on the laptop the same for every table, so that the
/// template can name a stream before the engine has created it.
pub const STREAM_LABEL: &str = "2024-01-01T00:00:00.000";
