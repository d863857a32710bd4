//! SQS's limits that the embedded engine does not enforce.

use std::ops::RangeInclusive;

use rustack_sqs_model::error::{SqsError, SqsErrorCode};
use serde_json::Value;

use super::items;

/// The maximum visibility timeout in seconds: twelve hours.
const LONGEST_INVISIBLE: i64 = 43_200;

/// The maximum length of a batch entry's id.
const LONGEST_ID: usize = 80;

/// Rejects requests that SQS would reject.
pub(super) fn check(action: &str, request: &Value) -> Result<(), SqsError> {
    match action {
        "ReceiveMessage" => {
            within(request, "MaxNumberOfMessages", 1..=10)?;
            within(request, "WaitTimeSeconds", 0..=20)?;
            within(request, "VisibilityTimeout", 0..=LONGEST_INVISIBLE)
        }
        "SendMessage" => within(request, "DelaySeconds", 0..=900),
        "ChangeMessageVisibility" => within(request, "VisibilityTimeout", 0..=LONGEST_INVISIBLE),
        action if action.ends_with("Batch") => {
            let ids = items(request, "Entries").filter_map(|entry| entry["Id"].as_str());
            ids.into_iter().try_for_each(well_formed)
        }
        _ => Ok(()),
    }
}

fn within(request: &Value, parameter: &str, range: RangeInclusive<i64>) -> Result<(), SqsError> {
    match request.get(parameter).and_then(Value::as_i64) {
        Some(value) if !range.contains(&value) => {
            let (least, most) = (range.start(), range.end());
            Err(SqsError::invalid_parameter_value(format!(
                "Value {value} for parameter {parameter} is invalid. Reason: Must be between {least} and {most}, if provided."
            )))
        }
        _ => Ok(()),
    }
}

fn well_formed(id: &str) -> Result<(), SqsError> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    let message = "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
                   It can be at most 80 letters long.";
    Err(SqsError::new(SqsErrorCode::InvalidBatchEntryId, message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_outside_sqss_limits_are_refused() {
        let refused = |action, request: Value| check(action, &request).map_err(|error| error.message).err();
        assert_eq!(
            refused("ReceiveMessage", json!({ "MaxNumberOfMessages": 10, "WaitTimeSeconds": 20 })),
            None
        );
        let eleven = refused("ReceiveMessage", json!({ "MaxNumberOfMessages": 11 }));
        assert_eq!(
            eleven.as_deref(),
            Some(
                "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
            )
        );
        assert!(refused("ReceiveMessage", json!({ "MaxNumberOfMessages": 0 })).is_some());
        assert!(refused("ReceiveMessage", json!({ "WaitTimeSeconds": 21 })).is_some());
        assert!(refused("SendMessage", json!({ "DelaySeconds": 901 })).is_some());
        assert!(refused("ChangeMessageVisibility", json!({ "VisibilityTimeout": 43_201 })).is_some());
        let batch = |id: &str| refused("DeleteMessageBatch", json!({ "Entries": [{ "Id": id }] }));
        assert_eq!(batch(&"a-_9".repeat(20)), None);
        assert!(batch("a b").is_some() && batch("").is_some() && batch(&"a".repeat(81)).is_some());
    }
}
