//! The resource of this service: mails.

mod account_mails;
mod interruptions;
mod languages;
mod order_of_mails;
mod render;
mod returns;
mod send_account_mail;
mod send_notification;
mod staff;
mod telemetry;

/// The calls of a delivery: it reads the record and what is known of the address, claims, sends, and records.
pub const CALLS: usize = 5;

/// The number of the call that sends the mail.
pub const SEND: usize = 4;

/// With a mail about an order, it looks once more at the records of the order between claiming and sending.
pub const LOOKS_AGAIN: usize = 1;
