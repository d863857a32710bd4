//! What the shops run over: the embedded engines, or others that the environment names, as `cargo dev`'s options of these names
//! do: `BODEGA_DYNAMODB_ENDPOINT`, `BODEGA_SQS_ENDPOINT`. `tests/cloud/engines` runs the flows so.

use engines::aws::Service;
use reqwest::Url;
use runtime::cloud::{Cloud, STACK};
use serde_json::json;

/// The engines of a test run.
#[derive(Debug)]
pub struct Engines {
    /// Another DynamoDB in place of the embedded one.
    pub dynamodb: Option<Url>,
    /// Another SQS in place of the embedded one.
    pub sqs: Option<Url>,
}

impl Engines {
    /// Those that the environment names.
    ///
    /// # Panics
    /// When it names what is no URL.
    #[must_use]
    pub fn named() -> Self {
        let url = |name| std::env::var(name).ok().map(|url: String| url.parse().expect("a URL"));
        Self { dynamodb: url("BODEGA_DYNAMODB_ENDPOINT"), sqs: url("BODEGA_SQS_ENDPOINT") }
    }

    /// Whether shops meet on them.
    #[must_use]
    pub fn are_shared(&self) -> bool {
        self.dynamodb.is_some() || self.sqs.is_some()
    }

    /// Deletes a cloud's tables and queues, where they would stay behind on engines that outlive it.
    ///
    /// # Panics
    /// When an engine refuses it.
    pub async fn leave(&self, cloud: &Cloud) {
        if !self.are_shared() {
            return;
        }
        cloud.sources().shutdown().await;
        let endpoint = cloud.endpoint();
        for table in &cloud.deployment().tables {
            let request = json!({ "TableName": table.name });
            endpoint.call(Service::DynamoDb, "DeleteTable", &request).await.expect("the table is deleted");
        }
        for queue in &cloud.deployment().queues {
            let request = json!({ "QueueUrl": endpoint.queue_url(&queue.name) });
            endpoint.call(Service::Sqs, "DeleteQueue", &request).await.expect("the queue is deleted");
        }
    }

    /// The name for a stack: one of its own where it shares its engines with others.
    #[must_use]
    pub fn stack_name(&self) -> String {
        if self.are_shared() { format!("{STACK}-{:08x}", rand::random::<u32>()) } else { STACK.to_owned() }
    }
}
