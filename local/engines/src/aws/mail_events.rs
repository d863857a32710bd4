//! What SES reports about sent mails. Nothing leaves the laptop, so only the addresses of SES's mailbox simulator have
//! something to report (<https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html>).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::mailbox::{Mail, address_of};
use super::response::{Response, xml_error};
use model::deployment::ConfigurationSet;

const SIMULATOR: &str = "simulator.amazonses.com";

/// The configuration sets, and where they publish.
#[derive(Debug, Default)]
pub(super) struct Reports(Mutex<BTreeMap<String, ConfigurationSet>>);

/// An event about a mail, on its way to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Publication {
    /// The queue's ARN.
    pub(super) queue_arn: String,
    /// The event, as SNS delivers it raw.
    pub(super) event: String,
}

impl Reports {
    pub(super) fn to(&self, sets: &BTreeMap<String, ConfigurationSet>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone_from(sets);
    }

    /// Refuses a configuration set that does not exist. Without a deployment, as in tests of the engines alone, none is known
    /// and each is accepted.
    pub(super) fn refuse(&self, set: Option<&str>) -> Option<Response> {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let set = set.filter(|set| !sets.is_empty() && !sets.contains_key(*set))?;
        let message = format!("Configuration set <{set}> does not exist.");
        Some(xml_error(StatusCode::BAD_REQUEST, "ConfigurationSetDoesNotExist", &message))
    }

    /// Returns what is published about a mail that was sent with this configuration set.
    pub(super) fn about(&self, mail: &Mail, set: &str) -> Vec<Publication> {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(set_of_mail) = sets.get(set) else { return Vec::new() };
        let events = mail.to.iter().filter_map(|to| simulated(mail, set, address_of(to)));
        let publish = |(kind, event): (&str, Value)| {
            let destinations = set_of_mail.destinations.iter();
            let matching =
                destinations.filter(|destination| destination.event_types.iter().any(|name| name == kind));
            let queues = matching.flat_map(|destination| destination.queue_arns.clone());
            queues.map(|queue_arn| Publication { queue_arn, event: event.to_string() }).collect::<Vec<_>>()
        };
        events.flat_map(publish).collect()
    }
}

/// Returns the type of the event about a mail to an address of the simulator, and the event. A label in the address has no
/// effect: `bounce+ada@…`.
fn simulated(mail: &Mail, set: &str, to: &str) -> Option<(&'static str, Value)> {
    let (local, _) = to.rsplit_once('@').filter(|(_, domain)| domain.eq_ignore_ascii_case(SIMULATOR))?;
    let name = local.split('+').next().unwrap_or_default().to_ascii_lowercase();
    let feedback_id = uuid::Uuid::new_v4().to_string();
    let (kind, event_type, details) = match &*name {
        "bounce" | "suppressionlist" => (
            "bounce",
            "Bounce",
            json!({
                "bounceType": "Permanent",
                "bounceSubType": if name == "bounce" { "General" } else { "Suppressed" },
                "bouncedRecipients": [{
                    "emailAddress": to, "action": "failed", "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                }],
                "timestamp": mail.sent_at,
                "feedbackId": feedback_id,
                "reportingMTA": "dns; localhost",
            }),
        ),
        "complaint" => (
            "complaint",
            "Complaint",
            json!({
                "complainedRecipients": [{ "emailAddress": to }],
                "timestamp": mail.sent_at,
                "feedbackId": feedback_id,
                "complaintSubType": null,
                "complaintFeedbackType": "abuse",
                "userAgent": "Amazon SES Mailbox Simulator",
                "arrivalDate": mail.sent_at,
            }),
        ),
        _ => return None,
    };
    let mut tags: Map<String, Value> =
        mail.tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    tags.insert("ses:configuration-set".to_owned(), json!([set]));
    let mut event = json!({
        "eventType": event_type,
        "mail": {
            "timestamp": mail.sent_at,
            "source": mail.from,
            "messageId": mail.message_id,
            "destination": mail.to,
            "headersTruncated": false,
            "tags": tags,
        },
    });
    event[kind] = details;
    Some((kind, event))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::deployment::MailEventDestination;

    use super::*;

    fn reports() -> Reports {
        let destination = |event_type: &str, queue: &str| MailEventDestination {
            event_types: vec![event_type.to_owned()],
            queue_arns: vec![queue.to_owned()],
        };
        let destinations = vec![destination("bounce", "bounces"), destination("complaint", "complaints")];
        let reports = Reports::default();
        reports.to(&BTreeMap::from([("shop".to_owned(), ConfigurationSet { destinations })]));
        reports
    }

    fn mail(to: &str) -> Mail {
        Mail {
            message_id: "1".to_owned(),
            from: "shop@bodega.example".to_owned(),
            to: vec![to.to_owned()],
            subject: String::new(),
            html: None,
            text: None,
            headers: BTreeMap::new(),
            mime: None,
            tags: BTreeMap::from([("event_id".to_owned(), "evt_1".to_owned())]),
            sent_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_addresses_of_the_simulator_have_something_to_report() {
        for (to, queue, kind) in [
            ("bounce@simulator.amazonses.com", "bounces", "Bounce"),
            ("Bounce+ada@Simulator.amazonses.com", "bounces", "Bounce"),
            ("suppressionlist@simulator.amazonses.com", "bounces", "Bounce"),
            ("complaint@simulator.amazonses.com", "complaints", "Complaint"),
        ] {
            let published = reports().about(&mail(to), "shop");
            let [Publication { queue_arn, event }] = &*published else { panic!("{to}: {published:?}") };
            let event: Value = serde_json::from_str(event).unwrap();
            assert_eq!((queue_arn.as_str(), &event["eventType"]), (queue, &json!(kind)), "{to}");
            assert_eq!(event["mail"]["tags"]["event_id"], json!(["evt_1"]));
        }
        for to in ["success@simulator.amazonses.com", "bounce@example.com", "ada@example.com"] {
            assert_eq!(reports().about(&mail(to), "shop"), [], "{to}");
        }
        assert_eq!(reports().about(&mail("bounce@simulator.amazonses.com"), "another"), []);
    }

    #[test]
    fn a_configuration_set_that_does_not_exist_is_refused() {
        assert!(reports().refuse(Some("shop")).is_none() && reports().refuse(None).is_none());
        assert_eq!(reports().refuse(Some("another")).unwrap().status(), 400);
    }
}
