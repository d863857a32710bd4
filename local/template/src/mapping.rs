//! `AWS::Lambda::EventSourceMapping`: an event source that is defined as its own resource instead of in its function.

use super::build::{Draft, Origin};
use super::error::{Problem, TemplateError};
use super::events;
use super::fields::Fields;
use super::function::check_batch;
use super::stack::Stack;
use model::deployment::Source;

/// Encryption, names and metrics.
const WITHOUT_EFFECT: [&str; 4] = ["KmsKeyArn", "LoggingConfig", "MetricsConfig", "Tags"];

/// A mapping before it is known which function it invokes.
#[derive(Debug)]
pub(super) struct MappingDraft {
    origin: Origin,
    /// The function's name or ARN, which may end in a version or an alias.
    function: String,
    source: Source,
}

/// Reads one mapping.
pub(super) fn read(
    stack: &Stack<'_>,
    id: &str,
    mut fields: Fields<'_>,
    draft: &mut Draft,
) -> Result<(), TemplateError> {
    fields.without_effect(&WITHOUT_EFFECT);
    let function = fields.required("FunctionName")?;
    let source = events::mapped(&mut fields)?;
    fields.finish()?;
    if let Some(source) = source {
        let origin = Origin { file: stack.file.clone(), place: id.to_owned() };
        check_batch(&source).map_err(|problem| origin.error(problem))?;
        draft.mappings.push(MappingDraft { origin, function, source });
    }
    Ok(())
}

/// Adds each mapping's source to its function.
pub(super) fn link(draft: &mut Draft) -> Result<(), TemplateError> {
    for mapping in draft.mappings.drain(..) {
        let functions = &mut draft.deployment.functions;
        let known: Vec<String> = functions.iter().map(|function| function.arn.clone()).collect();
        let found = functions.iter_mut().find(|function| function.is_called(&mapping.function));
        let Some(function) = found else {
            let known = known.iter().map(String::as_str);
            return Err(mapping.origin.error(Problem::unknown("the function", &mapping.function, known)));
        };
        function.sources.push(mapping.source);
    }
    Ok(())
}
