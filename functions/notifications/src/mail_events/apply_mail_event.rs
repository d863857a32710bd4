//! Queue `mail-events`: what SES reports about mails that were sent.

use edge::queue::{Delivery, Failure};
use store::{Change, Error, Outcome, Stored};
use telemetry::Metric;

use crate::mail_events::mail_event::{FailureKind, MailEvent, MailFailure};
use crate::mail_events::rows::{SuppressionRow, suppression_key};
use crate::mail_events::suppression::{AddressHash, Suppression};
use crate::mails::notification::Notification;
use crate::mails::rows::{NotificationRow, key};
use crate::store::Notifications;

/// Records that a mail bounced or was unwanted: at its address, which may get no more mails, and in its own record. Events come
/// in any order and more than once; each has its effect once. One that reports no failure is done, and so is one about a mail
/// whose record is gone.
///
/// # Errors
/// If the table fails. The queue redelivers the message.
pub async fn apply_mail_event(
    notifications: Notifications,
    delivery: Delivery<MailEvent>,
) -> Result<(), Failure> {
    let Some(failure) = delivery.envelope.failure() else { return Ok(()) };
    if failure.addresses.is_empty() {
        let message_id = &delivery.envelope.mail.message_id;
        tracing::warn!(message_id, "the report names no address that a mail was sent to");
    }
    let mut is_news = false;
    for address in &failure.addresses {
        is_news |= suppress(&notifications, &delivery, AddressHash::of(address), &failure).await?;
    }
    is_news |= record(&notifications, &delivery, failure.kind).await?;
    if is_news {
        let (kind, feedback_id) = (failure.kind, &failure.feedback_id);
        tracing::warn!(?kind, feedback_id, "a mail was not delivered or not wanted");
        match kind {
            FailureKind::Complaint => Metric::MailsComplained.publish(1),
            FailureKind::PermanentBounce => Metric::MailsBounced.publish(1),
            FailureKind::TransientBounce | FailureKind::NotTried => {}
        }
    }
    Ok(())
}

/// Records a failure at an address. Returns whether it was not recorded yet.
async fn suppress(
    notifications: &Notifications,
    delivery: &Delivery<MailEvent>,
    address: AddressHash,
    failure: &MailFailure,
) -> Result<bool, Error> {
    let key = suppression_key(&address);
    let suppress = async |found: Option<Stored<Suppression>>| {
        let known = found.map_or_else(|| Suppression::none(address.clone()), |found| found.value);
        Ok::<_, Error>(known.record(failure).map(Change::to))
    };
    let done = notifications.table.at::<SuppressionRow>(key).change(delivery, suppress).await?;
    Ok(done.outcome == Outcome::Written)
}

/// Records a failure in the record of its mail. Returns whether it was not recorded yet.
async fn record(
    notifications: &Notifications,
    delivery: &Delivery<MailEvent>,
    failure: FailureKind,
) -> Result<bool, Error> {
    let Some((order, event, recipient)) = delivery.envelope.mail.about() else { return Ok(false) };
    let record = async |found: Option<Stored<Notification>>| {
        let failed = found.and_then(|found| match failure {
            FailureKind::Complaint => found.value.complained(delivery.now),
            FailureKind::PermanentBounce | FailureKind::TransientBounce | FailureKind::NotTried => {
                found.value.bounced(delivery.now)
            }
        });
        Ok::<_, Error>(failed.map(Change::to))
    };
    let key = key(order, event, recipient);
    let done = notifications.table.at::<NotificationRow>(key).change(delivery, record).await?;
    Ok(done.outcome == Outcome::Written)
}
