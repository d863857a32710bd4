//! A record of recent invocations, from any caller.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::exchange::{Event, Reply};
use model::invoke::{Answer, Invocation, Invoke, InvokeError};

/// The number of invocations to keep.
pub(crate) const KEPT: usize = 2_000;

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
    /// What it was invoked with, in a few words: `POST /orders`, `3 messages of bodega-OrderEventsQueue`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The status of its HTTP reply, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its id in the log, unless no process ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Invoked {
    /// Whether it failed, or answered that the server did.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.error.is_some() || self.status.is_some_and(|status| status >= 500)
    }
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

impl Invoke for Recorder {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>> {
        async move {
            let cause = Event::read(&invocation.payload).cause();
            let (operation, started_at, start) =
                (invocation.operation.clone(), Timestamp::now(), Instant::now());
            let answer = self.host.invoke(invocation).await;
            let milliseconds = start.elapsed().as_secs_f64() * 1_000.0;
            let (error, status) = match &answer {
                Ok(Answer { function_error: Some(error), .. }) => (Some(error.clone()), None),
                Ok(answer) => Reply::read(&answer.payload).outcome(),
                Err(error) => (Some(error.to_string()), None),
            };
            let request_id = answer.as_ref().ok().map(|answer| answer.request_id.clone());
            self.record(Invoked { operation, started_at, milliseconds, error, cause, status, request_id });
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
            recorder.record(Invoked {
                operation: format!("operation-{number}"),
                started_at: Timestamp::now(),
                milliseconds: 1.0,
                error: None,
                cause: None,
                status: None,
                request_id: None,
            });
        }
        let kept = recorder.since(Timestamp::MIN);
        assert_eq!((kept.len(), kept[0].operation.as_str()), (KEPT, "operation-2"));
    }
}
