//! An SQS behind a URL.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use reqwest::Url;
use serde_json::Value;

use super::super::call::Call;
use super::super::forward::Forward;
use super::super::response::Response;
use super::super::{Options, StartError};
use super::{field, queue_name};

/// An engine of its own. It has URLs of its own too: functions know the laptop's.
#[derive(Debug)]
pub(super) struct External {
    forward: Forward,
    region: String,
    /// The queues' URLs there, by name.
    urls: Mutex<HashMap<String, String>>,
}

impl External {
    pub(super) fn new(url: Url, options: &Options) -> Result<Self, StartError> {
        let forward = Forward::to(url, options).map_err(StartError::Client)?;
        Ok(Self { forward, region: options.region.clone(), urls: Mutex::default() })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) async fn handle(&self, call: &Call) -> Response {
        let response = self.forward.pass(call, self.with_its_url(&call.body)).await;
        if matches!(call.action.as_str(), "CreateQueue" | "GetQueueUrl")
            && let Some(url) = field(response.body(), "QueueUrl")
        {
            let mut urls = self.urls.lock().unwrap_or_else(PoisonError::into_inner);
            urls.insert(queue_name(&url).to_owned(), url);
        }
        response
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

/// Whether an engine says that it has never heard of an action. Each has its own words for it.
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

    use super::super::super::response::{build, json_error};
    use super::*;

    #[test]
    fn an_action_is_unknown_in_many_words() {
        for unknown in ["InvalidAction", "com.amazonaws.sqs#UnknownOperationException"] {
            assert!(is_unknown_action(&json_error(StatusCode::BAD_REQUEST, unknown, "")), "{unknown}");
        }
        assert!(is_unknown_action(&build(StatusCode::NOT_FOUND, HeaderMap::new(), Bytes::new())));
        let refused = json_error(StatusCode::BAD_REQUEST, "com.amazonaws.sqs#UnsupportedOperation", "");
        assert!(!is_unknown_action(&refused));
        assert!(!is_unknown_action(&build(StatusCode::OK, HeaderMap::new(), Bytes::new())));
    }
}
