//! Mails: [`mail`] says which event leads to which mails, [`render`] writes it from the templates beside, [`mailer`] sends it, and
//! [`notification`] is the record of it.

pub mod content;
pub mod kind;
pub mod mail;
pub mod mailer;
pub mod notification;
pub mod recipient;
pub mod render;
pub mod rows;
pub mod send_account_mail;
pub mod send_notification;
mod to_staff;

pub use send_account_mail::send_account_mail;
pub use send_notification::send_notification;
