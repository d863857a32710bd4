//! Queue `notification-requests`: notifies customers by mail.

use std::time::{Duration, Instant};

use domain::words::contact::Contact;
use edge::queue::{Delivery, Failure};
use edge::timeouts::{ANSWER_BEFORE, SDK_OPERATION};
use jiff::Timestamp;
use peers::{PeerError, UsersClient};
use store::{Row, Stored};
use telemetry::{Metric, chain};

use crate::mail_events::suppression::Reason;
use crate::mails::mail::Mail;
use crate::mails::mailer::{Mailer, SendError};
use crate::mails::notification::{Notification, Standing, Status};
use crate::mails::rows::NotificationRow;
use crate::store::{Notifications, WriteError};

/// Sends the mail for an event, once. An event without a mail is done, and so is a mail whose address SES does not accept, or
/// gets no mails since earlier ones bounced. Events may arrive in any order, but a mail is not sent after one about a later
/// event of the same order: "we have received your order" after "your order is confirmed". The address is read before the
/// notification is claimed, so that an unavailable user service leaves no claim behind.
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
    let (event_id, now) = (delivery.envelope.id, delivery.now);
    let Earlier { seen, is_overtaken } = earlier(&notifications, &delivery, &mail).await?;
    let Some(claim) = claim(seen.as_ref(), &delivery, &mail)? else { return Ok(()) };
    if is_overtaken {
        tracing::info!(%event_id, kind = ?mail.kind, "a later mail about the order was sent, no mail sent");
        notifications.write(&delivery, seen.as_ref(), claim.overtaken(now)).await?;
        return Ok(());
    }
    let Some(contact) = contact(&users, &mail, &delivery).await? else {
        tracing::info!(%event_id, user_id = %mail.user_id, kind = ?mail.kind, "no such account or link, no mail sent");
        notifications.write(&delivery, seen.as_ref(), claim.undeliverable(now)).await?;
        return Ok(());
    };
    if let Some(reason) = suppressed(&notifications, &mail, &contact, now).await? {
        let reason: &str = reason.into();
        tracing::info!(%event_id, user_id = %mail.user_id, kind = ?mail.kind, reason, "the address gets no mails, no mail sent");
        notifications.write(&delivery, seen.as_ref(), claim.suppressed(now)).await?;
        return Ok(());
    }
    let rendered = mailer.render(&mail, &contact, delivery.envelope.time)?;
    let claim = notifications.write(&delivery, seen.as_ref(), claim).await?;
    match mailer.send(&rendered, (&mail, &contact.email), &delivery, tried_until).await {
        Ok(message_id) => {
            Metric::MailsSent.publish(1);
            tracing::info!(%event_id, kind = ?mail.kind, message_id, "mail sent");
            record(&notifications, &delivery, &mail, (&claim, claim.value.sent(message_id, now))).await
        }
        Err(error @ SendError::Unknown(_)) => Err(error.into()),
        Err(error @ SendError::Undeliverable { .. }) => {
            // Another try would end the same way, and its dead letter would call an operator for one mistyped address.
            Metric::MailsRefused.publish(1);
            tracing::warn!(%event_id, user_id = %mail.user_id, kind = ?mail.kind, error = %chain(&error), "mail undeliverable");
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

/// Returns where to send the mail, and its link. `None` if the account or the link is no longer there.
async fn contact(
    users: &UsersClient,
    mail: &Mail,
    delivery: &Delivery,
) -> Result<Option<Contact>, PeerError> {
    match mail.link {
        Some(link) => users.link(link, &delivery.cause).await,
        None => users.contact(mail.user_id, &delivery.cause).await,
    }
}

/// Returns why the address gets no mail of this kind, if it gets none.
async fn suppressed(
    notifications: &Notifications,
    mail: &Mail,
    contact: &Contact,
    now: Timestamp,
) -> Result<Option<Reason>, store::Error> {
    let known = notifications.suppression(&contact.email).await?;
    Ok(known.and_then(|known| known.value.stops(mail.kind, now)))
}

/// Claims the mail for this delivery. `None` if it needs no further delivery.
fn claim(
    seen: Option<&Stored<Notification>>,
    delivery: &Delivery,
    mail: &Mail,
) -> Result<Option<Notification>, Failure> {
    let Some(found) = seen else { return Ok(Some(Notification::claim(delivery, mail))) };
    match found.value.standing(delivery.now) {
        Standing::Done => Ok(None),
        Standing::Claimed => Err(WriteError::BeingSent.into()),
        Standing::Free => Ok(Some(found.value.claimed_again(delivery))),
        Standing::Unknown => {
            let key = NotificationRow::key(&found.value).to_string();
            Err(store::Error::Newer { key }.into())
        }
    }
}

/// What is recorded before a mail is sent.
struct Earlier {
    /// The mail's own record, from an earlier delivery.
    seen: Option<Stored<Notification>>,
    /// Whether the customer has already got a mail about a later event of the order.
    is_overtaken: bool,
}

async fn earlier(
    notifications: &Notifications,
    delivery: &Delivery,
    mail: &Mail,
) -> Result<Earlier, store::Error> {
    let (event_id, now) = (delivery.envelope.id, delivery.now);
    let Some(order_id) = mail.content.order_id() else {
        let seen = notifications.get(event_id, mail.user_id, now).await?;
        return Ok(Earlier { seen, is_overtaken: false });
    };
    let about_order = notifications.about(order_id, now).await?;
    let (own, others): (Vec<_>, Vec<_>) =
        about_order.into_iter().partition(|row| row.value.event_id == event_id);
    let is_overtaken = others.iter().any(|row| row.value.overtakes(mail.kind, now));
    Ok(Earlier { seen: own.into_iter().find(|row| row.value.user_id == mail.user_id), is_overtaken })
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
    mail: &Mail,
    (claim, sent): (&Stored<Notification>, Notification),
) -> Result<(), Failure> {
    let mut tries = 1..RECORD_TRIES;
    loop {
        let written = notifications.write(delivery, Some(claim), sent.clone()).await;
        match (written, tries.next()) {
            (Ok(_), _) => return Ok(()),
            // SES has reported a bounce already, which is recorded: the mail was sent.
            (Err(WriteError::BeingSent), _) if has_failed(notifications, delivery, mail).await? => {
                return Ok(());
            }
            (Err(WriteError::Table(error)), Some(_)) => {
                tracing::warn!(error = %chain(&error), "mail sent but not yet recorded");
            }
            (Err(error), _) => return Err(error.into()),
        }
    }
}

/// Returns whether it is recorded that a mail was sent and not delivered, or not wanted.
async fn has_failed(
    notifications: &Notifications,
    delivery: &Delivery,
    mail: &Mail,
) -> Result<bool, store::Error> {
    let recorded = earlier(notifications, delivery, mail).await?.seen;
    Ok(recorded.is_some_and(|found| matches!(found.value.status, Status::Bounced | Status::Complained)))
}

/// Each try may take as long as an AWS call, so more do not fit into the function's timeout.
const RECORD_TRIES: u32 = 3;
