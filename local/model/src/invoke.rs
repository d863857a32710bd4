//! The interface through which the gateway, the event sources and the Invoke API invoke functions on the Lambda host.

use bytes::Bytes;
use futures::future::BoxFuture;

/// One synchronous invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The operation: `place-order`.
    pub operation: String,
    /// The event, JSON.
    pub payload: Bytes,
    /// `X-Amzn-Trace-Id`, if the caller has one.
    pub trace_header: Option<String>,
}

/// The outcome of an invocation that reached the function.
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
    /// The function is at its concurrency limit.
    #[error("{0:?} is running at its concurrency limit")]
    Throttled(String),
    /// The payload exceeds Lambda's limit for a synchronous invocation.
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
        /// The cause.
        reason: String,
    },
}

/// Lambda's limit for the event and for the reply of a synchronous invocation: 6 MiB each.
pub const MAX_PAYLOAD: usize = 6 * 1024 * 1024;

/// Runs functions.
pub trait Invoke: Send + Sync {
    /// Runs the operation once and waits for its reply.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'_, Result<Answer, InvokeError>>;
}
