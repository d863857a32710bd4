//! Queue `notification-requests`: notifies customers and the staff by mail.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use domain::words::contact::Contact;
use edge::queue::{Delivery, Failure};
use edge::timeouts::{ANSWER_BEFORE, SDK_OPERATION};
use store::{Row, Stored};
use telemetry::{Metric, chain};

use crate::mails::mail::Mail;
use crate::mails::mailer::{Mailer, SendError};
use crate::mails::notification::{Notification, Standing, Status, Turn};
use crate::mails::recipient::Addresses;
use crate::mails::rows::NotificationRow;
use crate::store::{Notifications, WriteError};

/// Sends the mails for an event, each once: to the customer, and to the staff. An event without a mail is done, and so is a mail whose
/// address SES does not accept, or gets no mails since earlier ones bounced. Events may arrive in any order, but a mail is not sent
/// after one about a later event of the same order: "we have received your order" after "your order is confirmed". The address is read
/// before the notification is claimed, so that an unavailable user service leaves no claim behind.
///
/// # Errors
/// If another delivery is sending a mail, or one about an earlier event of its order, or the table, the user service or SES fails. The
/// queue redelivers the message, and the mails that were sent are not sent again.
pub async fn send_notification(
    (notifications, addresses, mailer): (Notifications, Addresses, Mailer),
    delivery: Delivery,
) -> Result<(), Failure> {
    let tried_until = Instant::now() + patience(&delivery);
    let mut outcome = Ok(());
    for mail in Mail::about(&delivery.envelope.event)?.iter().filter(|mail| addresses.writes_to(mail.to)) {
        // Boxed, since its state with the SDK's is nested too deeply for the compiler otherwise.
        let sent = Box::pin(send((&notifications, &addresses, &mailer), mail, &delivery, tried_until)).await;
        // One mail does not wait for another.
        match (sent, &outcome) {
            (Err(failure), Ok(())) => outcome = Err(failure),
            (Err(failure), Err(_)) => {
                tracing::warn!(kind = ?mail.kind, error = %chain(&*failure), "another mail failed as well")
            }
            (Ok(()), _) => {}
        }
    }
    outcome
}

/// Sends a mail, once.
async fn send(
    (notifications, addresses, mailer): (&Notifications, &Addresses, &Mailer),
    mail: &Mail,
    delivery: &Delivery,
    tried_until: Instant,
) -> Result<(), Failure> {
    let (event_id, now) = (delivery.envelope.id, delivery.now);
    let Recorded { own, turn } = in_turn(notifications, delivery, mail).await?;
    let Some(claim) = claim(own.as_ref(), delivery, mail)? else { return Ok(()) };
    let contact = match recipient((notifications, addresses), (mail, turn), delivery).await? {
        Ok(contact) => contact,
        Err(Unsent { status, because }) => {
            tracing::info!(%event_id, recipient = %mail.to, kind = ?mail.kind, because, "no mail sent");
            notifications.write(delivery, own.as_ref(), claim.unsent(status, now)).await?;
            return Ok(());
        }
    };
    let rendered = mailer.render(mail, &contact, delivery.envelope.time)?;
    let claim = notifications.write(delivery, own.as_ref(), claim).await?;
    if !is_its_turn(notifications, (delivery, tried_until), mail, &claim).await? {
        return Ok(());
    }
    match mailer.send(&rendered, (mail, &contact.email), delivery, tried_until).await {
        Ok(message_id) => {
            Metric::MailsSent.publish(1);
            tracing::info!(%event_id, kind = ?mail.kind, message_id, "mail sent");
            record(notifications, delivery, mail, (&claim, claim.value.sent(message_id, now))).await
        }
        Err(error @ SendError::Unknown(_)) => Err(error.into()),
        Err(error @ SendError::Undeliverable { .. }) => {
            // Another try would end the same way, and its dead letter would call an operator for one mistyped address.
            Metric::MailsRefused.publish(1);
            tracing::warn!(%event_id, recipient = %mail.to, kind = ?mail.kind, error = %chain(&error), "mail undeliverable");
            notifications
                .write(delivery, Some(&claim), claim.value.unsent(Status::Undeliverable, now))
                .await?;
            Ok(())
        }
        Err(error) => {
            if matches!(error, SendError::Refused { .. }) {
                Metric::MailsRefused.publish(1);
            }
            notifications.write(delivery, Some(&claim), claim.value.released(now)).await?;
            Err(error.into())
        }
    }
}

/// Why a mail is not sent.
struct Unsent {
    status: Status,
    because: &'static str,
}

const OVERTAKEN: Unsent =
    Unsent { status: Status::Overtaken, because: "a mail about a later event of the order was sent" };

/// Returns where to send the mail, or why it is not sent.
async fn recipient(
    (notifications, addresses): (&Notifications, &Addresses),
    (mail, turn): (&Mail, Turn),
    delivery: &Delivery,
) -> Result<Result<Contact, Unsent>, Failure> {
    if turn == Turn::Never {
        return Ok(Err(OVERTAKEN));
    }
    let Some(contact) = addresses.of(mail, delivery).await? else {
        return Ok(Err(Unsent { status: Status::Undeliverable, because: "no such account or link" }));
    };
    if mail.kind.needs_confirmed_address() && !contact.is_confirmed {
        return Ok(Err(Unsent { status: Status::Undeliverable, because: "the address is not confirmed" }));
    }
    let known = notifications.suppression(&contact.email).await?;
    Ok(match known.and_then(|known| known.value.stops(mail.kind, delivery.now)) {
        None => Ok(contact),
        Some(reason) => Err(Unsent { status: Status::Suppressed, because: reason.into() }),
    })
}

/// Returns whether a claimed mail may still be sent, and gives up the claim if not. Of two deliveries that have looked before
/// either had claimed its mail, at least one now sees the claim of the other.
async fn is_its_turn(
    notifications: &Notifications,
    (delivery, tried_until): (&Delivery, Instant),
    mail: &Mail,
    claim: &Stored<Notification>,
) -> Result<bool, Failure> {
    if mail.order_id().is_none() {
        return Ok(true);
    }
    let now = delivery.now;
    let (next, outcome) = match in_turn(notifications, delivery, mail).await {
        Ok(found) if found.turn == Turn::Never => (claim.value.unsent(Status::Overtaken, now), Ok(false)),
        Ok(_) if Instant::now() < tried_until => return Ok(true),
        // Too little time is left after the waits.
        Ok(_) => (claim.value.released(now), Err(WriteError::EarlierBeingSent.into())),
        Err(error) => (claim.value.released(now), Err(error.into())),
    };
    notifications.write(delivery, Some(claim), next).await?;
    outcome
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

/// Returns what is recorded once no mail about an earlier event of the order is being sent. Sending takes a fraction of a second,
/// so this waits for it. The wait never runs in a circle: a mail waits for those of earlier events only.
async fn in_turn(
    notifications: &Notifications,
    delivery: &Delivery,
    mail: &Mail,
) -> Result<Recorded, WriteError> {
    let look = || async {
        let recorded = recorded(notifications, delivery, mail).await?;
        if recorded.turn == Turn::Later { Err(WriteError::EarlierBeingSent) } else { Ok(recorded) }
    };
    let soon = ExponentialBuilder::default().with_jitter().with_min_delay(FIRST_WAIT).with_max_times(WAITS);
    look.retry(soon).when(|error| matches!(error, WriteError::EarlierBeingSent)).await
}

/// What is recorded of a mail and of the others about its order.
struct Recorded {
    /// The mail's own record.
    own: Option<Stored<Notification>>,
    /// What the others mean for it.
    turn: Turn,
}

async fn recorded(
    notifications: &Notifications,
    delivery: &Delivery,
    mail: &Mail,
) -> Result<Recorded, store::Error> {
    let (event_id, now) = (delivery.envelope.id, delivery.now);
    let Some(order_id) = mail.order_id() else {
        let own = notifications.get(event_id, mail.to, now).await?;
        return Ok(Recorded { own, turn: Turn::Now });
    };
    let about_order = notifications.about(order_id, now).await?;
    let (own, others): (Vec<_>, Vec<_>) =
        about_order.into_iter().partition(|row| row.value.event_id == event_id);
    let turns = others.iter().map(|row| row.value.turn_of((event_id, mail.kind), now));
    let turn = turns.max().unwrap_or(Turn::Now);
    Ok(Recorded { own: own.into_iter().find(|row| row.value.to == mail.to), turn })
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
    let own = recorded(notifications, delivery, mail).await?.own;
    Ok(own.is_some_and(|found| matches!(found.value.status, Status::Bounced | Status::Complained)))
}

/// The time after which a mail that waits for an earlier one first looks again. It doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(20);

/// How often it looks again before its message is redelivered: for about a second.
const WAITS: usize = 5;

/// Each try may take as long as an AWS call, so more do not fit into the function's timeout.
const RECORD_TRIES: u32 = 3;
