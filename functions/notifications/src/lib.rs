//! Notifications: mails to customers, one per event and recipient.
//!
//! A folder per resource, a module per operation, named after its binary. [`store`] is the service's table.

pub mod mail_events;
pub mod mails;
pub mod store;
