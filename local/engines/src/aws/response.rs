//! Answers, and the error formats of AWS's protocols.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::call::Service;

/// The complete answer to a call.
pub type Response = http::Response<Bytes>;

/// The error of AWS's JSON protocols.
#[must_use]
pub fn json_error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = serde_json::json!({ "__type": code, "message": message });
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    build(status, headers, Bytes::from(body.to_string()))
}

/// The error of AWS's Query protocol (SES).
#[must_use]
pub fn xml_error(status: StatusCode, code: &str, message: &str) -> Response {
    let request_id = uuid::Uuid::new_v4();
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let at_fault = if status.is_server_error() { "Receiver" } else { "Sender" };
    let body = format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>{at_fault}</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    build(status, headers, Bytes::from(body))
}

/// The error of S3's protocol.
#[must_use]
pub fn s3_error(status: StatusCode, code: &str, message: &str) -> Response {
    let request_id = uuid::Uuid::new_v4();
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
         <RequestId>{request_id}</RequestId></Error>"
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    build(status, headers, Bytes::from(body))
}

/// A service's error for expired credentials.
pub(super) fn expired(service: &Service) -> Response {
    let message = "The security token included in the request is expired";
    match service {
        Service::Ses => xml_error(StatusCode::FORBIDDEN, "ExpiredToken", message),
        Service::S3 => s3_error(StatusCode::BAD_REQUEST, "ExpiredToken", "The provided token has expired."),
        Service::Sqs | Service::Lambda => json_error(StatusCode::FORBIDDEN, "ExpiredTokenException", message),
        Service::DynamoDb | Service::SecretsManager | Service::Other(_) => {
            json_error(StatusCode::BAD_REQUEST, "ExpiredTokenException", message)
        }
    }
}

/// Builds an answer from its parts.
#[must_use]
pub fn build(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Collects an engine's answer.
pub(super) async fn collect<B>(response: http::Response<B>) -> Response
where
    B: axum::body::HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    let (parts, body) = response.into_parts();
    match axum::body::to_bytes(axum::body::Body::new(body), usize::MAX).await {
        Ok(bytes) => http::Response::from_parts(parts, bytes),
        Err(error) => json_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", &error.to_string()),
    }
}
