//! Waiting for messages at an SQS behind a URL.
//!
//! Not every engine notices that a client has disconnected: it keeps waiting, and a message that arrives stays
//! invisible until its visibility timeout ends. So the engine is polled for one second at a time, and late messages are
//! returned.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::call::{Call, Service};
use super::super::forward::Forward;
use super::super::response::Response;
use super::{in_process, items};

/// The wait time of one poll.
const AT_A_TIME: Duration = Duration::from_secs(1);

/// One `ReceiveMessage`.
pub(super) struct Poll {
    forward: Forward,
    call: Call,
    request: Value,
    region: String,
}

impl Poll {
    pub(super) fn new(forward: Forward, call: Call, region: &str) -> Self {
        let request = serde_json::from_slice(&call.body).unwrap_or_default();
        Self { forward, call, request, region: region.to_owned() }
    }

    /// Waits for as long as the request specifies, unless the client has disconnected.
    pub(super) async fn run(mut self, done: oneshot::Sender<Response>) {
        let wait = self.request.get("WaitTimeSeconds").and_then(Value::as_u64);
        let ends = wait.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        loop {
            let left = ends.map(|ends| ends.saturating_duration_since(Instant::now()));
            // Without a number, the queue's own setting applies.
            if let Some(left) = left {
                self.request["WaitTimeSeconds"] =
                    Value::from(left.min(AT_A_TIME).as_secs_f64().ceil() as u64);
            }
            let response = self.forward.pass(&self.call, self.request.to_string().into()).await;
            let messages = receipt_handles(&response);
            let is_last = left.is_none_or(|left| left <= AT_A_TIME) || !response.status().is_success();
            if !messages.is_empty() || is_last || done.is_closed() {
                if done.send(response).is_err() {
                    self.give_back(&messages).await;
                }
                return;
            }
        }
    }

    async fn give_back(&self, messages: &[Value]) {
        if messages.is_empty() {
            return;
        }
        let entry = |(id, handle): (usize, &Value)| json!({ "Id": id.to_string(), "ReceiptHandle": handle, "VisibilityTimeout": 0 });
        let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
        let request = json!({ "QueueUrl": self.request["QueueUrl"], "Entries": entries });
        let call = in_process(Service::Sqs, "ChangeMessageVisibilityBatch", &request, &self.region);
        let response = self.forward.pass(&call, call.body.clone()).await;
        if !response.status().is_success() {
            tracing::warn!(
                messages = messages.len(),
                "messages could not be returned to the queue and will be redelivered late"
            );
        }
    }
}

fn receipt_handles(response: &Response) -> Vec<Value> {
    let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    items(&answer, "Messages").map(|message| message["ReceiptHandle"].clone()).collect()
}
