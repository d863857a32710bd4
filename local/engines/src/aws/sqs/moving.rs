//! Moves one message from a dead-letter queue to its source queue, or to another queue.

use std::sync::Arc;

use rustack_sqs_model::error::SqsError;
use serde_json::{Map, Value, json};

use super::{Engine, queue_name};

/// Moves one queue's messages.
pub(super) struct Mover {
    pub(super) engine: Arc<Engine>,
    /// The dead-letter queue's URL.
    pub(super) source: String,
    pub(super) direction: Direction,
}

/// Where messages go.
pub(super) enum Direction {
    /// All to one queue, by its ARN.
    To(String),
    /// Each to its source queue, which is one of these (ARNs).
    Back(Vec<String>),
}

impl Mover {
    /// Moves the next message. Returns false if there is none.
    pub(super) async fn next(&self) -> Result<bool, String> {
        let request = json!({
            "QueueUrl": self.source,
            "MaxNumberOfMessages": 1,
            "WaitTimeSeconds": 0,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let received = self.ask("ReceiveMessage", &request).await?;
        let Some(message) = received["Messages"].get(0) else { return Ok(false) };
        let moved = self.pass_on(message).await;
        if moved.is_err() {
            let request = json!({
                "QueueUrl": self.source,
                "ReceiptHandle": message["ReceiptHandle"],
                "VisibilityTimeout": 0,
            });
            self.ask("ChangeMessageVisibility", &request).await?;
        }
        moved.map(|()| true)
    }

    async fn pass_on(&self, message: &Value) -> Result<(), String> {
        let destination = self.destination(message).ok_or("CouldNotDetermineMessageSource")?;
        let queue = json!({ "QueueName": queue_name(&destination) });
        let url = self.ask("GetQueueUrl", &queue).await?["QueueUrl"].take();
        self.ask("SendMessage", &sent_again(&url, message)).await?;
        let request = json!({ "QueueUrl": self.source, "ReceiptHandle": message["ReceiptHandle"] });
        self.ask("DeleteMessage", &request).await.map(drop)
    }

    fn destination(&self, message: &Value) -> Option<String> {
        match &self.direction {
            Direction::To(queue) => Some(queue.clone()),
            Direction::Back(sources) => {
                let named = message["Attributes"]["DeadLetterQueueSourceArn"].as_str();
                // A message that survived a restart no longer names its source queue, but there may be only one
                // candidate.
                let only = || (sources.len() == 1).then(|| sources.first().cloned()).flatten();
                named.map(str::to_owned).or_else(only)
            }
        }
    }

    async fn ask(&self, action: &str, request: &Value) -> Result<Value, String> {
        self.engine.ask(action, request).await.map_err(|error: SqsError| error.message)
    }
}

/// Builds the request that sends a received message again unchanged.
fn sent_again(url: &Value, message: &Value) -> Value {
    let mut request = Map::new();
    request.insert("QueueUrl".to_owned(), url.clone());
    request.insert("MessageBody".to_owned(), message["Body"].clone());
    if message["MessageAttributes"].is_object() {
        request.insert("MessageAttributes".to_owned(), message["MessageAttributes"].clone());
    }
    let attributes = &message["Attributes"];
    if let Some(trace) = attributes["AWSTraceHeader"].as_str() {
        let trace = json!({ "AWSTraceHeader": { "DataType": "String", "StringValue": trace } });
        request.insert("MessageSystemAttributes".to_owned(), trace);
    }
    for fifo in ["MessageGroupId", "MessageDeduplicationId"] {
        if let Some(value) = attributes.get(fifo) {
            request.insert(fifo.to_owned(), value.clone());
        }
    }
    Value::Object(request)
}
