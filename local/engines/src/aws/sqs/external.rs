//! An SQS behind a URL.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use reqwest::Url;
use serde_json::Value;
use tokio::sync::{oneshot, watch};

use super::super::call::Call;
use super::super::forward::Forward;
use super::super::response::{Response, json_error};
use super::super::{Options, StartError};
use super::poll::Poll;
use super::{field, queue_name};

/// Longer than a poll continues after its client has disconnected.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// A separate engine. It has its own queue URLs; functions use the laptop's.
#[derive(Debug)]
pub(super) struct External {
    forward: Forward,
    region: String,
    /// The queues' URLs there, by name.
    urls: Mutex<HashMap<String, String>>,
    /// The number of polls in progress.
    polls: watch::Sender<usize>,
}

impl External {
    pub(super) fn new(url: Url, options: &Options) -> Result<Self, StartError> {
        let forward = Forward::to(url, options).map_err(StartError::Client)?;
        let region = options.region.clone();
        Ok(Self { forward, region, urls: Mutex::default(), polls: watch::Sender::new(0) })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) async fn handle(&self, call: &Call) -> Response {
        let body = self.with_its_url(&call.body);
        if call.action == "ReceiveMessage" {
            return self.receive(Call { body, ..call.clone() }).await;
        }
        let response = self.forward.pass(call, body).await;
        if matches!(call.action.as_str(), "CreateQueue" | "GetQueueUrl")
            && let Some(url) = field(response.body(), "QueueUrl")
        {
            let mut urls = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
            urls.insert(queue_name(&url).to_owned(), url);
        }
        response
    }

    /// Receives messages on a separate task, which can outlive the client's connection.
    async fn receive(&self, call: Call) -> Response {
        let (done, answered) = oneshot::channel();
        let (poll, polls) = (Poll::new(self.forward.clone(), call, &self.region), self.polls.clone());
        polls.send_modify(|count| *count += 1);
        tokio::spawn(async move {
            poll.run(done).await;
            polls.send_modify(|count| *count -= 1);
        });
        answered.await.unwrap_or_else(|_| {
            json_error(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "the poll has ended")
        })
    }

    /// Waits until no poll is left that could receive messages.
    pub(super) async fn stop(&self) {
        let mut polls = self.polls.subscribe();
        let ended = polls.wait_for(|count| *count == 0);
        if tokio::time::timeout(STOP_WITHIN, ended).await.is_err() {
            tracing::warn!("some polls of the SQS engine did not end in time");
        }
    }

    fn with_its_url(&self, body: &Bytes) -> Bytes {
        let Some(url) = field(body, "QueueUrl") else { return body.clone() };
        let known = self.urls.lock().unwrap_or_else(PoisonError::into_inner).get(queue_name(&url)).cloned();
        let (Some(known), Ok(mut request)) = (known, serde_json::from_slice::<Value>(body)) else {
            return body.clone();
        };
        request["QueueUrl"] = Value::from(known);
        Bytes::from(request.to_string())
    }
}

/// Whether an engine reports an action as unknown. Each engine words this differently.
pub(super) fn is_unknown_action(response: &Response) -> bool {
    match response.status() {
        StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED => true,
        status if status.is_client_error() => {
            let kind = field(response.body(), "__type").unwrap_or_default();
            ["InvalidAction", "UnknownOperation"].iter().any(|word| kind.contains(word))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::super::super::response::build;
    use super::*;

    #[test]
    fn each_engines_unknown_action_error_is_recognized() {
        for unknown in ["InvalidAction", "com.amazonaws.sqs#UnknownOperationException"] {
            assert!(is_unknown_action(&json_error(StatusCode::BAD_REQUEST, unknown, "")), "{unknown}");
        }
        assert!(is_unknown_action(&build(StatusCode::NOT_FOUND, HeaderMap::new(), Bytes::new())));
        let refused = json_error(StatusCode::BAD_REQUEST, "com.amazonaws.sqs#UnsupportedOperation", "");
        assert!(!is_unknown_action(&refused));
        assert!(!is_unknown_action(&build(StatusCode::OK, HeaderMap::new(), Bytes::new())));
    }
}
