//! The deployment as the laptop runs it, and invocations of its functions: plain data that the layers above build, read and run.

pub mod clock;
pub mod deployment;
pub mod invoke;
pub mod statement;

/// The label after `table/<name>/stream/` in a stream's ARN. It is the same for every table on the laptop, so that the
/// template can name a stream before the engine has created it.
pub const STREAM_LABEL: &str = "2024-01-01T00:00:00.000";
