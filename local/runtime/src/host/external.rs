//! Invokes functions on another host through its Invoke API, such as `cargo lambda watch`.

use std::time::Duration;

use reqwest::Url;

use engines::aws::install_crypto;
use model::invoke::{Answer, Invocation, InvokeError};

pub(super) struct External {
    url: Url,
    client: reqwest::Client,
}

impl External {
    pub(super) fn new(url: Url) -> Result<Self, reqwest::Error> {
        install_crypto();
        Ok(Self { url, client: reqwest::Client::builder().build()? })
    }

    pub(super) async fn invoke(
        &self,
        invocation: &Invocation,
        within: Duration,
    ) -> Result<Answer, InvokeError> {
        let operation = &invocation.operation;
        let failed = |reason: String| InvokeError::Host { operation: operation.clone(), reason };
        let base = self.url.as_str().trim_end_matches('/');
        let url = format!("{base}/2015-03-31/functions/{operation}/invocations");
        let mut request = self.client.post(url).timeout(within).body(invocation.payload.clone());
        request = request.header("content-type", "application/json");
        if let Some(trace) = &invocation.trace_header {
            request = request.header("x-amzn-trace-id", trace);
        }
        let response = request.send().await.map_err(|error| failed(error.to_string()))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let payload = response.bytes().await.map_err(|error| failed(error.to_string()))?;
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let function_error = match status.as_u16() {
            // `cargo lambda watch` reports a failed function with status 500. Lambda returns 200 and a header.
            500 if is_failure(&payload) => Some("Unhandled".to_owned()),
            _ => header("x-amz-function-error"),
        };
        match status.as_u16() {
            _ if status.is_success() || function_error.is_some() => {
                let request_id = header("x-amzn-requestid");
                let request_id = request_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
                Ok(Answer { payload, function_error, request_id })
            }
            404 => Err(InvokeError::NoSuchFunction(operation.clone())),
            429 => Err(InvokeError::Throttled(operation.clone())),
            _ => Err(failed(format!(
                "{} responded with {status}: {}",
                self.url,
                String::from_utf8_lossy(&payload)
            ))),
        }
    }
}

/// Returns whether a response is the error of a failed function.
fn is_failure(payload: &[u8]) -> bool {
    let reply: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
    reply["errorType"].is_string() && reply["errorMessage"].is_string()
}
