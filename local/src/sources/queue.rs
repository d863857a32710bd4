//! Queues: messages become invocations, and what was done is deleted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Context;
use super::batch::{Outcome, outcome};
use crate::aws::{CallError, Service};
use crate::deployment::{Function, QueueSource};

/// SQS's longest wait: nothing is asked again in that time unless something comes.
const LONG_POLL: Duration = Duration::from_secs(20);

/// SQS gives ten messages at a time at most.
const MOST_AT_ONCE: usize = 10;

/// After a queue could not be read.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Reads a queue until everything stops.
pub(super) async fn consume(context: Context, function: Function, source: QueueSource, concurrency: u32) {
    // AWS would scale past what the function may run, and be throttled; waiting comes to the same.
    let most = [source.concurrency, function.concurrency].into_iter().flatten().min().unwrap_or(concurrency);
    let permits = Arc::new(Semaphore::new(usize::try_from(most.max(1)).unwrap_or(1)));
    let consumer =
        Arc::new(Consumer { url: context.endpoint.queue_url(&source.queue_arn), context, function, source });
    loop {
        // The permit first: a message that is received is worked on at once.
        let Some(Ok(permit)) = consumer.context.until_stopped(Arc::clone(&permits).acquire_owned()).await
        else {
            return;
        };
        let Some(received) = consumer.context.until_stopped(consumer.gather()).await else { return };
        match received {
            Ok(messages) if messages.is_empty() => {}
            Ok(messages) => {
                let consumer = Arc::clone(&consumer);
                tokio::spawn(async move {
                    consumer.work(messages).await;
                    drop(permit);
                });
            }
            Err(error) => {
                tracing::warn!(queue = consumer.source.queue_arn, %error, "the queue cannot be read");
                if consumer.context.until_stopped(consumer.context.pause(RETRY_AFTER)).await.is_none() {
                    return;
                }
            }
        }
    }
}

struct Consumer {
    context: Context,
    function: Function,
    source: QueueSource,
    url: String,
}

impl Consumer {
    /// A batch: the first messages that come, and more for as long as the window is open.
    async fn gather(&self) -> Result<Vec<Value>, CallError> {
        let mut messages = self.receive(self.source.batch_size, LONG_POLL).await?;
        let closes = Instant::now() + self.source.batching_window;
        while !messages.is_empty() && messages.len() < self.source.batch_size {
            let open = closes.saturating_duration_since(Instant::now());
            if open.is_zero() {
                break;
            }
            // SQS waits whole seconds. An abandoned wait could lose what came at that moment, so it is not cut short.
            match self
                .receive(self.source.batch_size - messages.len(), open + Duration::from_millis(999))
                .await
            {
                Ok(more) => messages.extend(more),
                Err(error) => {
                    tracing::warn!(queue = self.source.queue_arn, %error, "the batch stays smaller than it could be");
                    break;
                }
            }
        }
        Ok(messages)
    }

    async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Value>, CallError> {
        let request = json!({
            "QueueUrl": self.url,
            "MaxNumberOfMessages": most.clamp(1, MOST_AT_ONCE),
            "WaitTimeSeconds": wait.as_secs().clamp(0, LONG_POLL.as_secs()),
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut answer = self.call("ReceiveMessage", &request).await?;
        Ok(match answer["Messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        })
    }

    async fn call(&self, action: &str, request: &Value) -> Result<Value, CallError> {
        self.context.call_for(&self.function.operation, Service::Sqs, action, request).await
    }

    async fn work(&self, messages: Vec<Value>) {
        let records: Vec<Value> = messages.iter().map(|message| self.record(message)).collect();
        let ids: BTreeSet<String> = messages.iter().map(|message| text(message, "MessageId")).collect();
        let answer = self.context.invoke(&self.function.operation, &json!({ "Records": records })).await;
        let failed = match outcome(&answer, self.source.partial_failures, &ids) {
            Outcome::Done => BTreeSet::new(),
            Outcome::Failed(failed) => failed,
            // Nothing is deleted: all of it is visible again after the visibility timeout.
            Outcome::AllFailed | Outcome::NotRun => return,
        };
        let done: Vec<&Value> =
            messages.iter().filter(|message| !failed.contains(&text(message, "MessageId"))).collect();
        for chunk in done.chunks(MOST_AT_ONCE) {
            self.delete(chunk).await;
        }
    }

    async fn delete(&self, messages: &[&Value]) {
        let entries: Vec<Value> = messages
            .iter()
            .enumerate()
            .map(|(index, message)| json!({ "Id": index.to_string(), "ReceiptHandle": message["ReceiptHandle"] }))
            .collect();
        let request = json!({ "QueueUrl": self.url, "Entries": entries });
        if let Err(error) = self.call("DeleteMessageBatch", &request).await {
            tracing::warn!(queue = self.source.queue_arn, %error, "messages that were done come again");
        }
    }

    /// A message as Lambda hands it over.
    fn record(&self, message: &Value) -> Value {
        let mut record = json!({
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes").cloned().unwrap_or_else(|| json!({})),
            "messageAttributes": message_attributes(&message["MessageAttributes"]),
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self.source.queue_arn,
            "awsRegion": self.context.endpoint.region(),
        });
        if let Some(md5) = message.get("MD5OfMessageAttributes") {
            record["md5OfMessageAttributes"] = md5.clone();
        }
        record
    }
}

fn message_attributes(attributes: &Value) -> Value {
    let mut converted = Map::new();
    for (name, value) in attributes.as_object().into_iter().flatten() {
        let mut attribute = json!({
            "stringListValues": [],
            "binaryListValues": [],
            "dataType": value["DataType"],
        });
        for (from, to) in [("StringValue", "stringValue"), ("BinaryValue", "binaryValue")] {
            if let Some(value) = value.get(from) {
                attribute[to] = value.clone();
            }
        }
        converted.insert(name.clone(), attribute);
    }
    Value::Object(converted)
}

fn text(message: &Value, name: &str) -> String {
    message.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
