//! The operation of notifications, called in the process over an embedded table and an embedded SES.

#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod budgets;
mod fixture;
mod mails;
