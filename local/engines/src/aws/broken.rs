//! Each AWS service's errors for a throttled call and for a failure on its side.

use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::call::{Call, Service};
use super::response::{Response, build, json_error, s3_error, xml_error};
use crate::faults::Broken;

/// The service's own answer to a call that fault injection rejects.
pub(super) fn response(broken: Broken, call: &Call) -> Response {
    match broken {
        Broken::Conflict => conflict(call),
        Broken::Throttled => throttled(&call.service),
        Broken::Failed | Broken::Lost => failed(&call.service),
    }
}

pub(super) fn throttled(service: &Service) -> Response {
    let refuse = |code, message| json_error(StatusCode::BAD_REQUEST, code, message);
    match service {
        Service::DynamoDb => refuse(
            "com.amazon.coral.availability#ThrottlingException",
            "Rate of requests exceeds the allowed throughput.",
        ),
        Service::Sqs => {
            let refused = refuse("com.amazonaws.sqs#RequestThrottled", "Request is throttled.");
            for_query(refused, "RequestThrottled;Sender")
        }
        Service::Ses => xml_error(StatusCode::BAD_REQUEST, "Throttling", "Maximum sending rate exceeded."),
        Service::S3 => {
            s3_error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate.")
        }
        Service::Lambda => {
            json_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate exceeded")
        }
        Service::SecretsManager | Service::Other(_) => refuse("ThrottlingException", "Rate exceeded"),
    }
}

fn failed(service: &Service) -> Response {
    let fail = |code| json_error(StatusCode::INTERNAL_SERVER_ERROR, code, "Internal server error");
    match service {
        Service::DynamoDb => fail("com.amazonaws.dynamodb.v20120810#InternalServerError"),
        Service::Sqs => for_query(fail("com.amazonaws.sqs#InternalFailure"), "InternalFailure;Receiver"),
        Service::Ses => {
            xml_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "Internal server error")
        }
        Service::S3 => {
            let message = "We encountered an internal error. Please try again.";
            s3_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message)
        }
        Service::SecretsManager => fail("InternalServiceError"),
        Service::Lambda => fail("ServiceException"),
        Service::Other(_) => fail("InternalFailure"),
    }
}

/// Adds the error header that older and newer SQS clients read.
fn for_query(mut response: Response, error: &'static str) -> Response {
    response.headers_mut().insert("x-amzn-query-error", HeaderValue::from_static(error));
    response
}

/// A transaction that conflicts with another one at its first item.
fn conflict(call: &Call) -> Response {
    let request: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let items = request["TransactItems"].as_array().map_or(1, Vec::len);
    let reason = |index: usize| match index {
        0 => json!({ "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" }),
        _ => json!({ "Code": "None" }),
    };
    cancelled((0..items).map(reason).collect())
}

/// A cancelled transaction with the reason of each of its items.
pub(super) fn cancelled(reasons: Vec<Value>) -> Response {
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
    let message = format!(
        "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
        codes.join(", ")
    );
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": message,
        "CancellationReasons": reasons,
    });
    let shape = json_error(StatusCode::BAD_REQUEST, "", "");
    build(shape.status(), shape.headers().clone(), body.to_string().into())
}
