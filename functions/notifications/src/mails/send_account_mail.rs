//! Queue `account-mails`: mails to the owners of accounts that are not about an order.

use edge::queue::{Delivery, Failure};
use edge::{Connect, Environment, InitError, Pace};

use crate::mails::mailer::Mailer;
use crate::mails::recipient::Addresses;
use crate::mails::send_notification;
use crate::store::Notifications;

/// The pace at which this process sends. All of them together take half of what SES accepts from the shop.
#[derive(Debug, Clone)]
pub struct MailPace(pub Pace);

impl Connect for MailPace {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self(Pace::part(environment, "MAILS_PER_SECOND", "MAIL_PARTS")?))
    }
}

/// Sends the mails for an event as [`send_notification()`] does. Anyone can cause these mails, by registering addresses, and one
/// delivery of goods can cause thousands, so they have a queue and a part of SES's limit of their own: no mail about an order waits
/// behind them.
///
/// # Errors
/// As for [`send_notification()`].
pub async fn send_account_mail(
    ((notifications, addresses, mailer), pace): ((Notifications, Addresses, Mailer), MailPace),
    delivery: Delivery,
) -> Result<(), Failure> {
    send_notification((notifications, addresses, mailer.at(pace.0)), delivery).await
}
