//! `cargo dev redrive`: moves a queue's dead letters back to it, with SQS's own redrive at a running cloud's AWS
//! endpoint.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use reqwest::Client;
use serde::Serialize;
use serde_json::{Value, json};

use engines::aws::{install_crypto, queue_name};

/// Interval between two looks at a running task.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The result of a redrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redriven {
    /// The number of messages.
    pub moved: u64,
    /// The queue that they came from.
    pub dead_letter_queue: String,
}

impl fmt::Display for Redriven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = if self.moved == 1 { "message" } else { "messages" };
        write!(f, "{} {messages} moved back from {}.", self.moved, self.dead_letter_queue)
    }
}

/// Why a redrive failed, or stopped before every message was moved.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// No cloud answers at the URL.
    #[error("no shop is running at {url}: start one with `cargo dev`, or specify the port with --aws-port")]
    NotRunning {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// No queue that has a dead-letter queue matches the name.
    #[error("no queue called {asked:?} has a dead-letter queue; the dead-letter queues are:\n{}", known.join("\n"))]
    NoQueue {
        /// The name that was requested.
        asked: String,
        /// All dead-letter queues, with their numbers of messages.
        known: Vec<String>,
    },
    /// Several queues match the name.
    #[error("{asked:?} matches several queues:\n{}", known.join("\n"))]
    Ambiguous {
        /// The name that was requested.
        asked: String,
        /// The dead-letter queues that match, with their numbers of messages.
        known: Vec<String>,
    },
    /// SQS rejected a call, or the task failed.
    #[error("{action}: {reason}")]
    Refused {
        /// The SQS action, or "the redrive".
        action: &'static str,
        reason: String,
    },
}

/// Moves the dead letters of a queue back to it. `asked` is a name, a part of one, or an ARN.
///
/// # Errors
/// No cloud answers at the URL, no queue matches, or a message cannot be moved.
pub async fn redrive(url: &str, asked: &str) -> Result<Redriven, RedriveError> {
    install_crypto();
    let not_running = |source| RedriveError::NotRunning { url: url.to_owned(), source };
    let client = Client::builder().no_proxy().tls_certs_only([]).build().map_err(not_running)?;
    let sqs = Sqs { client, url };
    let queue = sqs.dead_letter_queue(asked).await?;
    let source = json!({ "SourceArn": queue.arn });
    sqs.call("StartMessageMoveTask", &source).await?;
    loop {
        let task = sqs.call("ListMessageMoveTasks", &source).await?["Results"][0].take();
        let moved = task["ApproximateNumberOfMessagesMoved"].as_u64().unwrap_or_default();
        match task["Status"].as_str() {
            Some("RUNNING" | "CANCELLING") => tokio::time::sleep(POLL_INTERVAL).await,
            Some("COMPLETED") => return Ok(Redriven { moved, dead_letter_queue: queue.name }),
            status => {
                let reason = task["FailureReason"].as_str().or(status).unwrap_or_default();
                let reason = format!("{moved} messages were moved, then: {reason}");
                return Err(RedriveError::Refused { action: "the redrive", reason });
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Queue {
    name: String,
    arn: String,
    waiting: String,
    /// The ARN of its dead-letter queue.
    dead_letters: Option<String>,
}

struct Sqs<'a> {
    client: Client,
    url: &'a str,
}

impl Sqs<'_> {
    async fn dead_letter_queue(&self, asked: &str) -> Result<Queue, RedriveError> {
        let listed = self.call("ListQueues", &json!({ "MaxResults": 1000 })).await?;
        let mut queues = Vec::new();
        for url in listed["QueueUrls"].as_array().into_iter().flatten() {
            let request = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
            let attributes = self.call("GetQueueAttributes", &request).await?["Attributes"].take();
            let text = |name: &str| attributes[name].as_str().unwrap_or_default().to_owned();
            let policy: Value = serde_json::from_str(&text("RedrivePolicy")).unwrap_or_default();
            queues.push(Queue {
                name: queue_name(&text("QueueArn")).to_owned(),
                arn: text("QueueArn"),
                waiting: text("ApproximateNumberOfMessages"),
                dead_letters: policy["deadLetterTargetArn"].as_str().map(str::to_owned),
            });
        }
        find(&queues, asked).cloned()
    }

    async fn call(&self, action: &'static str, request: &Value) -> Result<Value, RedriveError> {
        let not_running = |source| RedriveError::NotRunning { url: self.url.to_owned(), source };
        let post = self
            .client
            .post(self.url)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .body(request.to_string());
        let response = post.send().await.map_err(not_running)?;
        let ok = response.status().is_success();
        let answer = response.bytes().await.map_err(not_running)?;
        let body: Value = serde_json::from_slice(&answer).unwrap_or_default();
        if ok {
            return Ok(body);
        }
        let message = body["message"].as_str().map(str::to_owned);
        Err(RedriveError::Refused {
            action,
            reason: message.unwrap_or_else(|| String::from_utf8_lossy(&answer).into_owned()),
        })
    }
}

/// Finds a dead-letter queue by its own name or by that of the queue that it belongs to. An exact name or ARN takes
/// precedence over a part of a name, which is compared without case and punctuation.
fn find<'q>(queues: &'q [Queue], asked: &str) -> Result<&'q Queue, RedriveError> {
    let by_arn: BTreeMap<&str, &Queue> = queues.iter().map(|queue| (queue.arn.as_str(), queue)).collect();
    let dead_letters = |queue: &Queue| queue.dead_letters.as_deref().and_then(|arn| by_arn.get(arn).copied());
    let all: BTreeMap<&str, &Queue> =
        queues.iter().filter_map(dead_letters).map(|queue| (queue.arn.as_str(), queue)).collect();
    let meant_by = |fits: &dyn Fn(&Queue) -> bool| -> BTreeMap<&str, &Queue> {
        let fitting = queues.iter().filter(|queue| fits(queue));
        let meant =
            fitting.filter_map(|queue| dead_letters(queue).or_else(|| all.get(queue.arn.as_str()).copied()));
        meant.map(|queue| (queue.arn.as_str(), queue)).collect()
    };
    let mut meant = meant_by(&|queue| queue.name == asked || queue.arn == asked);
    if meant.is_empty() && !plain(asked).is_empty() {
        meant = meant_by(&|queue| plain(&queue.name).contains(&plain(asked)));
    }
    let describe = |queues: BTreeMap<&str, &Queue>| {
        queues.values().map(|queue| format!("  {} ({} messages)", queue.name, queue.waiting)).collect()
    };
    match (meant.pop_first(), meant.is_empty()) {
        (Some((_, queue)), true) => Ok(queue),
        (Some((arn, queue)), false) => {
            meant.insert(arn, queue);
            Err(RedriveError::Ambiguous { asked: asked.to_owned(), known: describe(meant) })
        }
        (None, _) => Err(RedriveError::NoQueue { asked: asked.to_owned(), known: describe(all) }),
    }
}

/// Removes case and punctuation, so that `payment-commands` is a part of `bodega-PaymentCommandsQueue`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(name: &str, dead_letters: Option<&str>) -> Queue {
        let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
        let dead_letters = dead_letters.map(arn);
        Queue { name: name.to_owned(), arn: arn(name), waiting: "2".to_owned(), dead_letters }
    }

    fn queues() -> Vec<Queue> {
        vec![
            queue("bodega-OrderEventsQueue", Some("bodega-OrderEventsDeadLetterQueue")),
            queue("bodega-OrderEventsDeadLetterQueue", None),
            queue("bodega-PaymentCommandsQueue", Some("bodega-PaymentCommandsDeadLetterQueue")),
            queue("bodega-PaymentCommandsDeadLetterQueue", None),
            queue("bodega-OrdersStreamFailures", None),
        ]
    }

    #[test]
    fn a_name_a_part_of_it_or_an_arn_finds_the_dead_letter_queue() {
        let payments = "bodega-PaymentCommandsDeadLetterQueue";
        for asked in [
            "payment-commands",
            "PaymentCommands",
            "payment-commands-dead-letter",
            "bodega-PaymentCommandsQueue",
            payments,
            "arn:aws:sqs:eu-west-1:123456789012:bodega-PaymentCommandsQueue",
        ] {
            assert_eq!(find(&queues(), asked).unwrap().name, payments, "{asked}");
        }
    }

    #[test]
    fn an_unknown_or_ambiguous_name_lists_the_dead_letter_queues() {
        let error = |asked| find(&queues(), asked).unwrap_err().to_string();
        for asked in ["refunds", "", "orders-stream-failures"] {
            let text = error(asked);
            assert!(text.contains("OrderEventsDeadLetterQueue (2 messages)"), "{text}");
            assert!(!text.contains("StreamFailures ("), "{text}");
        }
        let text = error("queue");
        assert!(text.contains("matches several queues"), "{text}");
        assert!(text.contains("OrderEventsDead") && text.contains("PaymentCommandsDead"), "{text}");
    }
}
