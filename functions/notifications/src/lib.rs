//! Notifications: what customers are told of by mail, once an event.
//!
//! [`send_notification()`] is the one operation. [`mail`] says which event makes which mail, [`render`] writes it from the
//! templates beside, [`mailer`] sends it, [`notification`] is the record of it, and [`users`] is asked for the address.

pub mod keys;
pub mod mail;
pub mod mailer;
pub mod notification;
pub mod render;
pub mod send_notification;
pub mod store;
pub mod users;

pub use send_notification::send_notification;
