//! Events about mails, as SES publishes them to a configuration set's topic
//! (<https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>). Types, fields and values that
//! AWS adds are ignored.

use std::collections::HashMap;
use std::str::FromStr;

use domain::words::id::{EventId, OrderId};
use domain::words::person::Email;
use edge::Cause;
use edge::queue::{Content, Name};
use jiff::Timestamp;
use serde::Deserialize;

use crate::mails::recipient::Recipient;

/// What happened to a mail.
#[derive(Debug, Clone, Deserialize)]
pub struct MailEvent {
    /// What happened.
    #[serde(flatten)]
    pub report: Report,
    /// The mail.
    pub mail: SentMail,
}

/// A type of event, with its data.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "eventType")]
pub enum Report {
    /// The mail was not delivered.
    Bounce {
        /// Why, and to whom.
        bounce: Bounce,
    },
    /// Its recipient has reported it as unwanted.
    Complaint {
        /// Who has.
        complaint: Complaint,
    },
    /// Anything else.
    #[serde(other)]
    Other,
}

/// A mail that was not delivered.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounce {
    /// Whether another mail may be.
    pub bounce_type: BounceType,
    /// More about the reason.
    #[serde(default)]
    pub bounce_sub_type: Option<String>,
    /// The addresses that it was not delivered to.
    pub bounced_recipients: Vec<Reached>,
    /// When.
    pub timestamp: Timestamp,
    /// The event's id.
    pub feedback_id: String,
}

/// Whether the next mail to an address may be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum BounceType {
    /// It will not: there is no such mailbox, for example.
    Permanent,
    /// It may be: the mailbox is full, for example, or SES does not know why the mail was not delivered.
    #[serde(other)]
    Transient,
}

/// A mail that was reported as unwanted.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Complaint {
    /// The addresses that may have reported it.
    pub complained_recipients: Vec<Reached>,
    /// What is wrong with it, if the recipient's provider says so (RFC 5965 §7.3): `abuse`, or `not-spam`.
    #[serde(default)]
    pub complaint_feedback_type: Option<String>,
    /// When.
    pub timestamp: Timestamp,
    /// The event's id.
    pub feedback_id: String,
}

/// Somebody whom a mail was sent to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reached {
    /// The address.
    pub email_address: String,
}

/// A mail that was sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SentMail {
    /// SES's id of the mail.
    pub message_id: String,
    /// The addresses that it was sent to.
    #[serde(default)]
    pub destination: Vec<String>,
    /// What the mail was tagged with when it was sent.
    #[serde(default)]
    pub tags: HashMap<String, Vec<String>>,
}

impl SentMail {
    fn tag<T: FromStr>(&self, name: &str) -> Option<T> {
        self.tags.get(name)?.first()?.parse().ok()
    }

    /// Returns the event that the mail is about, its order if it has one, and the recipient. `None` for a mail that is not one
    /// of the shop's.
    #[must_use]
    pub fn about(&self) -> Option<(Option<OrderId>, EventId, Recipient)> {
        Some((self.tag("order_id"), self.tag("event_id")?, self.tag("recipient")?))
    }

    /// Returns the addresses that the mail was sent to and has failed at, as far as the reported recipients tell. With one
    /// address there is no doubt, whatever they are.
    fn failed_at(&self, reported: &[Reached]) -> Vec<Email> {
        let mut written_to: Vec<Email> =
            self.destination.iter().filter_map(|to| Email::try_new(to).ok()).collect();
        if written_to.len() > 1 {
            let failed = reported.iter().filter_map(|to| Email::try_new(&to.email_address).ok());
            let failed: Vec<Email> = failed.collect();
            written_to.retain(|address| failed.contains(address));
        }
        written_to
    }
}

/// The failure of a mail that has consequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFailure {
    /// What went wrong.
    pub kind: FailureKind,
    /// The id of SES's event.
    pub feedback_id: String,
    /// When.
    pub at: Timestamp,
    /// The addresses that the shop wrote to. A report may name another one, to which the recipient forwards mails.
    pub addresses: Vec<Email>,
}

/// The reason of a bounce of a mail that SES has not sent.
const ON_SESS_LIST: &str = "OnAccountSuppressionList";

/// What went wrong with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// It was not delivered, and no other mail will be.
    PermanentBounce,
    /// SES has not sent it, because an earlier mail to the address bounced. It does not count in SES's bounce rate.
    NotTried,
    /// It was not delivered. Another may be.
    TransientBounce,
    /// It was reported as unwanted.
    Complaint,
}

impl MailEvent {
    /// Returns the failure that this reports. `None` if nothing has failed: a recipient may also report that a mail is not
    /// spam.
    #[must_use]
    pub fn failure(&self) -> Option<MailFailure> {
        let (kind, feedback_id, at, recipients) = match &self.report {
            Report::Bounce { bounce } => {
                let kind = match bounce.bounce_type {
                    BounceType::Permanent if bounce.bounce_sub_type.as_deref() == Some(ON_SESS_LIST) => {
                        FailureKind::NotTried
                    }
                    BounceType::Permanent => FailureKind::PermanentBounce,
                    BounceType::Transient => FailureKind::TransientBounce,
                };
                (kind, &bounce.feedback_id, bounce.timestamp, &bounce.bounced_recipients)
            }
            Report::Complaint { complaint }
                if complaint.complaint_feedback_type.as_deref() != Some("not-spam") =>
            {
                let recipients = &complaint.complained_recipients;
                (FailureKind::Complaint, &complaint.feedback_id, complaint.timestamp, recipients)
            }
            Report::Complaint { .. } | Report::Other => return None,
        };
        let addresses = self.mail.failed_at(recipients);
        Some(MailFailure { kind, feedback_id: feedback_id.clone(), at, addresses })
    }
}

/// What SES sends to a topic when it becomes an event destination, and to everything that subscribes to it. It is not JSON.
const VALIDATED: &str = "Successfully validated SNS topic for Amazon SES event publishing.";

impl Content for MailEvent {
    fn parse(body: &str) -> serde_json::Result<Self> {
        if body.trim() == VALIDATED {
            let mail =
                SentMail { message_id: "none".to_owned(), destination: Vec::new(), tags: HashMap::new() };
            return Ok(Self { report: Report::Other, mail });
        }
        serde_json::from_str(body)
    }

    fn cause(&self) -> Cause {
        Cause::repeated(self.mail.tag::<String>("correlation_id").as_deref(), &self.mail.message_id)
    }

    fn name(&self) -> Name {
        let event_type = match self.report {
            Report::Bounce { .. } => "ses.Bounce",
            Report::Complaint { .. } => "ses.Complaint",
            Report::Other => "ses.Other",
        };
        let subject = self.mail.tag::<Recipient>("recipient").map(|recipient| recipient.to_string());
        Name { event_id: self.mail.message_id.clone(), event_type: event_type.into(), subject }
    }
}
