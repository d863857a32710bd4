//! Queue `notification-requests`: customers are told by mail what has happened.

use std::time::{Duration, Instant};

use edge::queue::{Delivery, Failure};
use edge::timeouts::{ANSWER_BEFORE, SDK_OPERATION};
use edge::{Metric, chain};
use store::Outcome;

use crate::mail::Mail;
use crate::mailer::{Mailer, SendError};
use crate::notification::{Notification, Standing};
use crate::store::Notifications;
use crate::users::Users;

/// Sends the mail that an event makes, once; events that make none are done with. The address is asked for at the moment
/// of sending, before the notification is claimed, so that a user service that does not answer leaves no claim behind.
///
/// # Errors
/// When another delivery is sending it just now, or the table, the user service or SES fails: the message comes again.
pub async fn send_notification(
    (notifications, users, mailer): (Notifications, Users, Mailer),
    delivery: Delivery,
) -> Result<(), Failure> {
    let tried_until = Instant::now() + patience(&delivery);
    let Some(mail) = Mail::about(&delivery.envelope.event) else { return Ok(()) };
    let (event_id, now) = (delivery.envelope.id, delivery.now);
    let found = notifications.get(event_id, mail.user_id).await?;
    let (claim, seen) = match found {
        None => (Notification::claim(&delivery, mail.user_id, mail.kind), 0),
        Some(found) => match found.value.standing(now) {
            Standing::Done => return Ok(()),
            Standing::Claimed => return Err(BEING_SENT.into()),
            Standing::Free => (found.value.claimed_again(&delivery), found.version),
        },
    };
    let Some(contact) = users.contact(mail.user_id, &delivery.cause).await? else {
        tracing::info!(%event_id, user_id = %mail.user_id, kind = ?mail.kind, "the account is gone: nobody to write to");
        return must_commit(notifications.put(seen, &claim.undeliverable(now)).await?);
    };
    let rendered = mailer.render(&mail, &contact)?;
    must_commit(notifications.put(seen, &claim).await?)?;
    let seen = seen + 1;
    match mailer.send(&rendered, &contact.email, &delivery, tried_until).await {
        Ok(message_id) => {
            Metric::MailsSent.publish(1);
            tracing::info!(%event_id, kind = ?mail.kind, message_id, "the mail is sent");
            record(&notifications, seen, &claim.sent(message_id, now)).await
        }
        Err(error @ SendError::Unknown(_)) => Err(error.into()),
        Err(error) => {
            if matches!(error, SendError::Refused { .. }) {
                Metric::MailsRefused.publish(1);
            }
            must_commit(notifications.put(seen, &claim.released(now)).await?)?;
            Err(error.into())
        }
    }
}

/// How long SES may be asked again while it takes no more mails: whoever asks at the last moment can still wait for its
/// answer, and write down what came of it, before the delivery is given up.
fn patience(delivery: &Delivery) -> Duration {
    let time = Duration::try_from(delivery.now.duration_until(delivery.deadline)).unwrap_or_default();
    time.saturating_sub(ANSWER_BEFORE + SDK_OPERATION + SDK_OPERATION)
}

/// A mail that is sent and not written down goes out again, so this is not given up at the first failure.
async fn record(notifications: &Notifications, seen: u64, sent: &Notification) -> Result<(), Failure> {
    for _ in 1..RECORD_TRIES {
        match notifications.put(seen, sent).await {
            Ok(written) => return must_commit(written),
            Err(error) => {
                tracing::warn!(error = %chain(&error), "the mail is sent, and not written down yet")
            }
        }
    }
    must_commit(notifications.put(seen, sent).await?)
}

/// Each takes as long as an AWS call may take, so no more fit into the function's time.
const RECORD_TRIES: u32 = 3;

const BEING_SENT: &str = "another delivery is sending this mail; it comes again in case that fails";

fn must_commit(written: Outcome) -> Result<(), Failure> {
    match written {
        Outcome::Committed => Ok(()),
        Outcome::Refused(_) => Err(BEING_SENT.into()),
    }
}
