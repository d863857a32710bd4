//! The message to an on-failure destination about discarded stream records.
//!
//! As on AWS, it contains the records' position in the stream and not the records.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Context;
use engines::aws::Principal;

/// Discarded records, and why.
pub(super) struct GivenUp<'a> {
    pub(super) operation: &'a str,
    pub(super) function_arn: &'a str,
    pub(super) stream_arn: &'a str,
    pub(super) shard: &'a str,
    pub(super) records: &'a [Value],
    /// How often the function was invoked with these records.
    pub(super) invocations: u32,
    /// AWS's name of the reason.
    pub(super) condition: &'static str,
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
                "condition": self.condition,
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

    /// Sends the message. Logs an error if there is no destination, or if it refuses.
    pub(super) async fn send(&self, context: &Context, queue_arn: Option<&str>) {
        let message = self.message();
        let Some(queue) = queue_arn else {
            tracing::error!(%message, "stream records were discarded, and the template sets no on-failure destination");
            return;
        };
        let source = Principal::EventSource(self.operation.to_owned());
        match context.endpoint.send_message_as(source, queue, &message.to_string()).await {
            Ok(()) => tracing::warn!(queue, records = self.records.len(), "stream records were discarded"),
            Err(error) => {
                tracing::error!(%error, %message, "stream records were discarded, and the on-failure destination refused the message")
            }
        }
    }
}
