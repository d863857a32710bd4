//! A record of recent invocations, from any caller.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use model::invoke::{Answer, Invocation, Invoke, InvokeError};

/// The number of invocations to keep.
const KEPT: usize = 2_000;

/// A completed invocation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoked {
    pub operation: String,
    /// When it was requested.
    pub started_at: Timestamp,
    /// How long the caller waited, in milliseconds, including a cold start.
    pub milliseconds: f64,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A Lambda host that records its invocations.
#[derive(Clone)]
pub struct Recorder {
    host: Arc<dyn Invoke>,
    ended: Arc<Mutex<VecDeque<Invoked>>>,
}

impl Recorder {
    /// Wraps `host`, and records its invocations.
    #[must_use]
    pub fn new(host: Arc<dyn Invoke>) -> Self {
        Self { host, ended: Arc::default() }
    }

    /// Returns the invocations that began at `since` or later, oldest first.
    #[must_use]
    pub fn since(&self, since: Timestamp) -> Vec<Invoked> {
        let mut found: Vec<Invoked> = self
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .filter(|invoked| invoked.started_at >= since)
            .cloned()
            .collect();
        found.sort_by_key(|invoked| invoked.started_at);
        found
    }

    fn record(&self, invoked: Invoked) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.len() == KEPT {
            ended.pop_front();
        }
        ended.push_back(invoked);
    }
}

/// Returns an error if a batch response reports failed records. A partly failed batch counts as a failure.
fn failed_records(payload: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(payload).ok()?;
    let failed = answer.get("batchItemFailures")?.as_array().filter(|failed| !failed.is_empty())?;
    Some(format!("{} records failed", failed.len()))
}

impl Invoke for Recorder {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
        async move {
            let (operation, started_at, start) =
                (invocation.operation.clone(), Timestamp::now(), Instant::now());
            let answer = self.host.invoke(invocation).await;
            let error = match &answer {
                Ok(answer) => answer.function_error.clone().or_else(|| failed_records(&answer.payload)),
                Err(error) => Some(error.to_string()),
            };
            let milliseconds = start.elapsed().as_secs_f64() * 1_000.0;
            self.record(Invoked { operation, started_at, milliseconds, error });
            answer
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Idle;

    impl Invoke for Idle {
        fn invoke(&self, _: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
            async { Err(InvokeError::Throttled("idle".to_owned())) }.boxed()
        }
    }

    #[test]
    fn a_full_recorder_drops_the_oldest_invocation() {
        let recorder = Recorder::new(Arc::new(Idle));
        for number in 0..KEPT + 2 {
            let operation = format!("operation-{number}");
            let started_at = Timestamp::now();
            recorder.record(Invoked { operation, started_at, milliseconds: 1.0, error: None });
        }
        let kept = recorder.since(Timestamp::MIN);
        assert_eq!((kept.len(), kept[0].operation.as_str()), (KEPT, "operation-2"));
    }
}
