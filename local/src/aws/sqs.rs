//! SQS: the embedded engine with a journal beside it, or one behind a URL.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::dispatch::dispatch_operation;
use rustack_sqs_http::response::error_to_response;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::operations::SqsOperation;
use serde_json::{Value, json};

use super::activity::Activity;
use super::call::{Call, Principal, Service};
use super::forward::Forward;
use super::journal::{Journal, Kept};
use super::move_tasks::MoveTasks;
use super::response::{Response, collect};
use super::{Options, StartError};
use crate::deployment::Queue;

/// SQS.
#[derive(Debug)]
pub(super) struct Sqs {
    backend: Backend,
    /// The queues' URLs at an engine of its own, by name.
    urls: Mutex<HashMap<String, String>>,
    moves: MoveTasks,
}

#[derive(Debug)]
enum Backend {
    Embedded(Arc<Embedded>),
    External(Forward),
}

/// The embedded engine.
#[derive(Debug)]
pub(super) struct Embedded {
    region: String,
    provider: Arc<RustackSqs>,
    handler: RustackSqsHandler,
    journal: Option<Journal>,
    left: Mutex<Vec<Kept>>,
}

impl Sqs {
    /// The embedded engine; with a directory its messages survive a restart.
    pub(super) fn embedded(port: u16, options: &Options, activity: Activity) -> Result<Self, StartError> {
        let provider = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: true,
            default_region: options.region.clone(),
            account_id: options.account.clone(),
            host: "127.0.0.1".to_owned(),
            port,
        }));
        let opened = options.data.as_deref().map(open_journal).transpose()?;
        let (journal, left) = opened.map_or((None, Vec::new()), |(journal, left)| (Some(journal), left));
        let handler = RustackSqsHandler::new(Arc::clone(&provider));
        let region = options.region.clone();
        let embedded = Embedded { region, provider, handler, journal, left: Mutex::new(left) };
        let backend = Backend::Embedded(Arc::new(embedded));
        Ok(Self { backend, urls: Mutex::default(), moves: MoveTasks::new(activity) })
    }

    /// One behind a URL.
    pub(super) fn external(url: Url, region: &str, activity: Activity) -> Result<Self, StartError> {
        let forward = Forward::to(url, region).map_err(StartError::Client)?;
        let backend = Backend::External(forward);
        Ok(Self { backend, urls: Mutex::default(), moves: MoveTasks::new(activity) })
    }

    pub(super) async fn handle(&self, call: &Call) -> Response {
        match &self.backend {
            Backend::Embedded(embedded) => match self.moves.handle(embedded, call).await {
                Some(Ok(response)) => response,
                Some(Err(error)) => collect(error_to_response(&error, &request_id())).await,
                None => embedded.handle(call).await,
            },
            Backend::External(forward) => self.pass(forward, call).await,
        }
    }

    /// An engine of its own has URLs of its own: functions know the laptop's.
    async fn pass(&self, forward: &Forward, call: &Call) -> Response {
        let response = forward.pass(call, self.with_its_url(&call.body)).await;
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

    /// Sends again what a previous run left behind. The queues have to be there.
    pub(super) async fn restore(&self, queues: &[Queue]) -> Result<usize, std::io::Error> {
        let Backend::Embedded(embedded) = &self.backend else { return Ok(0) };
        embedded.restore(queues).await
    }

    pub(super) async fn stop(&self) {
        self.moves.stop();
        if let Backend::Embedded(embedded) = &self.backend {
            embedded.provider.shutdown_all().await;
        }
    }
}

fn open_journal(directory: &Path) -> Result<(Journal, Vec<Kept>), StartError> {
    let path = directory.join("sqs.journal");
    Journal::open(&path).map_err(|error| StartError::File(path, error))
}

impl Embedded {
    async fn handle(&self, call: &Call) -> Response {
        let Some(operation) = SqsOperation::from_name(&call.action) else {
            let error = SqsError::unknown_operation(&call.action);
            return collect(error_to_response(&error, &request_id())).await;
        };
        let response = match dispatch_operation(&self.handler, operation, call.body.clone()).await {
            Ok(response) => response,
            Err(error) => error_to_response(&error, &request_id()),
        };
        let response = collect(response).await;
        if response.status().is_success()
            && let Err(error) = self.keep(call, response.body())
        {
            tracing::error!(%error, "the queues' journal cannot be written");
            let error = SqsError::internal_error("the queues' journal cannot be written");
            return collect(error_to_response(&error, &request_id())).await;
        }
        response
    }

    /// Makes a call of the laptop cloud's own.
    pub(super) async fn ask(&self, action: &str, request: &Value) -> Result<Value, SqsError> {
        let response = self.handle(&in_process(Service::Sqs, action, request, &self.region)).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if response.status().is_success() {
            return Ok(answer);
        }
        Err(SqsError::internal_error(format!("{action}: {}", text(&answer, "message"))))
    }

    /// Writes to the journal what a successful call did.
    fn keep(&self, call: &Call, answer: &[u8]) -> std::io::Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        match call.action.as_str() {
            "SendMessage" | "SendMessageBatch" | "ReceiveMessage" | "DeleteMessage"
            | "DeleteMessageBatch" | "PurgeQueue" => {}
            _ => return Ok(()),
        }
        let request: Value = serde_json::from_slice(&call.body)?;
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let queue = queue_name(request["QueueUrl"].as_str().unwrap_or_default()).to_owned();
        match call.action.as_str() {
            "SendMessage" => keep_sent(journal, &queue, &request, &answer),
            "SendMessageBatch" => {
                for sent in items(&answer, "Successful") {
                    if let Some(entry) = entry(&request, sent) {
                        keep_sent(journal, &queue, entry, sent)?;
                    }
                }
                Ok(())
            }
            "ReceiveMessage" => items(&answer, "Messages").try_for_each(|message| {
                journal.received(text(message, "MessageId"), &queue, text(message, "ReceiptHandle"))
            }),
            "DeleteMessage" => journal.deleted(text(&request, "ReceiptHandle")),
            "DeleteMessageBatch" => items(&answer, "Successful")
                .filter_map(|deleted| entry(&request, deleted))
                .try_for_each(|entry| journal.deleted(text(entry, "ReceiptHandle"))),
            _ => journal.purged(&queue),
        }
    }

    async fn restore(&self, queues: &[Queue]) -> Result<usize, std::io::Error> {
        let Some(journal) = &self.journal else { return Ok(0) };
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        let count = left.len();
        for message in left {
            let Some(queue) = destination(queues, &message) else {
                tracing::warn!(
                    queue = message.queue,
                    "a message is dropped: its queue is no longer in the template"
                );
                continue;
            };
            let response = self.handle(&send_again(queue, message)).await;
            if !response.status().is_success() {
                let reason = String::from_utf8_lossy(response.body()).into_owned();
                return Err(std::io::Error::other(format!("{}: {reason}", queue.name)));
            }
        }
        journal.restored()?;
        Ok(count)
    }
}

fn keep_sent(journal: &Journal, queue: &str, entry: &Value, answer: &Value) -> std::io::Result<()> {
    let delay = entry.get("DelaySeconds").and_then(Value::as_i64).unwrap_or(0);
    let due = Timestamp::now().saturating_add(SignedDuration::from_secs(delay)).unwrap_or(Timestamp::MAX);
    let mut request = entry.clone();
    if let Some(fields) = request.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "QueueUrl" | "Id" | "DelaySeconds"));
    }
    let message = Kept { queue: queue.to_owned(), due, request, received: 0 };
    journal.sent(text(answer, "MessageId"), message)
}

/// Where a message goes on: to its queue, or, if it was received too often, to that queue's dead-letter queue.
fn destination<'a>(queues: &'a [Queue], message: &Kept) -> Option<&'a Queue> {
    let queue = queues.iter().find(|queue| queue.name == message.queue)?;
    let Some((dead_letters, most)) = redrive_policy(queue) else { return Some(queue) };
    if u64::from(message.received) < most {
        return Some(queue);
    }
    queues.iter().find(|queue| queue.arn == dead_letters).or(Some(queue))
}

/// A queue's dead-letter queue (its ARN) and `maxReceiveCount`.
pub(crate) fn redrive_policy(queue: &Queue) -> Option<(String, u64)> {
    let policy: Value = serde_json::from_str(queue.attributes.get("RedrivePolicy")?).ok()?;
    let target = policy["deadLetterTargetArn"].as_str()?.to_owned();
    // CloudFormation passes it on as it is written: a number, or a number in quotes.
    let most = &policy["maxReceiveCount"];
    let most = most.as_u64().or_else(|| most.as_str()?.parse().ok())?;
    Some((target, most))
}

fn send_again(queue: &Queue, message: Kept) -> Call {
    let mut request = message.request;
    request["QueueUrl"] = Value::from(queue.url.clone());
    let delay = message.due.duration_since(Timestamp::now()).as_secs().clamp(0, 900);
    if delay > 0 {
        request["DelaySeconds"] = Value::from(delay);
    }
    in_process(Service::Sqs, "SendMessage", &request, region_of(&queue.arn))
}

/// The region that an ARN names.
fn region_of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
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
    // Engines look at a signature's form only, but many keep what is in one region from another.
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
pub(crate) fn queue_name(url_or_arn: &str) -> &str {
    url_or_arn.rsplit(['/', ':']).next().unwrap_or(url_or_arn)
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// The entry of a batch request that one entry of its answer is about.
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

fn request_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
