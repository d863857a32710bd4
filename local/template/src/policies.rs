//! A function's permissions: its own `Policies`, and the managed policy that is its `PermissionsBoundary`.

use serde_json::{Map, Value, json};

use super::accepted;
use super::error::{Problem, TemplateError};
use super::fields::Fields;
use super::stack::Stack;
use model::deployment::Source;
use model::statement::Statement;
use model::statement::StatementError;

const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";

/// Accepts inline statements only: SAM's policy templates and managed policies are less precise about a function's needs.
pub(super) fn inline(fields: &mut Fields<'_>) -> Result<Vec<Statement>, TemplateError> {
    let documents = match fields.value("Policies") {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(single) => vec![single],
    };
    let mut found = Vec::new();
    for document in documents {
        let Value::Object(document) = document else {
            return Err(fields.error_at("Policies", not_inline(&document.to_string())));
        };
        if !document.contains_key("Statement") {
            let name = document.keys().find(|name| *name != "Version").cloned().unwrap_or_default();
            return Err(fields.error_at("Policies", not_inline(&name)));
        }
        found.extend(statements(document).map_err(|problem| fields.error_at("Policies", problem))?);
    }
    Ok(found)
}

/// What SAM lets a function do for an event: the managed policy that it attaches for a queue names no resource, and the service's
/// boundary limits it to the service's own queue.
pub(super) fn of_source(source: &Source) -> Result<Option<Statement>, Problem> {
    match source {
        Source::Queue(queue) => statement(&json!({
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": queue.queue_arn,
        }))
        .map(Some),
        // In our templates a stream is a separate mapping, for which SAM adds nothing.
        Source::Stream(_) | Source::Schedule(_) => Ok(None),
    }
}

/// The statements of a function's boundary, which is a managed policy of the same template.
pub(super) fn boundary(
    stack: &Stack<'_>,
    fields: &mut Fields<'_>,
) -> Result<Option<Vec<Statement>>, TemplateError> {
    let Some(arn) = fields.text("PermissionsBoundary")? else { return Ok(None) };
    let mut known = Vec::new();
    for (id, resource) in stack.created()? {
        if resource.kind != MANAGED_POLICY {
            continue;
        }
        let found = accepted::reference(stack, id, id, MANAGED_POLICY)?;
        if found == arn {
            return managed(stack.properties(id, resource)?).map(Some);
        }
        known.push(found);
    }
    let problem = Problem::unknown("the managed policy", &arn, known.iter().map(String::as_str));
    Err(fields.error_at("PermissionsBoundary", problem))
}

fn managed(mut fields: Fields<'_>) -> Result<Vec<Statement>, TemplateError> {
    fields.without_effect(&["Description", "ManagedPolicyName", "Path"]);
    let found = match fields.value("PolicyDocument") {
        Some(Value::Object(document)) => {
            statements(document).map_err(|problem| fields.error_at("PolicyDocument", problem))?
        }
        _ => return Err(fields.error(Problem::Missing("PolicyDocument".to_owned()))),
    };
    fields.finish()?;
    Ok(found)
}

/// The statements of a policy document.
fn statements(mut document: Map<String, Value>) -> Result<Vec<Statement>, Problem> {
    document.remove("Version");
    let found = match document.remove("Statement") {
        Some(Value::Array(items)) => items,
        Some(single @ Value::Object(_)) => vec![single],
        _ => return Err(Problem::Missing("Statement".to_owned())),
    };
    if let Some(name) = document.keys().next() {
        return Err(Problem::unknown("the property", name, ["Statement", "Version"]));
    }
    found.iter().map(statement).collect()
}

fn not_inline(found: &str) -> Problem {
    Problem::Unsupported(format!(
        "{found} is not an inline policy; write `- Statement: [{{Effect, Action, Resource}}]` with exactly what is needed"
    ))
}

fn statement(value: &Value) -> Result<Statement, Problem> {
    Statement::read(value).map_err(|error| match error {
        StatementError::Unknown { kind, name, known } => Problem::unknown(kind, &name, known.iter().copied()),
        StatementError::Missing(what) => Problem::Missing(what.to_owned()),
        StatementError::Invalid(why) => Problem::Invalid(why),
    })
}
