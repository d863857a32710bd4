//! Builds the deployment: every created resource of every stack, and then the links between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::api::{self, ApiDraft};
use super::error::{Problem, TemplateError};
use super::front_door_parts::Parts;
use super::function::RouteDraft;
use super::stack::Stack;
use super::{accepted, buckets, front_door, function, mail_events, mapping, storage};
use model::deployment::{Deployment, Function, Source};

/// The scope that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The root template with everything nested: every reference must resolve.
    Whole,
    /// One service: its parameters may name resources outside it.
    Service,
}

/// A deployment under construction.
#[derive(Default)]
pub(super) struct Draft {
    pub deployment: Deployment,
    pub apis: Vec<ApiDraft>,
    pub routes: Vec<RouteDraft>,
    pub front_doors: Vec<front_door::FrontDoorDraft>,
    pub front_door_parts: Parts,
    pub buckets: buckets::Parts,
    pub mail_events: mail_events::Parts,
    pub mappings: Vec<mapping::MappingDraft>,
    /// The names of all alarms.
    pub alarms: BTreeSet<String>,
    /// The alarms that roll deployments back, with their places.
    pub rollbacks: Vec<(Origin, String)>,
    /// The place of each function, for messages.
    pub origins: BTreeMap<String, Origin>,
}

/// A place in a template, for messages about links.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub file: PathBuf,
    pub place: String,
}

impl Origin {
    pub(super) fn error(&self, problem: Problem) -> TemplateError {
        TemplateError::at(&self.file, &self.place, problem)
    }
}

/// Reads all of a stack.
pub(super) fn build(stack: &Stack<'_>, scope: Scope) -> Result<Deployment, TemplateError> {
    let mut draft = Draft::default();
    collect(stack, &mut draft)?;
    name_functions(&mut draft);
    mapping::link(&mut draft)?;
    check_rollbacks(&draft)?;
    api::link(&mut draft, scope)?;
    front_door::link(&mut draft, &stack.site.aws_endpoint, scope)?;
    let Draft { mut deployment, origins, mail_events, buckets, .. } = draft;
    deployment.buckets = buckets.link(&deployment.queues, mail_events.opened(), scope)?;
    mail_events::link(mail_events, &mut deployment)?;
    deployment.functions.sort_by(|a, b| a.operation.cmp(&b.operation));
    check_sources(&deployment, &origins, scope)?;
    for name in stack.document.outputs.keys() {
        if let Some(value) = stack.output(name)? {
            deployment.outputs.insert(name.clone(), value);
        }
    }
    Ok(deployment)
}

fn collect(stack: &Stack<'_>, draft: &mut Draft) -> Result<(), TemplateError> {
    let created = stack.created()?;
    for (id, resource) in &created {
        accepted::check(stack, id, &resource.kind)?;
    }
    for (id, resource) in created {
        if resource.kind == "AWS::Serverless::Application" {
            collect(&*stack.nested(id)?, draft)?;
            continue;
        }
        let fields = stack.properties(id, resource)?;
        match resource.kind.as_str() {
            "AWS::Serverless::Function" => function::read(stack, id, fields, draft)?,
            "AWS::Serverless::HttpApi" => api::read(stack, fields, draft)?,
            "AWS::Lambda::EventSourceMapping" => mapping::read(stack, id, fields, draft)?,
            "AWS::CloudWatch::Alarm" => {
                draft.alarms.insert(accepted::reference(stack, id, id, &resource.kind)?);
            }
            "AWS::DynamoDB::Table" => draft.deployment.tables.push(storage::table(stack, id, fields)?),
            "AWS::SQS::Queue" => draft.deployment.queues.push(storage::queue(stack, id, fields)?),
            "AWS::SecretsManager::Secret" => {
                draft.deployment.secrets.push(storage::secret(stack, id, fields)?)
            }
            "AWS::S3::Bucket" => draft.buckets.read_bucket(stack, id, fields)?,
            "AWS::S3::BucketPolicy" => draft.buckets.read_policy(fields)?,
            "AWS::SES::EmailIdentity" => draft.deployment.identities.push(storage::identity(fields)?),
            "AWS::SES::ConfigurationSet" => draft.mail_events.read_set(stack, id, &resource.kind)?,
            "AWS::SES::ConfigurationSetEventDestination" => {
                let origin = Origin { file: stack.file.clone(), place: fields.place().to_owned() };
                draft.mail_events.read_destination(origin, fields)?;
            }
            "AWS::SNS::Subscription" => draft.mail_events.read_subscription(fields)?,
            "AWS::SNS::TopicPolicy" => draft.mail_events.read_policy("Topics", fields)?,
            "AWS::SQS::QueuePolicy" => draft.mail_events.read_policy("Queues", fields)?,
            "AWS::CloudFront::Distribution" => front_door::read(stack, fields, draft)?,
            "AWS::CloudFront::Function" => {
                draft.front_door_parts.read_function(stack.attribute(id, id, "FunctionARN")?, fields)?;
            }
            "AWS::CloudFront::OriginAccessControl" => {
                let control = accepted::reference(stack, id, id, &resource.kind)?;
                draft.buckets.read_access_control(control, fields)?;
            }
            "AWS::CloudFront::CachePolicy" => {
                let policy = accepted::reference(stack, id, id, &resource.kind)?;
                draft.front_door_parts.read_policy(policy, "CachePolicyConfig", fields)?;
            }
            "AWS::CloudFront::OriginRequestPolicy" => {
                let policy = accepted::reference(stack, id, id, &resource.kind)?;
                draft.front_door_parts.read_policy(policy, "OriginRequestPolicyConfig", fields)?;
            }
            "AWS::CloudFront::ResponseHeadersPolicy" => {
                let policy = accepted::reference(stack, id, id, &resource.kind)?;
                draft.front_door_parts.read_headers(policy, fields)?;
            }
            // Accepted types only have to resolve.
            _ => drop(fields),
        }
    }
    for output in stack.document.outputs.keys() {
        stack.output(output)?;
    }
    Ok(())
}

/// A function is named after its operation: `place-order`. Where services share a binary, the name includes the service:
/// `orders.relay-events`.
fn name_functions(draft: &mut Draft) {
    let mut sharing: BTreeMap<&str, usize> = BTreeMap::new();
    for function in &draft.deployment.functions {
        *sharing.entry(&function.binary).or_default() += 1;
    }
    let alone =
        draft.deployment.functions.iter().filter(|function| sharing.get(&*function.binary) == Some(&1));
    let names: BTreeMap<String, String> =
        alone.map(|function| (function.operation.clone(), function.binary.clone())).collect();
    let operations = draft.deployment.functions.iter_mut().map(|function| &mut function.operation);
    for operation in operations.chain(draft.routes.iter_mut().map(|route| &mut route.operation)) {
        if let Some(name) = names.get(operation) {
            operation.clone_from(name);
        }
    }
    let origins = std::mem::take(&mut draft.origins).into_iter();
    draft.origins = origins.map(|(key, origin)| (names.get(&key).cloned().unwrap_or(key), origin)).collect();
}

/// CodeDeploy accepts any alarm name; an alarm that does not exist would never roll anything back.
fn check_rollbacks(draft: &Draft) -> Result<(), TemplateError> {
    for (origin, alarm) in &draft.rollbacks {
        if !draft.alarms.contains(alarm) {
            let known = draft.alarms.iter().map(String::as_str);
            return Err(origin.error(Problem::unknown("the alarm", alarm, known)));
        }
    }
    Ok(())
}

/// Runs the checks that AWS makes when it creates an event source mapping.
fn check_sources(
    deployment: &Deployment,
    origins: &BTreeMap<String, Origin>,
    scope: Scope,
) -> Result<(), TemplateError> {
    let tables: BTreeSet<&str> = deployment.tables.iter().map(|table| table.name.as_str()).collect();
    for function in &deployment.functions {
        let fail = |problem| match origins.get(&function.operation) {
            Some(origin) => origin.error(problem),
            None => TemplateError::at(std::path::Path::new("template.yaml"), &function.logical_id, problem),
        };
        for source in &function.sources {
            match source {
                Source::Queue(queue) => {
                    check_queue(deployment, function, &queue.queue_arn, scope).map_err(fail)?
                }
                Source::Stream(stream)
                    if !tables.contains(stream.table_name.as_str()) && scope == Scope::Whole =>
                {
                    let problem = Problem::unknown("the table", &stream.table_name, tables.iter().copied());
                    return Err(fail(problem));
                }
                Source::Stream(_) | Source::Schedule(_) => {}
            }
        }
    }
    Ok(())
}

fn check_queue(deployment: &Deployment, function: &Function, arn: &str, scope: Scope) -> Result<(), Problem> {
    let Some(queue) = deployment.queues.iter().find(|queue| queue.arn == arn) else {
        let known = deployment.queues.iter().map(|queue| queue.arn.as_str());
        return if scope == Scope::Whole { Err(Problem::unknown("the queue", arn, known)) } else { Ok(()) };
    };
    // SQS's default is 30 seconds.
    let visibility =
        queue.attributes.get("VisibilityTimeout").and_then(|text| text.parse().ok()).unwrap_or(30);
    if visibility < function.timeout.as_secs() {
        return Err(Problem::Invalid(format!(
            "the function may run {} s, longer than a message of {} stays invisible ({visibility} s); AWS refuses this",
            function.timeout.as_secs(),
            queue.name
        )));
    }
    Ok(())
}
