//! Tests of the notifications operation, in process, with an embedded table and an embedded SES.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod budgets;
mod fixture;
mod mail_events;
mod mails;
