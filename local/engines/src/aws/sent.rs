//! What functions send: copies of their messages, for a program that keeps a log of the events.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::call::{Call, Principal, Service};
use super::response::Response;

/// Receives the body of each message.
pub type MessageSink = Arc<dyn Fn(&str) + Send + Sync>;

/// Passes on the messages that functions have sent to queues, once a sink is set. A message that is sent twice is passed on twice.
#[derive(Default)]
pub(super) struct Sent(OnceLock<MessageSink>);

impl Sent {
    /// Sets the sink, once.
    pub(super) fn to(&self, sink: MessageSink) {
        if self.0.set(sink).is_err() {
            tracing::warn!("a second sink for messages is ignored");
        }
    }

    /// Passes on what a call has sent.
    pub(super) fn note(&self, call: &Call, response: &Response) {
        let Some(sink) = self.0.get() else { return };
        let is_functions = matches!(call.principal, Principal::Function(_));
        if call.service != Service::Sqs || !is_functions || !response.status().is_success() {
            return;
        }
        let parsed = (serde_json::from_slice(&call.body), serde_json::from_slice(response.body()));
        if let (Ok(request), Ok(answer)) = parsed {
            accepted(&call.action, &request, &answer).into_iter().for_each(|body| sink(body));
        }
    }
}

/// Returns the bodies of the messages that SQS has accepted. It may refuse some of a batch.
fn accepted<'a>(action: &str, request: &'a Value, answer: &Value) -> Vec<&'a str> {
    match action {
        "SendMessage" => request["MessageBody"].as_str().into_iter().collect(),
        "SendMessageBatch" => {
            let successful = answer["Successful"].as_array().into_iter().flatten();
            let ids: BTreeSet<_> = successful.filter_map(|sent| sent["Id"].as_str()).collect();
            let entries = request["Entries"].as_array().into_iter().flatten();
            let entries = entries.filter(|entry| entry["Id"].as_str().is_some_and(|id| ids.contains(id)));
            entries.filter_map(|entry| entry["MessageBody"].as_str()).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_batch_only_accepted_messages_are_passed_on() {
        let request =
            json!({ "Entries": [{ "Id": "1", "MessageBody": "a" }, { "Id": "2", "MessageBody": "b" }] });
        let answer = json!({ "Successful": [{ "Id": "2" }], "Failed": [{ "Id": "1" }] });
        assert_eq!(accepted("SendMessageBatch", &request, &answer), ["b"]);
        assert_eq!(accepted("SendMessage", &json!({ "MessageBody": "c" }), &json!({})), ["c"]);
        assert!(accepted("ReceiveMessage", &json!({ "MessageBody": "d" }), &json!({})).is_empty());
    }
}
