//! The engines that shops run over: the embedded ones, or those at `BODEGA_DYNAMODB_ENDPOINT` and
//! `BODEGA_SQS_ENDPOINT`. `tests/cloud/engines` runs the flows over independent engines this way.

use engines::aws::Service;
use reqwest::Url;
use runtime::cloud::{Cloud, STACK};
use serde_json::json;

/// The engines of a test run.
#[derive(Debug)]
pub struct Engines {
    /// The DynamoDB to use instead of the embedded one.
    pub dynamodb: Option<Url>,
    /// The SQS to use instead of the embedded one.
    pub sqs: Option<Url>,
}

impl Engines {
    /// Returns the engines that the environment names.
    ///
    /// # Panics
    /// Panics if a value is not a URL.
    #[must_use]
    pub fn named() -> Self {
        let url = |name| std::env::var(name).ok().map(|url: String| url.parse().expect("a URL"));
        Self { dynamodb: url("BODEGA_DYNAMODB_ENDPOINT"), sqs: url("BODEGA_SQS_ENDPOINT") }
    }

    /// Returns whether several shops share an engine.
    #[must_use]
    pub fn are_shared(&self) -> bool {
        self.dynamodb.is_some() || self.sqs.is_some()
    }

    /// Deletes a cloud's tables and queues from engines that outlive it.
    ///
    /// # Panics
    /// Panics if an engine refuses to delete one.
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

    /// Returns a name for a stack, which is unique if stacks share an engine.
    #[must_use]
    pub fn stack_name(&self) -> String {
        if self.are_shared() { format!("{STACK}-{:08x}", rand::random::<u32>()) } else { STACK.to_owned() }
    }
}
