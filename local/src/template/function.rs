//! `AWS::Serverless::Function`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::build::{Draft, Origin};
use super::error::{Problem, TemplateError};
use super::events;
use super::fields::{Fields, kind};
use super::policies;
use super::stack::Stack;
use crate::deployment::{Function, Source};

/// What AWS does with these is not done on a laptop: tracing, versions, gradual deployment, encryption, and what becomes of
/// asynchronous invocations that fail.
const WITHOUT_EFFECT: [&str; 18] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "DeadLetterQueue",
    "DeploymentPreference",
    "Description",
    "EphemeralStorage",
    "EventInvokeConfig",
    "KmsKeyArn",
    "Layers",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "RolePath",
    "RuntimeManagementConfig",
    "Tags",
    "Tracing",
];

/// A route before it is known what the API says about its authorization.
#[derive(Debug)]
pub(super) struct RouteDraft {
    pub origin: Origin,
    pub api_id: String,
    pub method: String,
    pub path: String,
    pub operation: String,
    /// What the event says about its authorizer.
    pub authorizer: Option<String>,
}

/// Reads one function, its routes and its other sources.
pub(super) fn read(
    stack: &Stack<'_>,
    id: &str,
    mut fields: Fields<'_>,
    draft: &mut Draft,
) -> Result<(), TemplateError> {
    fields.without_effect(&WITHOUT_EFFECT);
    fields.only("Runtime", &["provided.al2023", "provided.al2"])?;
    fields.only("Handler", &["bootstrap"])?;
    fields.only("PackageType", &["Zip"])?;
    let operation = operation(&mut fields)?;
    let events = events::read(stack, id, &operation, &mut fields)?;
    fields.without_effect(&["FunctionName"]);
    let mut environment = environment(&mut fields)?;
    environment.extend(logging(&mut fields)?);
    let function = Function {
        service: stack.service.clone(),
        logical_id: id.to_owned(),
        name: stack.physical_name(id, "FunctionName")?,
        arn: stack.function_arn(id)?,
        environment,
        timeout: Duration::from_secs(u64::from(fields.within("Timeout", 1..=900)?.unwrap_or(3))),
        memory_mb: fields.within("MemorySize", 128..=10_240)?.unwrap_or(128),
        concurrency: fields.within("ReservedConcurrentExecutions", 0..=u32::MAX)?,
        sources: events.sources,
        policies: policies::inline(&mut fields)?,
        boundary: policies::boundary(stack, &mut fields)?,
        operation,
    };
    let origin = Origin { file: stack.file.clone(), place: id.to_owned() };
    if let Some(other) = draft.origins.insert(function.operation.clone(), origin) {
        let problem = Problem::Invalid(format!(
            "the operation {:?} is already run by {} in {}",
            function.operation,
            other.place,
            other.file.display()
        ));
        return Err(fields.error(problem));
    }
    fields.finish()?;
    check_batches(stack, &function)?;
    draft.routes.extend(events.routes);
    draft.deployment.functions.push(function);
    Ok(())
}

/// The last part of `CodeUri`.
fn operation(fields: &mut Fields<'_>) -> Result<String, TemplateError> {
    let code = fields.required("CodeUri")?;
    match code.trim_end_matches('/').rsplit('/').next() {
        Some(name) if !name.is_empty() && !name.starts_with('.') => Ok(name.to_owned()),
        _ => Err(fields.error_at(
            "CodeUri",
            Problem::Invalid(format!(
                "{code:?} does not end in the binary's name; write ../../target/lambda/<binary>/"
            )),
        )),
    }
}

fn environment(fields: &mut Fields<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let Some(mut environment) = fields.object("Environment")? else { return Ok(BTreeMap::new()) };
    let mut variables = BTreeMap::new();
    if let Some(mut given) = environment.object("Variables")? {
        for (name, value) in given.rest() {
            let text = super::fields::plain_text(&value)
                .ok_or_else(|| given.error_at(&name, kind("text", &value)))?;
            variables.insert(name, text);
        }
    }
    environment.finish()?;
    Ok(variables)
}

/// The variables by which Lambda tells a function how to log.
fn logging(fields: &mut Fields<'_>) -> Result<Vec<(String, String)>, TemplateError> {
    let Some(mut config) = fields.object("LoggingConfig")? else { return Ok(Vec::new()) };
    config.without_effect(&["LogGroup", "SystemLogLevel"]);
    let mut given = Vec::new();
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].as_slice();
    for (property, variable, allowed) in [
        ("LogFormat", "AWS_LAMBDA_LOG_FORMAT", ["JSON", "Text"].as_slice()),
        ("ApplicationLogLevel", "AWS_LAMBDA_LOG_LEVEL", levels),
    ] {
        let Some(value) = config.text(property)? else { continue };
        if !allowed.contains(&value.as_str()) {
            let problem = Problem::Invalid(format!("{value:?} is not one of {}", allowed.join(", ")));
            return Err(config.error_at(property, problem));
        }
        given.push((variable.to_owned(), value));
    }
    config.finish()?;
    Ok(given)
}

/// AWS takes batches of more than 10 messages only with a window to gather them in.
fn check_batches(stack: &Stack<'_>, function: &Function) -> Result<(), TemplateError> {
    let wrong = function.sources.iter().any(|source| match source {
        Source::Queue(queue) => queue.batch_size > 10 && queue.batching_window.is_zero(),
        Source::Stream(_) | Source::Schedule(_) => false,
    });
    if wrong {
        let problem = Problem::Missing("MaximumBatchingWindowInSeconds for a BatchSize over 10".to_owned());
        return Err(stack.error(&function.logical_id, problem));
    }
    Ok(())
}
