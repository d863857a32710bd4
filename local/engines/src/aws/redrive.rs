//! Moves dead letters back to their source queues.

use std::time::Duration;

use serde_json::{Value, json};

use super::call::Service;
use super::endpoint::Endpoint;
use super::own_calls::CallError;
use super::sqs::{in_process, queue_name};

/// How often a separate engine is polled for progress while it moves messages.
const ASK_AGAIN: Duration = Duration::from_millis(200);

impl Endpoint {
    /// Moves the messages of a dead-letter queue, by its ARN or name, back to their source queues. Returns how many.
    ///
    /// # Errors
    /// The queue is not a dead-letter queue, or a message cannot be moved.
    pub async fn redrive(&self, arn_or_name: &str) -> Result<u64, CallError> {
        let name = queue_name(arn_or_name);
        let source = json!({
            "SourceArn": format!("arn:aws:sqs:{}:{}:{name}", self.region(), self.account()),
        });
        let mut changes = self.activity().subscribe();
        self.call(Service::Sqs, "StartMessageMoveTask", &source).await?;
        loop {
            changes.mark_unchanged();
            // Not through `handle`: looking is not activity.
            let list = in_process(Service::Sqs, "ListMessageMoveTasks", &source, self.region());
            let tasks: Value =
                serde_json::from_slice(self.sqs.handle(&list).await.body()).unwrap_or_default();
            let task = &tasks["Results"][0];
            match task["Status"].as_str() {
                Some("RUNNING" | "CANCELLING") => {}
                Some("COMPLETED") => return Ok(moved(task)),
                _ => {
                    return Err(CallError {
                        action: "StartMessageMoveTask".to_owned(),
                        code: task["Status"].as_str().unwrap_or("unknown").to_owned(),
                        message: task["FailureReason"].as_str().unwrap_or_default().to_owned(),
                    });
                }
            }
            if tokio::time::timeout(ASK_AGAIN, changes.changed()).await.is_err() {
                tracing::trace!(name, "dead letters are still being moved");
            }
        }
    }

    /// Moves the messages of all dead-letter queues back. Returns how many.
    ///
    /// # Errors
    /// A message cannot be moved.
    pub async fn redrive_all(&self) -> Result<u64, CallError> {
        let mut moved = 0;
        for queue in self.queue_depths().await?.iter().filter(|queue| queue.dead_letters && queue.visible > 0)
        {
            moved += self.redrive(&queue.name).await?;
        }
        Ok(moved)
    }
}

fn moved(task: &Value) -> u64 {
    task["ApproximateNumberOfMessagesMoved"].as_u64().unwrap_or_default()
}
