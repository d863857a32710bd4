//! What SES reports about mails that were sent, and the addresses that get none any more.

pub mod apply_mail_event;
pub mod mail_event;
pub mod rows;
pub mod suppression;

pub use apply_mail_event::apply_mail_event;
