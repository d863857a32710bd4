//! What a bucket publishes about a new object
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>).

use http::header::ETAG;
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::action::bucket_and_key;
use crate::aws::call::Call;
use crate::aws::response::Response;
use model::deployment::{Bucket, BucketNotification};

/// What a key in a notification has unencoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// An event about an object, on its way to a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The queue's ARN.
    pub(crate) queue_arn: String,
    /// The event.
    pub(crate) event: String,
}

/// Returns what a bucket publishes about a call that has succeeded.
pub(super) fn about(
    bucket: &Bucket,
    call: &Call,
    response: &Response,
    region: &str,
    account: &str,
) -> Vec<Notification> {
    let event_name = match call.action.as_str() {
        "PutObject" => "ObjectCreated:Put",
        "CopyObject" => "ObjectCreated:Copy",
        "CompleteMultipartUpload" => "ObjectCreated:CompleteMultipartUpload",
        _ => return Vec::new(),
    };
    let Some((_, key)) = bucket_and_key(&call.uri) else { return Vec::new() };
    let e_tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).unwrap_or_default();
    let now = Timestamp::now();
    let owner = json!({ "principalId": account });
    let publish = |notification: &BucketNotification| {
        let event = json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": region,
            "eventTime": format!("{now:.3}"),
            "eventName": event_name,
            "userIdentity": { "principalId": format!("AWS:{}", call.principal) },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": { "x-amz-request-id": uuid::Uuid::new_v4().to_string(), "x-amz-id-2": "laptop" },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": bucket.name,
                "bucket": { "name": bucket.name, "ownerIdentity": owner, "arn": bucket.arn },
                "object": {
                    "key": utf8_percent_encode(&key, ENCODED).to_string(),
                    "size": call.body.len(),
                    "eTag": e_tag.trim_matches('"'),
                    "sequencer": format!("{:016X}", now.as_nanosecond()),
                },
            },
        }] });
        Notification { queue_arn: notification.queue_arn.clone(), event: event.to_string() }
    };
    let matching = bucket.notifications.iter().filter(|rule| concerns(rule, event_name, &key));
    matching.map(publish).collect()
}

fn concerns(rule: &BucketNotification, event_name: &str, key: &str) -> bool {
    let wanted = rule.event.strip_prefix("s3:").unwrap_or(&rule.event);
    let is_wanted =
        wanted.strip_suffix('*').map_or(wanted == event_name, |kind| event_name.starts_with(kind));
    is_wanted && key.starts_with(&rule.prefix) && key.ends_with(&rule.suffix)
}
