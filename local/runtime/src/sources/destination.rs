//! The message that an on-failure destination gets about stream records that are given up.
//!
//! It holds where the records are, not the records: that is what AWS sends.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Context;
use engines::aws::Principal;

/// Records given up, and why.
pub(super) struct GivenUp<'a> {
    pub(super) operation: &'a str,
    pub(super) function_arn: &'a str,
    pub(super) stream_arn: &'a str,
    pub(super) shard: &'a str,
    pub(super) records: &'a [Value],
    /// How often the function was invoked with them.
    pub(super) invocations: u32,
    pub(super) request_id: &'a str,
    pub(super) failed: bool,
}

impl GivenUp<'_> {
    fn message(&self) -> Value {
        let sequence =
            |record: Option<&Value>| record.map(|record| record["dynamodb"]["SequenceNumber"].clone());
        let arrival = |record: Option<&Value>| {
            let seconds = record?["dynamodb"]["ApproximateCreationDateTime"].as_f64()?;
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of this era fit")]
            Timestamp::from_millisecond((seconds * 1000.0) as i64).ok().map(|time| time.to_string())
        };
        let (first, last) = (self.records.first(), self.records.last());
        json!({
            "version": "1.0",
            "timestamp": Timestamp::now().to_string(),
            "requestContext": {
                "requestId": self.request_id,
                "functionArn": self.function_arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": self.invocations,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": self.failed.then_some("Unhandled"),
            },
            "DDBStreamBatchInfo": {
                "shardId": self.shard,
                "startSequenceNumber": sequence(first),
                "endSequenceNumber": sequence(last),
                "approximateArrivalOfFirstRecord": arrival(first),
                "approximateArrivalOfLastRecord": arrival(last),
                "batchSize": self.records.len(),
                "streamArn": self.stream_arn,
            },
        })
    }

    /// Sends the message, or says loudly that there is nowhere to send it.
    pub(super) async fn send(&self, context: &Context, queue_arn: Option<&str>) {
        let message = self.message();
        let Some(queue) = queue_arn else {
            tracing::error!(%message, "stream records are given up, and the template names no destination for them");
            return;
        };
        let source = Principal::EventSource(self.operation.to_owned());
        match context.endpoint.send_message_as(source, queue, &message.to_string()).await {
            Ok(()) => tracing::warn!(queue, records = self.records.len(), "stream records are given up"),
            Err(error) => {
                tracing::error!(%error, %message, "stream records are given up, and their destination refuses")
            }
        }
    }
}
