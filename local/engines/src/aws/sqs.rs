//! SQS: the embedded engine, or one behind a URL, with the features that either may lack.

mod contents;
mod embedded;
mod external;
mod journal;
mod limits;
mod move_tasks;
mod moving;
mod poll;
mod trace_header;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri};
use reqwest::Url;
use rustack_sqs_http::response::error_to_response;
use rustack_sqs_model::error::SqsError;
use serde_json::{Value, json};

use super::activity::Activity;
use super::call::{Call, Principal, Service};
use super::response::{Response, collect};
use super::{Options, StartError};
use embedded::Embedded;
use external::External;
use model::deployment::Queue;
use move_tasks::MoveTasks;

/// SQS.
#[derive(Debug)]
pub(super) struct Sqs {
    engine: Arc<Engine>,
    moves: MoveTasks,
}

#[derive(Debug)]
enum Engine {
    Embedded(Embedded),
    External(External),
}

impl Sqs {
    /// Starts the embedded engine; with a data directory, its messages survive a restart.
    pub(super) fn embedded(port: u16, options: &Options, activity: Activity) -> Result<Self, StartError> {
        let engine = Engine::Embedded(Embedded::open(port, options)?);
        Ok(Self { engine: Arc::new(engine), moves: MoveTasks::new(options, activity) })
    }

    /// Uses an engine behind a URL.
    pub(super) fn external(url: Url, options: &Options, activity: Activity) -> Result<Self, StartError> {
        let engine = Engine::External(External::new(url, options)?);
        Ok(Self { engine: Arc::new(engine), moves: MoveTasks::new(options, activity) })
    }

    pub(super) async fn handle(&self, call: &Call) -> Response {
        if !MoveTasks::answer_to(&call.action) {
            return self.engine.handle(call).await;
        }
        if let Engine::External(engine) = self.engine.as_ref() {
            let response = engine.handle(call).await;
            if !external::is_unknown_action(&response) {
                return response;
            }
        }
        match self.moves.handle(&self.engine, call).await {
            Ok(response) => response,
            Err(error) => refusal(&error).await,
        }
    }

    /// Sends again the messages that an earlier run left. The queues must exist.
    pub(super) async fn restore(&self, queues: &[Queue]) -> Result<usize, std::io::Error> {
        match self.engine.as_ref() {
            Engine::Embedded(engine) => engine.restore(queues).await,
            Engine::External(_) => Ok(0),
        }
    }

    pub(super) async fn stop(&self) {
        self.moves.stop();
        match self.engine.as_ref() {
            Engine::Embedded(engine) => engine.stop().await,
            Engine::External(engine) => engine.stop().await,
        }
    }
}

impl Engine {
    async fn handle(&self, call: &Call) -> Response {
        match self {
            Self::Embedded(engine) => engine.handle(call).await,
            Self::External(engine) => engine.handle(call).await,
        }
    }

    /// Makes a call as the laptop cloud.
    async fn ask(&self, action: &str, request: &Value) -> Result<Value, SqsError> {
        let region = match self {
            Self::Embedded(engine) => engine.region(),
            Self::External(engine) => engine.region(),
        };
        let response = self.handle(&in_process(Service::Sqs, action, request, region)).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if response.status().is_success() {
            return Ok(answer);
        }
        Err(SqsError::internal_error(format!("{action}: {}", text(&answer, "message"))))
    }
}

/// Builds SQS's error response. The body has the error's name from SQS's model, which SDKs expect; its older name is in a
/// header.
async fn refusal(error: &SqsError) -> Response {
    let mut response = collect(error_to_response(error, &uuid::Uuid::new_v4().to_string())).await;
    if let Ok(Value::Object(mut body)) = serde_json::from_slice(response.body()) {
        let code = error.code.error_type();
        let name = match code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code) {
            "NonExistentQueue" => "QueueDoesNotExist",
            "QueueAlreadyExists" => "QueueNameExists",
            name => name,
        };
        body.insert("__type".to_owned(), Value::from(format!("com.amazonaws.sqs#{name}")));
        *response.body_mut() = Value::Object(body).to_string().into();
    }
    response
}

/// A queue's dead-letter queue (its ARN) and `maxReceiveCount`.
pub fn redrive_policy(queue: &Queue) -> Option<(String, u64)> {
    let policy: Value = serde_json::from_str(queue.attributes.get("RedrivePolicy")?).ok()?;
    let target = policy["deadLetterTargetArn"].as_str()?.to_owned();
    // CloudFormation passes it on as written: a number, or a number in quotes.
    let most = &policy["maxReceiveCount"];
    let most = most.as_u64().or_else(|| most.as_str()?.parse().ok())?;
    Some((target, most))
}

/// A call that the laptop cloud makes itself.
pub(super) fn in_process(service: Service, action: &str, request: &Value, region: &str) -> Call {
    let prefix = match service {
        Service::Sqs => "AmazonSQS",
        Service::SecretsManager => "secretsmanager",
        _ if matches!(action, "DescribeStream" | "GetShardIterator" | "GetRecords" | "ListStreams") => {
            "DynamoDBStreams_20120810"
        }
        _ => "DynamoDB_20120810",
    };
    let mut headers = HeaderMap::new();
    let json = if service == Service::SecretsManager {
        "application/x-amz-json-1.1"
    } else {
        "application/x-amz-json-1.0"
    };
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(json));
    if let Ok(target) = HeaderValue::try_from(format!("{prefix}.{action}")) {
        headers.insert("x-amz-target", target);
    }
    // Engines check only a signature's form, but many separate regions.
    let scope = format!("cloud/20260101/{region}/{}/aws4_request", service.prefix());
    let signature =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00");
    if let Ok(signature) = HeaderValue::try_from(signature) {
        headers.insert(http::header::AUTHORIZATION, signature);
    }
    headers.insert("x-amz-date", HeaderValue::from_static("20260101T000000Z"));
    Call {
        principal: Principal::Cloud,
        service,
        action: action.to_owned(),
        method: Method::POST,
        uri: Uri::from_static("/"),
        headers,
        body: Bytes::from(request.to_string()),
    }
}

/// `SendMessage`'s request for a body.
pub(super) fn send_request(url: &str, body: &str) -> Value {
    json!({ "QueueUrl": url, "MessageBody": body })
}

/// The last part of a queue's URL or ARN.
pub fn queue_name(url_or_arn: &str) -> &str {
    url_or_arn.rsplit(['/', ':']).next().unwrap_or(url_or_arn)
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn items_mut<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The entry of a batch request that an entry of its answer refers to.
fn entry<'a>(request: &'a Value, answer: &Value) -> Option<&'a Value> {
    items(request, "Entries").find(|entry| entry["Id"] == answer["Id"])
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    Some(value.get(name)?.as_str()?.to_owned())
}
