//! Invoking a function: what the gateway, the event sources and the Invoke API ask of the Lambda host.

use bytes::Bytes;
use futures::future::BoxFuture;

/// One synchronous invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The operation: `place-order`.
    pub operation: String,
    /// The event, JSON.
    pub payload: Bytes,
    /// `X-Amzn-Trace-Id`, where the caller has one.
    pub trace_header: Option<String>,
}

/// What came of an invocation that reached the function.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The function's reply, or, when `function_error` is set, `{"errorType": …, "errorMessage": …}`.
    pub payload: Bytes,
    /// `Unhandled` when the function failed, timed out or its process died.
    pub function_error: Option<String>,
    /// The invocation's request id.
    pub request_id: String,
}

/// Why an invocation did not reach the function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// No function of that name is deployed.
    #[error("no function runs the operation {0:?}")]
    NoSuchFunction(String),
    /// The function's concurrency is used up.
    #[error("{0:?} is running at its concurrency limit")]
    Throttled(String),
    /// The payload is over Lambda's limit for a synchronous invocation.
    #[error("the payload for {operation:?} is {size} bytes; Lambda takes at most {MAX_PAYLOAD}")]
    TooLarge {
        /// The operation.
        operation: String,
        /// The payload's size in bytes.
        size: usize,
    },
    /// The host itself failed: the binary is missing, the process could not be started, the host is stopping.
    #[error("{operation:?} could not be run: {reason}")]
    Host {
        /// The operation.
        operation: String,
        /// What went wrong.
        reason: String,
    },
}

/// Lambda's limit for the payload of a synchronous invocation, for the event and for the reply alike: 6 MiB.
pub const MAX_PAYLOAD: usize = 6 * 1024 * 1024;

/// Runs functions.
pub trait Invoke: Send + Sync {
    /// Runs the operation once and waits for its answer.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>>;
}
