//! Queues: how many messages they hold, what dead letters say, and redrives.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Console, Refused};
use crate::redrive::{self, RedriveError, Redriven};
use engines::aws::{CallError, Service, queue_name, redrive_policy};
use model::deployment::{Deployment, Source};

/// SQS returns at most this many messages at a time.
const MESSAGES: u32 = 10;

/// How long messages stay away, in seconds, if they cannot be given back.
const AWAY: u32 = 5;

#[derive(Debug, Serialize)]
pub(super) struct Queue {
    name: String,
    /// Waiting to be received.
    visible: u64,
    /// Received and not deleted yet.
    in_flight: u64,
    /// Not due yet.
    delayed: u64,
    /// Whether it is another queue's dead-letter queue.
    dead_letters: bool,
    /// Its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_queue: Option<String>,
    /// The operations that consume it.
    consumers: Vec<String>,
}

/// A message that waits for a person.
#[derive(Debug, Serialize)]
pub(super) struct Message {
    message_id: String,
    /// When it was first sent.
    sent_at: Option<Timestamp>,
    /// How often it has been received, by its consumer and by people.
    receives: Option<u64>,
    body: String,
}

pub(super) async fn list(State(console): State<Console>) -> Result<Json<Vec<Queue>>, Refused> {
    let depths = console.endpoint.queue_depths().await.map_err(not_answered)?;
    let deployment = &console.deployment;
    let queues = depths.into_iter().map(|depth| {
        let queue = deployment.queues.iter().find(|queue| queue.name == depth.name);
        let dead_letter_queue = queue.and_then(redrive_policy).map(|(arn, _)| queue_name(&arn).to_owned());
        let consumers = consumers(deployment, &depth.name);
        Queue {
            name: depth.name,
            visible: depth.visible,
            in_flight: depth.in_flight,
            delayed: depth.delayed,
            dead_letters: depth.dead_letters,
            dead_letter_queue,
            consumers,
        }
    });
    Ok(Json(queues.collect()))
}

fn consumers(deployment: &Deployment, queue: &str) -> Vec<String> {
    let consumes =
        |source: &Source| matches!(source, Source::Queue(source) if queue_name(&source.queue_arn) == queue);
    let functions = deployment.functions.iter().filter(|function| function.sources.iter().any(consumes));
    functions.map(|function| function.operation.clone()).collect()
}

/// Shows the first messages of a queue that nothing consumes, and leaves them there. A consumer would miss a message while
/// it is looked at.
pub(super) async fn messages(
    State(console): State<Console>,
    Path(queue): Path<String>,
) -> Result<Json<Vec<Message>>, Refused> {
    let deployment = &console.deployment;
    if !deployment.queues.iter().any(|known| known.name == queue) {
        return Err((StatusCode::NOT_FOUND, format!("no queue is called {queue:?}")));
    }
    if let Some(consumer) = consumers(deployment, &queue).first() {
        return Err((StatusCode::CONFLICT, format!("{consumer} consumes its messages")));
    }
    let queue_url = console.endpoint.queue_url(&queue);
    let request = json!({
        "QueueUrl": queue_url,
        "MaxNumberOfMessages": MESSAGES,
        "VisibilityTimeout": AWAY,
        "WaitTimeSeconds": 0,
        "AttributeNames": ["All"],
    });
    let mut answer =
        console.endpoint.call(Service::Sqs, "ReceiveMessage", &request).await.map_err(not_answered)?;
    let Value::Array(received) = answer["Messages"].take() else { return Ok(Json(Vec::new())) };
    let entries = received.iter().enumerate().map(|(index, message)| {
        json!({ "Id": index.to_string(), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0 })
    });
    let back = json!({ "QueueUrl": queue_url, "Entries": entries.collect::<Vec<_>>() });
    console.endpoint.call(Service::Sqs, "ChangeMessageVisibilityBatch", &back).await.map_err(not_answered)?;
    Ok(Json(received.iter().map(message).collect()))
}

fn message(message: &Value) -> Message {
    let attribute = |name: &str| message["Attributes"][name].as_str();
    let sent_at = attribute("SentTimestamp").and_then(|text| text.parse().ok());
    let text = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    Message {
        message_id: text("MessageId"),
        sent_at: sent_at.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()),
        receives: attribute("ApproximateReceiveCount").and_then(|text| text.parse().ok()),
        body: text("Body"),
    }
}

/// Moves a queue's dead letters back to it.
pub(super) async fn redrive(
    State(console): State<Console>,
    Path(queue): Path<String>,
) -> Result<Json<Redriven>, Refused> {
    redrive::redrive(console.endpoint.url(), &queue).await.map(Json).map_err(|error| {
        let status = match error {
            RedriveError::NoQueue { .. } | RedriveError::Ambiguous { .. } => StatusCode::NOT_FOUND,
            RedriveError::NotRunning { .. } | RedriveError::Refused { .. } => StatusCode::BAD_GATEWAY,
        };
        (status, error.to_string())
    })
}

fn not_answered(error: CallError) -> Refused {
    (StatusCode::BAD_GATEWAY, error.to_string())
}
