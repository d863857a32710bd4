//! Message contents: SQS accepts up to 1 MiB of certain characters, the embedded engine a quarter of that, of any characters.
//!
//! The body of a larger message is kept here while the engine holds a note instead. The body replaces the note when the
//! message is received.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use md5::{Digest, Md5};
use rustack_sqs_model::error::{SqsError, SqsErrorCode};
use serde_json::{Map, Value};

use super::{entry, items, items_mut, queue_name, text};

/// The maximum size in bytes of a message with its attributes, and of all messages of a batch.
const MOST: usize = 1_048_576;

/// The engine's maximum.
const ENGINES_MOST: usize = 262_144;

/// The prefix of a note, before its number.
const NOTE: &str = "a large message's body, kept elsewhere: ";

const FORBIDDEN: &str = "The message contains characters outside the allowed set.";

/// Why a message is rejected.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It contains forbidden characters.
    Characters,
    /// Any other reason.
    Other(SqsError),
}

impl From<SqsError> for Refusal {
    fn from(error: SqsError) -> Self {
        Self::Other(error)
    }
}

impl Refusal {
    /// SQS's error for forbidden characters.
    pub(super) const CHARACTERS: (&str, &str) = ("InvalidMessageContents", FORBIDDEN);
}

/// The bodies kept here, and the queues' size limits.
#[derive(Debug, Default)]
pub(super) struct Contents(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// `MaximumMessageSize` by queue, where it differs from SQS's default.
    limits: HashMap<String, usize>,
    /// Bodies, by their notes.
    bodies: HashMap<String, String>,
    /// Notes, by the last receipt handles of their messages. An old handle deletes nothing.
    handles: HashMap<String, String>,
}

impl State {
    fn limit(&self, queue: &str) -> usize {
        self.limits.get(queue).copied().unwrap_or(MOST)
    }

    fn set_aside(&mut self, entry: &mut Value) {
        if text(entry, "MessageBody").len() > ENGINES_MOST {
            let note = format!("{NOTE}{}", uuid::Uuid::new_v4());
            let body = std::mem::replace(&mut entry["MessageBody"], Value::from(note.as_str()));
            self.bodies.insert(note, body.as_str().unwrap_or_default().to_owned());
        }
    }

    fn bring_back(&mut self, message: &mut Value) -> bool {
        let note = text(message, "Body");
        let Some(body) = self.bodies.get(note) else { return false };
        let (body, digest) = (Value::from(body.as_str()), Value::from(md5(body)));
        self.handles.retain(|_, known| known != note);
        self.handles.insert(text(message, "ReceiptHandle").to_owned(), note.to_owned());
        (message["Body"], message["MD5OfBody"]) = (body, digest);
        true
    }

    fn forget(&mut self, handle: &str) {
        if let Some(note) = self.handles.remove(handle) {
            self.bodies.remove(&note);
        }
    }
}

impl Contents {
    /// Returns the request to send to the engine instead, if it differs.
    pub(super) fn before(&self, action: &str, request: &Value) -> Result<Option<Value>, Refusal> {
        match action {
            "SendMessage" => self.before_one(request),
            "SendMessageBatch" => self.before_many(request),
            "CreateQueue" | "SetQueueAttributes" => Ok(self.before_attributes(request)),
            _ => Ok(None),
        }
    }

    fn before_one(&self, request: &Value) -> Result<Option<Value>, Refusal> {
        let mut state = self.state();
        let limit = state.limit(queue_name(text(request, "QueueUrl")));
        if size(request) > limit {
            return Err(SqsError::invalid_parameter_value(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {limit} bytes."
            ))
            .into());
        }
        if !is_allowed(request) {
            return Err(Refusal::Characters);
        }
        let mut passed_on = request.clone();
        state.set_aside(&mut passed_on);
        Ok((passed_on != *request).then_some(passed_on))
    }

    fn before_many(&self, request: &Value) -> Result<Option<Value>, Refusal> {
        let total: usize = items(request, "Entries").map(size).sum();
        if total > MOST {
            let message =
                format!("Batch requests cannot be longer than {MOST} bytes. You have sent {total} bytes.");
            return Err(SqsError::new(SqsErrorCode::BatchRequestTooLong, message).into());
        }
        let mut state = self.state();
        let limit = state.limit(queue_name(text(request, "QueueUrl")));
        let mut passed_on = request.clone();
        for entry in items_mut(&mut passed_on, "Entries") {
            if !is_allowed(entry) {
                // The engine rejects an empty body, and so only this message.
                entry["MessageBody"] = Value::from("");
            } else if size(entry) <= limit {
                state.set_aside(entry);
            }
        }
        Ok((passed_on != *request).then_some(passed_on))
    }

    /// The engine accepts no `MaximumMessageSize` larger than its own.
    fn before_attributes(&self, request: &Value) -> Option<Value> {
        let limit = wanted_limit(request).filter(|limit| (ENGINES_MOST + 1..=MOST).contains(limit))?;
        let mut passed_on = request.clone();
        passed_on["Attributes"]["MaximumMessageSize"] = Value::from(ENGINES_MOST.to_string());
        tracing::trace!(limit, "larger messages than the engine's");
        Some(passed_on)
    }

    /// Discards the bodies of a request that the engine rejected as a whole.
    pub(super) fn refused(&self, passed_on: Option<&Value>) {
        let Some(passed_on) = passed_on else { return };
        let mut state = self.state();
        for entry in items(passed_on, "Entries").chain([passed_on]) {
            state.bodies.remove(text(entry, "MessageBody"));
        }
    }

    /// Converts the engine's answer to SQS's own. Returns whether it changed.
    pub(super) fn after(
        &self,
        action: &str,
        request: &Value,
        passed_on: Option<&Value>,
        answer: &mut Value,
    ) -> bool {
        let mut state = self.state();
        let queue = queue_name(text(request, "QueueUrl"));
        match action {
            "SendMessage" if passed_on.is_some() => {
                answer["MD5OfMessageBody"] = Value::from(md5(text(request, "MessageBody")));
                true
            }
            "SendMessageBatch" if passed_on.is_some() => {
                after_many(&mut state, request, passed_on, answer);
                true
            }
            "ReceiveMessage" => items_mut(answer, "Messages")
                .fold(false, |mended, message| state.bring_back(message) | mended),
            "DeleteMessage" => {
                state.forget(text(request, "ReceiptHandle"));
                false
            }
            "DeleteMessageBatch" => {
                let deleted = items(answer, "Successful").filter_map(|deleted| entry(request, deleted));
                deleted.for_each(|entry| state.forget(text(entry, "ReceiptHandle")));
                false
            }
            "CreateQueue" | "SetQueueAttributes" => {
                let named = request.get("QueueName").and_then(Value::as_str);
                if let Some(limit) = wanted_limit(request) {
                    state.limits.insert(named.unwrap_or(queue).to_owned(), limit);
                }
                false
            }
            "GetQueueAttributes" => match answer.pointer_mut("/Attributes/MaximumMessageSize") {
                Some(size) => {
                    *size = Value::from(state.limit(queue).to_string());
                    true
                }
                None => false,
            },
            "DeleteQueue" => {
                state.limits.remove(queue);
                false
            }
            _ => false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes from an answer the messages whose bodies are no longer kept, and returns their receipt handles. Their consumers
/// deleted them with the latest handle, but the engine had made them visible again by then and deleted nothing.
pub(super) fn take_out_deleted(answer: &mut Value) -> Vec<String> {
    let is_note = |body: &str| body.strip_prefix(NOTE).is_some_and(|id| uuid::Uuid::parse_str(id).is_ok());
    let Some(messages) = answer.get_mut("Messages").and_then(Value::as_array_mut) else { return Vec::new() };
    let deleted = messages.extract_if(.., |message| is_note(text(message, "Body")));
    deleted.map(|message| text(&message, "ReceiptHandle").to_owned()).collect()
}

fn after_many(state: &mut State, request: &Value, passed_on: Option<&Value>, answer: &mut Value) {
    for sent in items_mut(answer, "Successful") {
        if let Some(entry) = entry(request, sent) {
            sent["MD5OfMessageBody"] = Value::from(md5(text(entry, "MessageBody")));
        }
    }
    for failed in items_mut(answer, "Failed") {
        if let Some(entry) = passed_on.and_then(|passed_on| entry(passed_on, failed)) {
            state.bodies.remove(text(entry, "MessageBody"));
        }
        if entry(request, failed).is_some_and(|entry| !is_allowed(entry)) {
            let (code, message) = Refusal::CHARACTERS;
            (failed["Code"], failed["Message"]) = (Value::from(code), Value::from(message));
        }
    }
}

fn wanted_limit(request: &Value) -> Option<usize> {
    request["Attributes"]["MaximumMessageSize"].as_str()?.parse().ok()
}

/// A message's size in bytes: its body, and its attributes' names, types and values.
fn size(message: &Value) -> usize {
    let attributes = message["MessageAttributes"].as_object().into_iter().flat_map(Map::iter);
    let attributes = attributes.map(|(name, value)| {
        let binary = text(value, "BinaryValue").trim_end_matches('=').len() * 3 / 4;
        name.len() + text(value, "DataType").len() + text(value, "StringValue").len() + binary
    });
    text(message, "MessageBody").len() + attributes.sum::<usize>()
}

/// Whether a message's body has only characters allowed in XML, as SQS requires.
fn is_allowed(message: &Value) -> bool {
    let forbidden = |letter: char| {
        let control = letter < ' ' && !matches!(letter, '\t' | '\n' | '\r');
        control || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    !text(message, "MessageBody").contains(forbidden)
}

fn md5(body: &str) -> String {
    Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}
