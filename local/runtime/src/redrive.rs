//! `cargo dev redrive`: moves a queue's dead letters back to it, by SQS's own redrive at a running cloud's AWS endpoint.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use reqwest::Client;
use serde::Serialize;
use serde_json::{Value, json};

use engines::aws::{install_crypto, queue_name};

/// A task that is not done is looked at again this often.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// What was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redriven {
    /// How many messages.
    pub moved: u64,
    /// The dead-letter queue that they were in.
    pub dead_letter_queue: String,
}

impl fmt::Display for Redriven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = if self.moved == 1 { "message" } else { "messages" };
        write!(f, "{} {messages} moved back from {}.", self.moved, self.dead_letter_queue)
    }
}

/// Why nothing was moved, or not everything.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// Nobody answers there.
    #[error("no shop runs at {url}: start one with `cargo dev`, or say where with --aws-port")]
    NotRunning {
        /// Where was asked.
        url: String,
        /// What came instead.
        #[source]
        source: reqwest::Error,
    },
    /// No queue with dead letters of its own is called so.
    #[error("no queue called {asked:?} has a dead-letter queue; there are:\n{}", known.join("\n"))]
    NoQueue {
        /// The name.
        asked: String,
        /// The dead-letter queues, and how full they are.
        known: Vec<String>,
    },
    /// Several are.
    #[error("{asked:?} may be any of these:\n{}", known.join("\n"))]
    Ambiguous {
        /// The name.
        asked: String,
        /// The dead-letter queues that it may mean, and how full they are.
        known: Vec<String>,
    },
    /// SQS refused.
    #[error("{action}: {reason}")]
    Refused {
        /// The action, or what stopped half way.
        action: &'static str,
        /// What SQS said.
        reason: String,
    },
}

/// Moves back the dead letters of the queue that people call so.
///
/// # Errors
/// Nobody answers at the URL, there is no such queue, or a message cannot be moved.
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
            Some("RUNNING" | "CANCELLING") => tokio::time::sleep(ASK_AGAIN).await,
            Some("COMPLETED") => return Ok(Redriven { moved, dead_letter_queue: queue.name }),
            status => {
                let reason = task["FailureReason"].as_str().or(status).unwrap_or_default();
                let reason = format!("{moved} messages were moved, then: {reason}");
                return Err(RedriveError::Refused { action: "the redrive", reason });
            }
        }
    }
}

/// A queue, as far as it matters here.
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
        let said = body["message"].as_str().map(str::to_owned);
        Err(RedriveError::Refused {
            action,
            reason: said.unwrap_or_else(|| String::from_utf8_lossy(&answer).into_owned()),
        })
    }
}

/// The dead-letter queue that is meant: a queue's whole name or ARN, or what people call it, which leaves out the stack's
/// name and how the rest is spelt. A queue stands for its dead-letter queue.
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

/// `bodega-PaymentCommandsQueue` and `payment-commands` are spelt alike: the second is part of the first.
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
    fn a_queue_is_found_by_what_people_call_it() {
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
    fn what_is_not_found_is_told_with_what_there_is() {
        let error = |asked| find(&queues(), asked).unwrap_err().to_string();
        for asked in ["refunds", "", "orders-stream-failures"] {
            let said = error(asked);
            assert!(said.contains("OrderEventsDeadLetterQueue (2 messages)"), "{said}");
            assert!(!said.contains("StreamFailures ("), "{said}");
        }
        let said = error("queue");
        assert!(said.contains("may be any of these"), "{said}");
        assert!(said.contains("OrderEventsDead") && said.contains("PaymentCommandsDead"), "{said}");
    }
}
