//! One HTTP exchange over the function's connector, for calls that no SDK makes: to other services, and to third
//! parties.

use std::error::Error as StdError;
use std::time::Duration;

use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use http::Response;

type BoxError = Box<dyn StdError + Send + Sync>;

/// There was no reply. Whether the request took effect is unknown.
#[derive(Debug, thiserror::Error)]
pub enum NoReply {
    /// The request timed out.
    #[error("the request timed out")]
    Timeout,
    /// The host could not be reached, or the connection broke.
    #[error("the host is unreachable, or the connection broke")]
    Unreachable(#[source] BoxError),
}

/// Sends a request once, and reads the reply, whatever its status.
///
/// A connection without a reply in time is not used again. The network may have dropped it silently, for example while
/// the function was frozen, and HTTP/2 puts every further request on it, the retry of this one included. The SDK's own
/// clients do the same.
///
/// # Errors
/// If there is no complete reply within `timeout`.
pub async fn send_once(
    connector: &SharedHttpConnector,
    mut request: HttpRequest,
    timeout: Duration,
) -> Result<Response<Vec<u8>>, NoReply> {
    let connection = CaptureSmithyConnection::new();
    request.add_extension(connection.clone());
    let answer = async {
        let answer = connector.call(request).await.map_err(unreachable)?;
        let mut head = Response::builder().status(answer.status().as_u16());
        for (name, value) in answer.headers() {
            head = head.header(name, value);
        }
        let body = ByteStream::new(answer.into_body()).collect().await.map_err(unreachable)?;
        head.body(body.to_vec()).map_err(unreachable)
    };
    let answer = tokio::time::timeout(timeout, answer).await.unwrap_or(Err(NoReply::Timeout));
    if answer.is_err()
        && let Some(connection) = connection.get()
    {
        connection.poison();
    }
    answer
}

pub(crate) fn unreachable(error: impl Into<BoxError>) -> NoReply {
    NoReply::Unreachable(error.into())
}

#[cfg(test)]
mod tests;
