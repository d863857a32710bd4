//! The embedded engine, with a journal, because it keeps messages only in memory, and with SQS's current limits
//! enforced before each call.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rustack_sqs_core::config::SqsConfig;
use rustack_sqs_core::handler::RustackSqsHandler;
use rustack_sqs_core::provider::RustackSqs;
use rustack_sqs_http::dispatch::dispatch_operation;
use rustack_sqs_model::error::SqsError;
use rustack_sqs_model::operations::SqsOperation;
use serde_json::{Value, json};

use super::super::call::{Call, Service};
use super::super::response::{Response, collect, json_error};
use super::super::{Options, StartError};
use super::contents::{Contents, Refusal, take_out_deleted};
use super::journal::{Journal, Kept};
use super::{entry, in_process, items, limits, queue_name, redrive_policy, refusal, text, trace_header};
use model::deployment::Queue;

/// The embedded engine.
#[derive(Debug)]
pub(super) struct Embedded {
    region: String,
    provider: Arc<RustackSqs>,
    handler: RustackSqsHandler,
    contents: Contents,
    journal: Option<Journal>,
    left: Mutex<Vec<Kept>>,
}

impl Embedded {
    pub(super) fn open(port: u16, options: &Options) -> Result<Self, StartError> {
        let provider = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: true,
            default_region: options.region.clone(),
            account_id: options.account.clone(),
            host: "127.0.0.1".to_owned(),
            port,
        }));
        let opened = options.data.as_deref().map(open_journal).transpose()?;
        let (journal, left) = opened.map_or((None, Vec::new()), |(journal, left)| (Some(journal), left));
        Ok(Self {
            region: options.region.clone(),
            handler: RustackSqsHandler::new(Arc::clone(&provider)),
            provider,
            contents: Contents::default(),
            journal,
            left: Mutex::new(left),
        })
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) async fn stop(&self) {
        self.provider.shutdown_all().await;
    }

    pub(super) async fn handle(&self, call: &Call) -> Response {
        match self.answer(call).await {
            Ok(response) => response,
            Err(Refusal::Other(error)) => refusal(&error).await,
            Err(Refusal::Characters) => {
                let (code, message) = Refusal::CHARACTERS;
                json_error(StatusCode::BAD_REQUEST, &format!("com.amazonaws.sqs#{code}"), message)
            }
        }
    }

    async fn answer(&self, call: &Call) -> Result<Response, Refusal> {
        let operation =
            SqsOperation::from_name(&call.action).ok_or_else(|| SqsError::unknown_operation(&call.action))?;
        let request: Value = serde_json::from_slice(&call.body).unwrap_or_default();
        limits::check(&call.action, &request)?;
        let passed_on = self.contents.before(&call.action, &request)?;
        let traced = trace_header::before(&call.action, passed_on.as_ref().unwrap_or(&request));
        let engines = traced.as_ref().or(passed_on.as_ref());
        let body = engines.map_or_else(|| call.body.clone(), |engines| Bytes::from(engines.to_string()));
        let answered = dispatch_operation(&self.handler, operation, body).await;
        let mut response = match answered {
            Ok(response) => collect(response).await,
            Err(error) => {
                self.contents.refused(passed_on.as_ref());
                return Err(error.into());
            }
        };
        let mut answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let traced = trace_header::after(&call.action, &request, &mut answer);
        let mended = self.contents.after(&call.action, &request, passed_on.as_ref(), &mut answer);
        let deleted = take_out_deleted(&mut answer);
        if mended || traced || !deleted.is_empty() {
            *response.body_mut() = answer.to_string().into();
        }
        self.keep(&call.action, &request, &answer).map_err(|error| {
            tracing::error!(%error, "the queues' journal cannot be written");
            SqsError::internal_error("the queues' journal cannot be written")
        })?;
        for handle in deleted {
            if let Err(error) = self.delete(&request, &handle).await {
                tracing::warn!(
                    reason = error.message,
                    "a deleted message remains in the engine, invisible to consumers"
                );
            }
        }
        Ok(response)
    }

    /// Deletes from the engine a message that a consumer deleted earlier.
    async fn delete(&self, received: &Value, handle: &str) -> Result<(), SqsError> {
        let request = json!({ "QueueUrl": received["QueueUrl"], "ReceiptHandle": handle });
        let body = Bytes::from(request.to_string());
        dispatch_operation(&self.handler, SqsOperation::DeleteMessage, body).await.map(drop)
    }

    /// Records the effect of a successful call in the journal.
    fn keep(&self, action: &str, request: &Value, answer: &Value) -> std::io::Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let queue = || queue_name(text(request, "QueueUrl")).to_owned();
        match action {
            "SendMessage" => keep_sent(journal, &queue(), request, answer),
            "SendMessageBatch" => {
                for sent in items(answer, "Successful") {
                    if let Some(entry) = entry(request, sent) {
                        keep_sent(journal, &queue(), entry, sent)?;
                    }
                }
                Ok(())
            }
            "ReceiveMessage" => items(answer, "Messages").try_for_each(|message| {
                journal.received(text(message, "MessageId"), &queue(), text(message, "ReceiptHandle"))
            }),
            "DeleteMessage" => journal.deleted(text(request, "ReceiptHandle")),
            "DeleteMessageBatch" => items(answer, "Successful")
                .filter_map(|deleted| entry(request, deleted))
                .try_for_each(|entry| journal.deleted(text(entry, "ReceiptHandle"))),
            "PurgeQueue" => journal.purged(&queue()),
            _ => Ok(()),
        }
    }

    /// Sends again the messages that an earlier run left.
    pub(super) async fn restore(&self, queues: &[Queue]) -> Result<usize, std::io::Error> {
        let Some(journal) = &self.journal else { return Ok(0) };
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        let count = left.len();
        for message in left {
            let Some(queue) = destination(queues, &message) else {
                tracing::warn!(
                    queue = message.queue,
                    "a message was discarded: its queue is no longer in the template"
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

/// The queue to restore a message to: its own, or, if it was received too often, that queue's dead-letter queue.
fn destination<'a>(queues: &'a [Queue], message: &Kept) -> Option<&'a Queue> {
    let queue = queues.iter().find(|queue| queue.name == message.queue)?;
    let Some((dead_letters, most)) = redrive_policy(queue) else { return Some(queue) };
    if u64::from(message.received) < most {
        return Some(queue);
    }
    queues.iter().find(|queue| queue.arn == dead_letters).or(Some(queue))
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

/// The region in an ARN.
fn region_of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

fn open_journal(directory: &Path) -> Result<(Journal, Vec<Kept>), StartError> {
    let path = directory.join("sqs.journal");
    Journal::open(&path).map_err(|error| StartError::File(path, error))
}
