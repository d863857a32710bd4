//! Queues: invokes functions with messages, and deletes the messages that were processed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::Context;
use super::batch::{Outcome, outcome};
use super::redelivery::{Redelivery, received};
use engines::aws::{CallError, Service, queue_name};
use engines::faults::DeliveryFault;
use model::deployment::{Function, QueueSource};
use model::invoke::{Answer, InvokeError};

/// SQS's maximum wait time.
const LONG_POLL: Duration = Duration::from_secs(20);

/// SQS's limit for the number of messages per call.
const MAX_MESSAGES: usize = 10;

/// The wait after a failed read.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How long a held-back message waits for another to overtake it.
const HELD_FOR: Duration = Duration::from_secs(1);

/// Reads a queue until the event sources stop.
pub(super) async fn consume(context: Context, function: Function, source: QueueSource, options: Setup) {
    // AWS scales past the function's concurrency and is then throttled. Waiting has the same effect. AWS also scales to
    // more pollers than a laptop has cores for.
    let most = [Some(options.concurrency), source.concurrency, function.concurrency];
    let most = most.into_iter().flatten().min().unwrap_or(1).max(1);
    let permits = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(1)));
    let consumer = Arc::new(Consumer {
        url: context.endpoint.queue_url(&source.queue_arn),
        redelivery: options.redelivery,
        most_receives: options.most_receives,
        doomed: Mutex::default(),
        context,
        function,
        source,
    });
    let mut held_back = Vec::new();
    loop {
        // Acquire the permit first, so that a received message is processed immediately.
        let Some(Ok(permit)) = consumer.context.until_stopped(Arc::clone(&permits).acquire_owned()).await
        else {
            return;
        };
        let wait = if held_back.is_empty() { LONG_POLL } else { HELD_FOR };
        let Some(received) = consumer.context.until_stopped(consumer.gather(wait)).await else { return };
        match received {
            Ok(messages) if messages.is_empty() && held_back.is_empty() => {}
            Ok(messages) => {
                let fates = consumer.sort(messages);
                let after = std::mem::replace(&mut held_back, fates.held_back);
                let consumer = Arc::clone(&consumer);
                tokio::spawn(async move {
                    consumer.redeliver(&fates.dropped).await;
                    consumer.make_visible(&fates.doomed, |_| Some(0)).await;
                    consumer.work(fates.batch, &fates.twice).await;
                    consumer.work(after, &[]).await;
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

pub(super) struct Setup {
    /// The maximum number of concurrent batches, unless the template sets a lower one.
    pub(super) concurrency: u32,
    pub(super) redelivery: Redelivery,
    /// How often a message is received before it becomes a dead letter.
    pub(super) most_receives: Option<u64>,
}

struct Consumer {
    context: Context,
    function: Function,
    source: QueueSource,
    url: String,
    redelivery: Redelivery,
    most_receives: Option<u64>,
    /// The ids of the messages that are never delivered and so become dead letters.
    doomed: Mutex<BTreeSet<String>>,
}

/// The messages that were received together, by injected fault. Without faults all of them are in the batch.
#[derive(Default)]
struct Fates {
    batch: Vec<Value>,
    /// Messages of the batch that are also delivered a second time, alone.
    twice: Vec<Twice>,
    held_back: Vec<Value>,
    dropped: Vec<Value>,
    doomed: Vec<Value>,
}

struct Twice {
    message: Value,
    /// Whether the second delivery is concurrent with the first one, or follows it.
    concurrent: bool,
}

impl Consumer {
    /// Receives a batch: the first available messages, and more until the batching window closes.
    async fn gather(&self, wait: Duration) -> Result<Vec<Value>, CallError> {
        let mut messages = self.receive(self.source.batch_size, wait).await?;
        let closes = Instant::now() + self.source.batching_window;
        while !messages.is_empty() && messages.len() < self.source.batch_size {
            let open = closes.saturating_duration_since(Instant::now());
            if open.is_zero() {
                break;
            }
            // SQS waits whole seconds. Cancelling a call could lose the messages of its response, so the wait is
            // rounded up.
            match self
                .receive(self.source.batch_size - messages.len(), open + Duration::from_millis(999))
                .await
            {
                Ok(more) => messages.extend(more),
                Err(error) => {
                    tracing::warn!(queue = self.source.queue_arn, %error, "receiving more messages for the batch failed; delivering a smaller batch");
                    break;
                }
            }
        }
        Ok(messages)
    }

    async fn receive(&self, most: usize, wait: Duration) -> Result<Vec<Value>, CallError> {
        let request = json!({
            "QueueUrl": self.url,
            "MaxNumberOfMessages": most.clamp(1, MAX_MESSAGES),
            "WaitTimeSeconds": wait.as_secs().clamp(0, LONG_POLL.as_secs()),
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut answer = self.call("ReceiveMessage", &request).await?;
        let Value::Array(messages) = answer["Messages"].take() else { return Ok(Vec::new()) };
        // The permission may have been revoked during a long poll. The messages are then returned immediately.
        let (endpoint, source) = (&self.context.endpoint, self.context.source_of(&self.function.operation));
        if let Err(denied) = endpoint.may(source, Service::Sqs, "ReceiveMessage", &request) {
            self.make_visible(&messages, |_| Some(0)).await;
            return Err(denied);
        }
        Ok(messages)
    }

    async fn call(&self, action: &str, request: &Value) -> Result<Value, CallError> {
        self.context.call_for(&self.function.operation, Service::Sqs, action, request).await
    }

    fn sort(&self, messages: Vec<Value>) -> Fates {
        let mut fates = Fates::default();
        for message in messages {
            // Faults are decided at the first delivery. A redriven message counts as a new one.
            let first = received(&message) == 1;
            let queue = queue_name(&self.source.queue_arn);
            let mut doomed = self.doomed.lock().unwrap_or_else(PoisonError::into_inner);
            match first.then(|| self.context.endpoint.faults().delivery(queue)).flatten() {
                None if !first && doomed.contains(&text(&message, "MessageId")) => {
                    fates.doomed.push(message);
                }
                None => {
                    doomed.remove(&text(&message, "MessageId"));
                    fates.batch.push(message);
                }
                Some((_, DeliveryFault::DeadLettered)) => {
                    doomed.insert(text(&message, "MessageId"));
                    fates.doomed.push(message);
                }
                Some((_, DeliveryFault::HeldBack)) => fates.held_back.push(message),
                Some((_, DeliveryFault::Dropped)) => fates.dropped.push(message),
                Some((delivery, DeliveryFault::Duplicated)) => {
                    fates.twice.push(Twice { message: message.clone(), concurrent: delivery.nth % 2 == 1 });
                    fates.batch.push(message);
                }
            }
        }
        fates
    }

    /// Invokes the function with a batch, and deletes the messages that were processed.
    async fn work(&self, messages: Vec<Value>, twice: &[Twice]) {
        if messages.is_empty() {
            return;
        }
        let (concurrent, after): (Vec<&Twice>, Vec<&Twice>) =
            twice.iter().partition(|twice| twice.concurrent);
        let concurrent = join_all(concurrent.into_iter().map(|twice| self.hand_over([&twice.message])));
        let (answer, _) = tokio::join!(self.hand_over(&messages), concurrent);
        for twice in after {
            // Only the first delivery's response counts.
            let answer = self.hand_over([&twice.message]).await;
            tracing::debug!(failed = answer.is_err(), "delivered a second time");
        }
        let ids: BTreeSet<String> = messages.iter().map(|message| text(message, "MessageId")).collect();
        let failed = match outcome(&answer, self.source.partial_failures, &ids) {
            Outcome::Done => BTreeSet::new(),
            Outcome::Failed(failed) => failed,
            Outcome::AllFailed | Outcome::NotRun => ids,
        };
        let (failed, done): (Vec<Value>, Vec<Value>) =
            messages.into_iter().partition(|message| failed.contains(&text(message, "MessageId")));
        self.delete(&done).await;
        self.redeliver(&failed).await;
    }

    async fn hand_over(&self, messages: impl IntoIterator<Item = &Value>) -> Result<Answer, InvokeError> {
        let records: Vec<Value> = messages.into_iter().map(|message| self.record(message)).collect();
        self.context.invoke(&self.function.operation, &json!({ "Records": records })).await
    }

    async fn delete(&self, messages: &[Value]) {
        let entry = |(index, message): (usize, &Value)| json!({ "Id": index.to_string(), "ReceiptHandle": message["ReceiptHandle"] });
        for chunk in messages.chunks(MAX_MESSAGES) {
            let entries: Vec<Value> = chunk.iter().enumerate().map(entry).collect();
            let request = json!({ "QueueUrl": self.url, "Entries": entries });
            if let Err(error) = self.call("DeleteMessageBatch", &request).await {
                tracing::warn!(queue = self.source.queue_arn, %error, "processed messages could not be deleted and will be redelivered");
                self.redeliver(chunk).await;
            }
        }
    }

    /// Sets when failed messages are redelivered. AWS leaves them alone, and redelivers them after their visibility
    /// timeout.
    async fn redeliver(&self, messages: &[Value]) {
        self.make_visible(messages, |message| self.redelivery.timeout(message, self.most_receives)).await;
    }

    /// Sets the visibility timeout of each message to `after`, in seconds. `None` leaves it unchanged.
    async fn make_visible(&self, messages: &[Value], after: impl Fn(&Value) -> Option<u64>) {
        let entry = |(index, message): (usize, &Value)| {
            let timeout = after(message)?;
            Some(json!({
                "Id": index.to_string(),
                "ReceiptHandle": message["ReceiptHandle"],
                "VisibilityTimeout": timeout,
            }))
        };
        for chunk in messages.chunks(MAX_MESSAGES) {
            let entries: Vec<Value> = chunk.iter().enumerate().filter_map(entry).collect();
            if entries.is_empty() {
                continue;
            }
            // This call is the laptop cloud's own, so it needs no permission in the function's policy.
            let (action, request) =
                ("ChangeMessageVisibilityBatch", json!({ "QueueUrl": self.url, "Entries": entries }));
            if let Err(error) = self.context.endpoint.call(Service::Sqs, action, &request).await {
                tracing::warn!(queue = self.source.queue_arn, %error, "the visibility timeout cannot be changed; messages will be redelivered late");
            }
        }
    }

    /// Converts a message to the form that Lambda passes to functions.
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
