//! What the console says of an invocation's event and reply. Neither is kept: they have passwords and tokens.

use serde::Deserialize;
use serde::de::IgnoredAny;

use engines::aws::queue_name;

/// The parts of an event that name its cause.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Event {
    /// The kind of an authorizer's event.
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "requestContext")]
    request: Option<RequestContext>,
    #[serde(rename = "Records")]
    records: Option<Vec<Record>>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    time: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Option<Http>,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
    path: String,
}

#[derive(Debug, Deserialize)]
struct Record {
    #[serde(rename = "eventSource")]
    source: Option<String>,
    #[serde(rename = "eventSourceARN")]
    arn: Option<String>,
}

impl Event {
    /// Reads an event. Anything else has no cause.
    pub(crate) fn read(payload: &[u8]) -> Self {
        serde_json::from_slice(payload).unwrap_or_default()
    }

    /// Describes the cause in a few words.
    pub(crate) fn cause(self) -> Option<String> {
        if let Some(http) = self.request.and_then(|request| request.http) {
            let is_checked = self.kind.as_deref() == Some("REQUEST");
            let before = if is_checked { "authorizes " } else { "" };
            return Some(format!("{before}{} {}", http.method, http.path));
        }
        if let Some(records) = self.records {
            let first = records.first()?;
            let (one, many) = match first.source.as_deref() {
                Some("aws:sqs") => ("message", "messages"),
                _ => ("record", "records"),
            };
            let what = if records.len() == 1 { one } else { many };
            let from = first.arn.as_deref().map(source_name).unwrap_or_default();
            return Some(format!("{} {what} of {from}", records.len()));
        }
        self.detail_type.map(|_| format!("schedule {}", self.time.unwrap_or_default()))
    }
}

/// The name of a queue or a stream's table.
fn source_name(arn: &str) -> &str {
    match arn.split_once(":table/") {
        Some((_, table)) => table.split('/').next().unwrap_or(table),
        None => queue_name(arn),
    }
}

/// The parts of a reply that are its outcome.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Reply {
    #[serde(rename = "statusCode")]
    status: Option<u16>,
    #[serde(rename = "batchItemFailures")]
    failures: Option<Vec<IgnoredAny>>,
}

impl Reply {
    /// Reads a reply. Anything else is a success.
    pub(crate) fn read(payload: &[u8]) -> Self {
        serde_json::from_slice(payload).unwrap_or_default()
    }

    /// Returns why it failed, and its HTTP status. A partly failed batch counts as a failure.
    pub(crate) fn outcome(self) -> (Option<String>, Option<u16>) {
        let failed = self.failures.unwrap_or_default().len();
        ((failed > 0).then(|| format!("{failed} records failed")), self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(event: &str) -> String {
        Event::read(event.as_bytes()).cause().unwrap_or_default()
    }

    #[test]
    fn an_event_names_its_request_queue_stream_or_time() {
        let http = r#""requestContext": { "http": { "method": "POST", "path": "/orders", "x": 1 } }"#;
        assert_eq!(cause(&format!("{{ {http}, \"body\": \"{{}}\" }}")), "POST /orders");
        assert_eq!(cause(&format!("{{ \"type\": \"REQUEST\", {http} }}")), "authorizes POST /orders");
        let message = r#"{ "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:work" }"#;
        assert_eq!(cause(&format!("{{ \"Records\": [{message}, {message}] }}")), "2 messages of work");
        let record = r#"{ "eventSource": "aws:dynamodb", "eventSourceARN": "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026" }"#;
        assert_eq!(cause(&format!("{{ \"Records\": [{record}] }}")), "1 record of orders");
        let run = r#"{ "detail-type": "Scheduled Event", "time": "2026-01-01T00:00:00Z" }"#;
        assert_eq!(cause(run), "schedule 2026-01-01T00:00:00Z");
        for other in ["", "7", "{}", r#"{ "Records": [] }"#] {
            assert_eq!(cause(other), "", "{other}");
        }
    }

    #[test]
    fn a_reply_has_a_status_or_failed_records() {
        let outcome = |reply: &str| Reply::read(reply.as_bytes()).outcome();
        assert_eq!(outcome(r#"{ "statusCode": 503, "body": "" }"#), (None, Some(503)));
        let failed = r#"{ "batchItemFailures": [{ "itemIdentifier": "1" }] }"#;
        assert_eq!(outcome(failed), (Some("1 records failed".to_owned()), None));
        for other in ["", "null", r#"{ "batchItemFailures": [] }"#, r#"{ "isAuthorized": true }"#] {
            assert_eq!(outcome(other), (None, None), "{other}");
        }
    }
}
