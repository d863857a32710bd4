//! Queue `notification-requests`: notifies customers by mail.

use std::time::{Duration, Instant};

use edge::queue::{Delivery, Failure};
use edge::timeouts::{ANSWER_BEFORE, SDK_OPERATION};
use peers::UsersClient;
use store::Stored;
use telemetry::{Metric, chain};

use crate::mails::mail::Mail;
use crate::mails::mailer::{Mailer, SendError};
use crate::mails::notification::{Notification, Standing};
use crate::mails::rows;
use crate::store::{Notifications, WriteError};

/// Sends the mail for an event, once. An event without a mail is done, and so is a mail whose address SES does not
/// accept. The address is read before the notification is
/// claimed, so that an unavailable user service leaves no claim behind.
///
/// # Errors
/// If another delivery is sending the mail, or the table, the user service or SES fails. The queue redelivers the
/// message.
pub async fn send_notification(
    (notifications, users, mailer): (Notifications, UsersClient, Mailer),
    delivery: Delivery,
) -> Result<(), Failure> {
    let tried_until = Instant::now() + patience(&delivery);
    let Some(mail) = Mail::about(&delivery.envelope.event)? else { return Ok(()) };
    let (event_id, user_id, now) = (delivery.envelope.id, mail.user_id, delivery.now);
    let seen = notifications.get(event_id, user_id, now).await?;
    let claim = match &seen {
        None => Notification::claim(&delivery, user_id, mail.kind),
        Some(found) => match found.value.standing(now) {
            Standing::Done => return Ok(()),
            Standing::Claimed => return Err(WriteError::BeingSent.into()),
            Standing::Free => found.value.claimed_again(&delivery),
            Standing::Unknown => {
                return Err(store::Error::Newer { key: rows::key(event_id, user_id).to_string() }.into());
            }
        },
    };
    let Some(contact) = users.contact(user_id, &delivery.cause).await? else {
        tracing::info!(%event_id, %user_id, kind = ?mail.kind, "account not found, no mail sent");
        notifications.write(&delivery, seen.as_ref(), claim.undeliverable(now)).await?;
        return Ok(());
    };
    let rendered = mailer.render(&mail)?;
    let claim = notifications.write(&delivery, seen.as_ref(), claim).await?;
    match mailer.send(&rendered, &contact.email, &delivery, tried_until).await {
        Ok(message_id) => {
            Metric::MailsSent.publish(1);
            tracing::info!(%event_id, kind = ?mail.kind, message_id, "mail sent");
            record(&notifications, &delivery, &claim, claim.value.sent(message_id, now)).await
        }
        Err(error @ SendError::Unknown(_)) => Err(error.into()),
        Err(error @ SendError::Undeliverable { .. }) => {
            // Another try would end the same way, and its dead letter would call an operator for one mistyped address.
            Metric::MailsRefused.publish(1);
            tracing::warn!(%event_id, %user_id, kind = ?mail.kind, error = %chain(&error), "mail undeliverable");
            notifications.write(&delivery, Some(&claim), claim.value.undeliverable(now)).await?;
            Ok(())
        }
        Err(error) => {
            if matches!(error, SendError::Refused { .. }) {
                Metric::MailsRefused.publish(1);
            }
            notifications.write(&delivery, Some(&claim), claim.value.released(now)).await?;
            Err(error.into())
        }
    }
}

/// Returns how long to retry while SES is throttling. The last attempt leaves enough time to wait for its answer and to
/// record the outcome before the delivery times out.
fn patience(delivery: &Delivery) -> Duration {
    let time = Duration::try_from(delivery.now.duration_until(delivery.deadline)).unwrap_or_default();
    time.saturating_sub(ANSWER_BEFORE + SDK_OPERATION + SDK_OPERATION)
}

/// Records that a mail was sent. Retries on failure, since an unrecorded mail is sent again.
async fn record(
    notifications: &Notifications,
    delivery: &Delivery,
    claim: &Stored<Notification>,
    sent: Notification,
) -> Result<(), Failure> {
    let mut tries = 1..RECORD_TRIES;
    loop {
        let written = notifications.write(delivery, Some(claim), sent.clone()).await;
        match (written, tries.next()) {
            (Ok(_), _) => return Ok(()),
            (Err(WriteError::Table(error)), Some(_)) => {
                tracing::warn!(error = %chain(&error), "mail sent but not yet recorded");
            }
            (Err(error), _) => return Err(error.into()),
        }
    }
}

/// Each try may take as long as an AWS call, so more do not fit into the function's timeout.
const RECORD_TRIES: u32 = 3;
