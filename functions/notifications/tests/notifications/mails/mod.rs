//! The resource of this service: mails.

mod interruptions;
mod languages;
mod order_of_mails;
mod render;
mod send_account_mail;
mod send_notification;
mod telemetry;

/// The calls of a delivery: it reads the record, claims, sends, and records.
pub const CALLS: usize = 4;
