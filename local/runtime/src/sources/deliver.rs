//! Delivers a stream's records to their function: in order, in batches, with retries, and to the on-failure destination
//! in the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Context;
use super::batch::{Outcome, outcome};
use super::destination::GivenUp;
use super::stream::Progress;
use model::deployment::{Function, StreamSource};

/// The wait after the first failure. It doubles with each retry, up to the longest. Waits are short, because on a
/// laptop a failure is either brief or permanent, and a developer waits for the outcome.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Delivers one stream's records to one function.
pub(super) struct Delivery {
    pub(super) context: Context,
    pub(super) function: Function,
    pub(super) source: StreamSource,
    pub(super) stream_arn: String,
    pub(super) progress: Arc<Progress>,
}

/// Records that are still to be processed.
struct Batch {
    records: Vec<Value>,
    /// How often the function was invoked with exactly these records.
    invocations: u32,
}

impl Delivery {
    /// Delivers the records, and returns when each of them has been processed or discarded.
    pub(super) async fn deliver(&self, shard: &str, records: &[Value]) {
        for batch in records.chunks(self.source.batch_size.max(1)) {
            self.batch(shard, batch.to_vec()).await;
        }
    }

    async fn batch(&self, shard: &str, records: Vec<Value>) {
        // A stack with the first records on top, which keeps the order.
        let mut left = vec![Batch { records, invocations: 0 }];
        let mut unreached = 0;
        while let Some(mut batch) = left.pop() {
            let ids: BTreeSet<String> = batch.records.iter().map(sequence_number).collect();
            let event = json!({ "Records": batch.records });
            let answer = self.context.invoke(&self.function.operation, &event).await;
            match outcome(&answer, self.source.partial_failures, &ids) {
                Outcome::Done => {
                    self.progress.trouble(None);
                    unreached = 0;
                    continue;
                }
                // This does not count as an attempt, because the function has not received the records.
                Outcome::NotRun => {
                    unreached += 1;
                    self.wait(&batch, unreached).await;
                    left.push(batch);
                    continue;
                }
                Outcome::Failed(failed) => {
                    // Records before the first failure are done. That one and all after it are retried.
                    let first =
                        batch.records.iter().position(|record| failed.contains(&sequence_number(record)));
                    if let Some(first @ 1..) = first {
                        batch = Batch { records: batch.records.split_off(first), invocations: 0 };
                        left.push(batch);
                        continue;
                    }
                }
                Outcome::AllFailed => {}
            }
            let (request_id, failed) = match &answer {
                Ok(answer) => (answer.request_id.as_str(), answer.function_error.is_some()),
                Err(_) => ("", true),
            };
            self.retry_or_discard(shard, batch, &mut left, request_id, failed).await;
        }
    }

    /// Bisects, retries or discards a batch that failed as a whole.
    async fn retry_or_discard(
        &self,
        shard: &str,
        mut batch: Batch,
        left: &mut Vec<Batch>,
        request_id: &str,
        failed: bool,
    ) {
        if self.source.bisect && batch.records.len() > 1 {
            // Bisecting does not count as a retry.
            let rest = batch.records.split_off(batch.records.len() / 2);
            left.push(Batch { records: rest, invocations: batch.invocations });
            left.push(batch);
            return;
        }
        batch.invocations += 1;
        let may_retry = self.source.retries.is_none_or(|retries| batch.invocations <= retries);
        let is_too_old = self.source.max_age.is_some_and(|most| age(&batch.records) > most);
        if may_retry && !is_too_old {
            self.wait(&batch, batch.invocations).await;
            left.push(batch);
            return;
        }
        let given_up = GivenUp {
            operation: &self.function.operation,
            function_arn: &self.function.arn,
            stream_arn: &self.stream_arn,
            shard,
            records: &batch.records,
            invocations: batch.invocations,
            condition: if is_too_old { "RecordAgeExceeded" } else { "RetryAttemptsExhausted" },
            request_id,
            failed,
        };
        given_up.send(&self.context, self.source.on_failure.as_deref()).await;
        self.progress.trouble(None);
    }

    async fn wait(&self, batch: &Batch, attempts: u32) {
        let wait =
            FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_WAIT);
        let records = batch.records.len();
        self.progress.trouble(Some(format!("{records} records failed {attempts} times and will be retried")));
        self.context.pause(wait).await;
    }
}

/// Returns the age of the oldest record.
fn age(records: &[Value]) -> Duration {
    let created =
        records.first().and_then(|record| record["dynamodb"]["ApproximateCreationDateTime"].as_f64());
    let now = Timestamp::now().as_duration().as_secs_f64();
    Duration::try_from_secs_f64(now - created.unwrap_or(now)).unwrap_or_default()
}

fn sequence_number(record: &Value) -> String {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned()
}
