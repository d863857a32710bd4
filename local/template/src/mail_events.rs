//! The way of an event about a mail: SES's configuration set → SNS topic → SQS queue.

use std::collections::{BTreeMap, BTreeSet};

use super::accepted;
use super::build::Origin;
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::stack::Stack;
use model::deployment::{ConfigurationSet, Deployment, MailEventDestination};

/// The parts, as they are read.
#[derive(Default)]
pub(super) struct Parts {
    sets: BTreeSet<String>,
    destinations: Vec<Destination>,
    /// The queues that subscribe to topics, by the topic's ARN.
    queues: BTreeMap<String, Vec<String>>,
    /// The topics and queues that have a policy: without one, nobody else may send to them.
    opened: BTreeSet<String>,
}

struct Destination {
    origin: Origin,
    set: String,
    event_types: Vec<String>,
    topic: String,
}

impl Parts {
    /// Returns the topics and queues that another service may send to.
    pub(super) fn opened(&self) -> &BTreeSet<String> {
        &self.opened
    }

    /// `AWS::SES::ConfigurationSet`.
    pub(super) fn read_set(&mut self, stack: &Stack<'_>, id: &str, kind: &str) -> Result<(), TemplateError> {
        self.sets.insert(accepted::reference(stack, id, id, kind)?);
        Ok(())
    }

    /// `AWS::SES::ConfigurationSetEventDestination`.
    pub(super) fn read_destination(
        &mut self,
        origin: Origin,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        let set = fields.required("ConfigurationSetName")?;
        let Some(mut destination) = fields.object("EventDestination")? else {
            return Err(fields.error(Problem::Missing("EventDestination".to_owned())));
        };
        destination.without_effect(&["Name"]);
        let is_enabled = destination.flag("Enabled")?.unwrap_or(false);
        let event_types = destination.texts("MatchingEventTypes")?;
        let Some(mut sns) = destination.object("SnsDestination")? else {
            return Err(destination.error(Problem::Missing("SnsDestination".to_owned())));
        };
        let topic = sns.required("TopicARN")?;
        sns.finish()?;
        destination.finish()?;
        fields.finish()?;
        if is_enabled {
            let event_types = event_types.iter().map(|name| name.to_ascii_lowercase()).collect();
            self.destinations.push(Destination { origin, set, event_types, topic });
        }
        Ok(())
    }

    /// `AWS::SNS::Subscription`. Other protocols than SQS's have no effect on a laptop.
    pub(super) fn read_subscription(&mut self, mut fields: Fields<'_>) -> Result<(), TemplateError> {
        let (topic, protocol) = (fields.required("TopicArn")?, fields.required("Protocol")?);
        let (endpoint, is_raw) = (fields.text("Endpoint")?, fields.flag("RawMessageDelivery")?);
        fields.without_effect(&["RedrivePolicy", "Region"]);
        if protocol == "sqs" {
            let endpoint = endpoint.ok_or_else(|| fields.error(Problem::Missing("Endpoint".to_owned())))?;
            if is_raw != Some(true) {
                let problem =
                    Problem::Unsupported("SNS's own envelope cannot be made here; use true".to_owned());
                return Err(fields.error_at("RawMessageDelivery", problem));
            }
            self.queues.entry(topic).or_default().push(endpoint);
        }
        fields.finish()
    }

    /// `AWS::SNS::TopicPolicy` and `AWS::SQS::QueuePolicy`: who may send to the topics or queues that it names.
    pub(super) fn read_policy(
        &mut self,
        name: &'static str,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        self.opened.extend(fields.texts(name)?);
        fields.without_effect(&["PolicyDocument"]);
        fields.finish()
    }
}

/// Links the parts.
pub(super) fn link(parts: Parts, deployment: &mut Deployment) -> Result<(), TemplateError> {
    let sets = parts.sets.iter().map(|name| (name.clone(), ConfigurationSet::default()));
    deployment.configuration_sets = sets.collect();
    for Destination { origin, set, event_types, topic } in parts.destinations {
        let Some(found) = deployment.configuration_sets.get_mut(&set) else {
            let known = parts.sets.iter().map(String::as_str);
            return Err(origin.error(Problem::unknown("the configuration set", &set, known)));
        };
        let queue_arns = parts.queues.get(&topic).cloned().unwrap_or_default();
        let closed = |what: &str| {
            origin
                .error(Problem::Invalid(format!("{what} has no policy, so no event about a mail reaches it")))
        };
        if !parts.opened.contains(&topic) {
            return Err(closed(&topic));
        }
        for arn in &queue_arns {
            let queue = arn.rsplit(':').next().unwrap_or_default();
            if !parts.opened.iter().any(|url| url.ends_with(&format!("/{queue}"))) {
                return Err(closed(queue));
            }
        }
        found.destinations.push(MailEventDestination { event_types, queue_arns });
    }
    Ok(())
}
