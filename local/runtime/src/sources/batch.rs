//! `ReportBatchItemFailures`: reads the failed records of a batch from a function's response.

use std::collections::BTreeSet;

use serde_json::Value;

use model::invoke::{Answer, InvokeError};

/// The outcome of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Every record was processed.
    Done,
    /// These records failed (message ids or sequence numbers). The others were processed.
    Failed(BTreeSet<String>),
    /// Every record failed.
    AllFailed,
    /// The function was not invoked.
    NotRun,
}

/// Reads a batch's outcome from the function's response, as AWS does. A response that is malformed or names an unknown
/// record fails the whole batch.
pub(super) fn outcome(
    answer: &Result<Answer, InvokeError>,
    partial: bool,
    ids: &BTreeSet<String>,
) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "a batch did not reach its function");
            return Outcome::NotRun;
        }
    };
    if answer.function_error.is_some() {
        return Outcome::AllFailed;
    }
    if !partial {
        return Outcome::Done;
    }
    let Some(failed) = failures(&answer.payload) else { return Outcome::AllFailed };
    if failed.is_empty() {
        Outcome::Done
    } else if failed.is_subset(ids) {
        Outcome::Failed(failed)
    } else {
        Outcome::AllFailed
    }
}

/// Returns the identifiers in `batchItemFailures`, or `None` if the response is malformed. A null or empty response has
/// none.
fn failures(payload: &[u8]) -> Option<BTreeSet<String>> {
    if payload.iter().all(u8::is_ascii_whitespace) {
        return Some(BTreeSet::new());
    }
    let answer: Value = serde_json::from_slice(payload).ok()?;
    let failures = match answer {
        Value::Null => return Some(BTreeSet::new()),
        Value::Object(fields) => match fields.get("batchItemFailures") {
            None | Some(Value::Null) => return Some(BTreeSet::new()),
            Some(failures) => failures.as_array()?.clone(),
        },
        _ => return None,
    };
    let id = |failure: &Value| {
        failure.get("itemIdentifier")?.as_str().filter(|id| !id.is_empty()).map(str::to_owned)
    };
    failures.iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn read(payload: &str, partial: bool) -> Outcome {
        let payload = Bytes::copy_from_slice(payload.as_bytes());
        let answer = Answer { payload, function_error: None, request_id: String::new() };
        outcome(&Ok(answer), partial, &["a".to_owned(), "b".to_owned()].into())
    }

    #[test]
    fn a_malformed_response_or_an_unknown_id_fails_the_whole_batch() {
        for success in ["", "null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#] {
            assert_eq!(read(success, true), Outcome::Done, "{success}");
        }
        let one = r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#;
        assert_eq!(read(one, true), Outcome::Failed(["b".to_owned()].into()));
        assert_eq!(read(one, false), Outcome::Done);
        for invalid in [
            "not json",
            "[]",
            r#"{"batchItemFailures":"b"}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"identifier":"b"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#,
        ] {
            assert_eq!(read(invalid, true), Outcome::AllFailed, "{invalid}");
        }
    }

    #[test]
    fn a_failed_function_fails_its_batch() {
        let answer = Answer {
            payload: Bytes::from_static(b"{}"),
            function_error: Some("Unhandled".to_owned()),
            request_id: String::new(),
        };
        assert_eq!(outcome(&Ok(answer), true, &BTreeSet::new()), Outcome::AllFailed);
        let throttled = Err(InvokeError::Throttled("x".to_owned()));
        assert_eq!(outcome(&throttled, true, &BTreeSet::new()), Outcome::NotRun);
    }
}
