//! When a failed message is redelivered: after seconds at first, later after minutes, and only what still fails then is a
//! dead letter.
//!
//! Most failures pass within seconds: a conflict, a throttled call, a gateway that did not answer. The queue's visibility
//! timeout must outlast the function, so without this a message would wait for a minute each time.
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>)

use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use aws_types::SdkConfig;
use jiff::Timestamp;
use telemetry::chain;

use crate::environment::{Connect, Environment, InitError};
use crate::queue::Failure;

/// The longest wait after each delivery, in seconds. The last also applies to all that follow. Ten deliveries
/// (`maxReceiveCount`) then take five minutes on average: longer than a deployment, an outage of seconds, or a storm of
/// conflicts, and shorter than an order's hold.
const WAITS: [i32; 5] = [2, 5, 20, 60, 120];

/// What remains of the function's time for its reply.
const REPLY_WITHIN: Duration = Duration::from_millis(100);

/// The queue of the function, to which failed messages return.
#[derive(Debug, Clone)]
pub(super) struct Redelivery {
    aws: SdkConfig,
    url: String,
}

impl Connect for Redelivery {
    async fn connect(environment: &Environment) -> Result<Self, InitError> {
        Ok(Self { aws: environment.aws().clone(), url: environment.variable("QUEUE_URL")?.to_owned() })
    }
}

/// A message that failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) message_id: String,
    receipt: Option<String>,
    deliveries: usize,
}

impl Failed {
    pub(super) fn of(message: &SqsMessage) -> Self {
        let count = message.attributes.get("ApproximateReceiveCount");
        Self {
            message_id: message.message_id.clone().unwrap_or_default(),
            receipt: message.receipt_handle.clone(),
            deliveries: count.and_then(|count| count.parse().ok()).unwrap_or(1),
        }
    }

    pub(super) fn log(self, failure: &Failure) -> Self {
        tracing::error!(error = %chain(failure.as_ref()), "the message failed");
        self
    }

    /// Random (“full jitter”), so that messages that failed together do not return together. At least a second: the
    /// function must have reported the failure before the message is delivered again.
    fn wait(&self) -> i32 {
        let longest = WAITS.get(self.deliveries.saturating_sub(1)).or(WAITS.last()).copied().unwrap_or(1);
        rand::random_range(1..=longest)
    }
}

impl Redelivery {
    /// Lets failed messages return soon. If that fails, they return after their visibility timeout.
    pub(super) async fn return_soon(&self, failed: &[Failed], deadline: Timestamp) {
        let entry = |(index, failed): (usize, &Failed)| {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(index.to_string());
            let entry = entry.receipt_handle(failed.receipt.as_ref()?).visibility_timeout(failed.wait());
            entry.build().ok()
        };
        let entries: Vec<_> = failed.iter().enumerate().filter_map(entry).collect();
        if entries.is_empty() {
            return;
        }
        // Created for this request, since few batches have a failed message.
        let client = Client::new(&self.aws);
        let request =
            client.change_message_visibility_batch().queue_url(&self.url).set_entries(Some(entries));
        let left = Duration::try_from(Timestamp::now().duration_until(deadline)).unwrap_or_default();
        match tokio::time::timeout(left.saturating_sub(REPLY_WITHIN), request.send()).await {
            Ok(Ok(answer)) if answer.failed().is_empty() => {}
            Ok(Ok(answer)) => {
                tracing::warn!(failed = answer.failed().len(), "some failed messages return late");
            }
            Ok(Err(error)) => tracing::warn!(error = %chain(&error), "the failed messages return late"),
            Err(_) => tracing::warn!("the failed messages return late: SQS did not answer in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn failed(deliveries: usize) -> Failed {
        let attributes = json!({ "ApproximateReceiveCount": deliveries.to_string() });
        Failed::of(&serde_json::from_value(json!({ "messageId": "m", "attributes": attributes })).unwrap())
    }

    #[test]
    fn a_message_waits_for_a_random_time_that_grows_with_its_deliveries() {
        for (deliveries, longest) in [(1, 2), (2, 5), (3, 20), (4, 60), (5, 120), (6, 120), (99, 120)] {
            let waits: BTreeSet<i32> = (0..500).map(|_| failed(deliveries).wait()).collect();
            assert!(waits.iter().all(|wait| (1..=longest).contains(wait)), "{deliveries}: {waits:?}");
            assert!(waits.len() > 1, "{deliveries}: {waits:?}");
        }
    }
}
