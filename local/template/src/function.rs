//! `AWS::Serverless::Function`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::build::{Draft, Origin};
use super::error::{Problem, TemplateError};
use super::events;
use super::fields::{Fields, kind};
use super::policies;
use super::stack::Stack;
use model::deployment::{Function, Source};
use model::statement::Statement;

/// Properties without effect on a laptop: tracing, versions, gradual deployment, encryption, and the handling of failed
/// asynchronous invocations.
const WITHOUT_EFFECT: [&str; 16] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "DeadLetterQueue",
    "Description",
    "EphemeralStorage",
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

/// A route before the API's authorization settings are known.
#[derive(Debug)]
pub(super) struct RouteDraft {
    pub origin: Origin,
    pub api_id: String,
    pub method: String,
    pub path: String,
    pub operation: String,
    /// The authorizer that the event specifies.
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
    let binary = binary(&mut fields)?;
    // Other services may have an operation of this name; build::name_functions leaves the service out where none has.
    let operation = format!("{}.{binary}", stack.service);
    let events = events::read(stack, id, &operation, &mut fields)?;
    let origin = Origin { file: stack.file.clone(), place: id.to_owned() };
    let rollbacks = rollback_alarms(&mut fields)?.into_iter().map(|alarm| (origin.clone(), alarm));
    draft.rollbacks.extend(rollbacks);
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
        async_retries: async_retries(&mut fields)?,
        policies: policies(&mut fields, &events.sources)?,
        boundary: policies::boundary(stack, &mut fields)?,
        sources: events.sources,
        operation,
        binary,
    };
    if let Some(other) = draft.origins.insert(function.operation.clone(), origin) {
        let problem = Problem::Invalid(format!(
            "the operation {:?} is already run by {} in {}",
            function.binary,
            other.place,
            other.file.display()
        ));
        return Err(fields.error(problem));
    }
    fields.finish()?;
    for source in &function.sources {
        check_batch(source).map_err(|problem| stack.error(id, problem))?;
    }
    draft.routes.extend(events.routes);
    draft.deployment.functions.push(function);
    Ok(())
}

/// A function's permissions: its policies, and those that SAM adds for its events.
fn policies(fields: &mut Fields<'_>, sources: &[Source]) -> Result<Vec<Statement>, TemplateError> {
    let mut found = policies::inline(fields)?;
    for source in sources {
        found.extend(policies::of_source(source).map_err(|problem| fields.error_at("Events", problem))?);
    }
    Ok(found)
}

/// Lambda's default is two retries.
fn async_retries(fields: &mut Fields<'_>) -> Result<u32, TemplateError> {
    let Some(mut config) = fields.object("EventInvokeConfig")? else { return Ok(2) };
    config.without_effect(&["DestinationConfig", "MaximumEventAgeInSeconds"]);
    let retries = config.within("MaximumRetryAttempts", 0..=2)?.unwrap_or(2);
    config.finish()?;
    Ok(retries)
}

/// The alarms that roll a deployment of the function back, by name.
fn rollback_alarms(fields: &mut Fields<'_>) -> Result<Vec<String>, TemplateError> {
    let Some(mut preference) = fields.object("DeploymentPreference")? else { return Ok(Vec::new()) };
    preference.without_effect(&[
        "Enabled",
        "Hooks",
        "PassthroughCondition",
        "Role",
        "TriggerConfigurations",
        "Type",
    ]);
    let alarms = preference.texts("Alarms")?;
    preference.finish()?;
    Ok(alarms)
}

/// The last part of `CodeUri`.
fn binary(fields: &mut Fields<'_>) -> Result<String, TemplateError> {
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

/// The environment variables with which Lambda configures a function's logging.
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

/// AWS accepts batches of more than 10 messages only with a batching window.
pub(super) fn check_batch(source: &Source) -> Result<(), Problem> {
    match source {
        Source::Queue(queue) if queue.batch_size > 10 && queue.batching_window.is_zero() => {
            Err(Problem::Missing("MaximumBatchingWindowInSeconds for a BatchSize over 10".to_owned()))
        }
        Source::Queue(_) | Source::Stream(_) | Source::Schedule(_) => Ok(()),
    }
}
