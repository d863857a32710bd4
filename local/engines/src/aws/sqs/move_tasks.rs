//! Message move tasks: SQS's own redrive of a dead-letter queue, for engines that lack it.
//!
//! A message is first sent to its destination and then deleted from the dead-letter queue. Both steps go through the journal,
//! so a task killed in between leaves the message in both queues, never in neither.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use rustack_sqs_model::error::{SqsError, SqsErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::Options;
use super::super::activity::Activity;
use super::super::call::Call;
use super::super::response::{Response, build};
use super::moving::{Direction, Mover};
use super::{Engine, queue_name};

/// SQS's limits.
const FASTEST: u64 = 500;
const MOST_RESULTS: usize = 10;

/// The tasks of one engine, newest last.
#[derive(Debug)]
pub(super) struct MoveTasks {
    tasks: Mutex<Vec<Arc<Task>>>,
    activity: Activity,
    /// The prefix of all queue ARNs. An engine behind a URL may use another, so queues are identified by name.
    arns: String,
}

/// One task.
#[derive(Debug)]
pub(super) struct Task {
    handle: String,
    source: String,
    destination: Option<String>,
    rate: Option<u64>,
    started: Timestamp,
    to_move: u64,
    progress: Mutex<Progress>,
}

#[derive(Debug, Clone)]
struct Progress {
    status: Status,
    moved: u64,
    failure: Option<String>,
}

/// SQS's status names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Running,
    Completed,
    Cancelling,
    Cancelled,
    Failed,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Start {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    source_arn: String,
    max_results: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cancel {
    task_handle: String,
}

impl MoveTasks {
    pub(super) fn new(options: &Options, activity: Activity) -> Self {
        let arns = format!("arn:aws:sqs:{}:{}:", options.region, options.account);
        Self { tasks: Mutex::default(), activity, arns }
    }

    /// Whether an action is about move tasks.
    pub(super) fn answer_to(action: &str) -> bool {
        matches!(action, "StartMessageMoveTask" | "ListMessageMoveTasks" | "CancelMessageMoveTask")
    }

    /// Answers a call about move tasks.
    pub(super) async fn handle(&self, engine: &Arc<Engine>, call: &Call) -> Result<Response, SqsError> {
        let answer = match call.action.as_str() {
            "StartMessageMoveTask" => self.start(engine, &call.body).await,
            "ListMessageMoveTasks" => self.list(engine, &call.body).await,
            _ => self.cancel(&call.body),
        }?;
        let json = HeaderValue::from_static("application/x-amz-json-1.0");
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, json)]);
        Ok(build(StatusCode::OK, headers, answer.to_string().into()))
    }

    async fn start(&self, engine: &Arc<Engine>, body: &[u8]) -> Result<Value, SqsError> {
        let request: Start = read(body)?;
        if let Some(rate) = request.max_number_of_messages_per_second
            && !(1..=FASTEST).contains(&rate)
        {
            return Err(SqsError::invalid_parameter_value(format!(
                "Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and {FASTEST}, if provided."
            )));
        }
        let source = self.existing(engine, &request.source_arn, "SourceArn").await?;
        let sources = self.sources_of(engine, &request.source_arn).await?;
        if sources.is_empty() {
            return Err(SqsError::invalid_parameter_value(
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        if let Some(destination) = &request.destination_arn {
            self.existing(engine, destination, "DestinationArn").await?;
        }
        let task = Arc::new(Task {
            handle: handle(&request.source_arn),
            source: request.source_arn,
            destination: request.destination_arn,
            rate: request.max_number_of_messages_per_second,
            started: Timestamp::now(),
            to_move: waiting(engine, &source).await?,
            progress: Mutex::new(Progress { status: Status::Running, moved: 0, failure: None }),
        });
        self.add(&task)?;
        let direction = match &task.destination {
            Some(destination) => Direction::To(destination.clone()),
            None => Direction::Back(sources),
        };
        let mover = Mover { engine: Arc::clone(engine), source, direction };
        let (started, activity) = (task.handle.clone(), self.activity.clone());
        tokio::spawn(async move {
            task.run(&mover).await;
            activity.changed();
        });
        Ok(json!({ "TaskHandle": started }))
    }

    fn add(&self, task: &Arc<Task>) -> Result<(), SqsError> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.iter().any(|other| other.source == task.source && other.is_active()) {
            return Err(SqsError::new(
                SqsErrorCode::UnsupportedOperation,
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        // Listings never include more than this.
        let of_this_queue = tasks.iter().filter(|other| other.source == task.source).count();
        if of_this_queue >= MOST_RESULTS
            && let Some(oldest) = tasks.iter().position(|other| other.source == task.source)
        {
            tasks.remove(oldest);
        }
        tasks.push(Arc::clone(task));
        Ok(())
    }

    async fn list(&self, engine: &Engine, body: &[u8]) -> Result<Value, SqsError> {
        let request: List = read(body)?;
        let most = request.max_results.unwrap_or(1);
        if !(1..=MOST_RESULTS).contains(&most) {
            return Err(SqsError::invalid_parameter_value(format!(
                "Value {most} for parameter MaxResults is invalid. Reason: Must be between 1 and {MOST_RESULTS}, if provided."
            )));
        }
        self.existing(engine, &request.source_arn, "SourceArn").await?;
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = tasks.iter().rev().filter(|task| task.source == request.source_arn).take(most);
        Ok(json!({ "Results": newest.map(|task| task.entry()).collect::<Vec<_>>() }))
    }

    fn cancel(&self, body: &[u8]) -> Result<Value, SqsError> {
        let request: Cancel = read(body)?;
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        let task = tasks.iter().find(|task| task.handle == request.task_handle);
        let task = task.ok_or_else(|| SqsError::resource_not_found("Task does not exist."))?;
        let mut progress = task.progress();
        if progress.status != Status::Running {
            let refusal = "Only active tasks can be cancelled.";
            return Err(SqsError::new(SqsErrorCode::UnsupportedOperation, refusal));
        }
        progress.status = Status::Cancelling;
        Ok(json!({ "ApproximateNumberOfMessagesMoved": progress.moved }))
    }

    /// The URL of the queue that a parameter's ARN names.
    async fn existing(&self, engine: &Engine, arn: &str, parameter: &str) -> Result<String, SqsError> {
        let missing = || {
            let message =
                format!("The resource that you specified for the {parameter} parameter doesn't exist.");
            SqsError::resource_not_found(message)
        };
        let url = engine.ask("GetQueueUrl", &json!({ "QueueName": queue_name(arn) })).await;
        let url = url.map_err(|_| missing())?["QueueUrl"].as_str().unwrap_or_default().to_owned();
        // A queue with that name may exist in another region or account.
        let is_here = arn.strip_prefix(&self.arns) == Some(queue_name(arn));
        if is_here || attribute(engine, &url, "QueueArn").await? == arn { Ok(url) } else { Err(missing()) }
    }

    /// The ARNs of the queues whose dead-letter queue this is. (Engines' own `ListDeadLetterSourceQueues` is missing, or
    /// overlooks policies in which CloudFormation quoted a number.)
    async fn sources_of(&self, engine: &Engine, dead_letters: &str) -> Result<Vec<String>, SqsError> {
        let answer = engine.ask("ListQueues", &json!({ "MaxResults": 1000 })).await?;
        let mut sources = Vec::new();
        for url in answer["QueueUrls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // On a shared engine, it may have been deleted since it was listed.
            let Ok(policy) = attribute(engine, url, "RedrivePolicy").await else { continue };
            let policy: Value = serde_json::from_str(&policy).unwrap_or_default();
            let target = policy["deadLetterTargetArn"].as_str().map(queue_name);
            if target == Some(queue_name(dead_letters)) {
                sources.push(format!("{}{}", self.arns, queue_name(url)));
            }
        }
        Ok(sources)
    }

    /// Prevents tasks from starting another batch.
    pub(super) fn stop(&self) {
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let mut progress = task.progress();
            if progress.status == Status::Running {
                progress.status = Status::Cancelling;
            }
        }
    }
}

impl Task {
    /// Moves the messages that were waiting when the task started. Later ones are left, or the task might never end.
    async fn run(&self, mover: &Mover) {
        let pause = self.rate.map(|rate| Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1));
        let ended = loop {
            let progress = self.progress().clone();
            if progress.status == Status::Cancelling {
                break Ok(Status::Cancelled);
            }
            if progress.moved >= self.to_move {
                break Ok(Status::Completed);
            }
            match mover.next().await {
                Ok(true) => self.progress().moved += 1,
                Ok(false) => break Ok(Status::Completed),
                Err(reason) => break Err(reason),
            }
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        };
        let mut progress = self.progress();
        match ended {
            Ok(status) => progress.status = status,
            Err(reason) => {
                tracing::warn!(source = self.source, reason, "messages stay in their dead-letter queue");
                (progress.status, progress.failure) = (Status::Failed, Some(reason));
            }
        }
    }

    fn is_active(&self) -> bool {
        matches!(self.progress().status, Status::Running | Status::Cancelling)
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its entry in a listing.
    fn entry(&self) -> Value {
        let progress = self.progress();
        let mut entry = Map::new();
        entry.insert("Status".to_owned(), json!(progress.status));
        entry.insert("SourceArn".to_owned(), json!(self.source));
        entry.insert("ApproximateNumberOfMessagesMoved".to_owned(), json!(progress.moved));
        entry.insert("ApproximateNumberOfMessagesToMove".to_owned(), json!(self.to_move));
        entry.insert("StartedTimestamp".to_owned(), json!(self.started.as_millisecond()));
        let running = (progress.status == Status::Running).then(|| json!(self.handle));
        let optional = [
            ("TaskHandle", running),
            ("DestinationArn", self.destination.as_ref().map(|arn| json!(arn))),
            ("MaxNumberOfMessagesPerSecond", self.rate.map(|rate| json!(rate))),
            ("FailureReason", progress.failure.as_ref().map(|reason| json!(reason))),
        ];
        entry.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Value::Object(entry)
    }
}

async fn waiting(engine: &Engine, url: &str) -> Result<u64, SqsError> {
    let waiting = attribute(engine, url, "ApproximateNumberOfMessages").await?;
    waiting.parse().map_err(|_| SqsError::internal_error("the engine does not count its messages"))
}

async fn attribute(engine: &Engine, url: &str, name: &str) -> Result<String, SqsError> {
    let request = json!({ "QueueUrl": url, "AttributeNames": [name] });
    let answer = engine.ask("GetQueueAttributes", &request).await?;
    Ok(answer["Attributes"][name].as_str().unwrap_or_default().to_owned())
}

/// Builds a task handle in SQS's format.
fn handle(source: &str) -> String {
    BASE64.encode(json!({ "taskId": uuid::Uuid::new_v4().to_string(), "sourceArn": source }).to_string())
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, SqsError> {
    serde_json::from_slice(body).map_err(|error| {
        let error = error.to_string();
        match error.split('`').nth(1).filter(|_| error.starts_with("missing field")) {
            Some(name) => {
                SqsError::missing_parameter(format!("The request must contain the parameter {name}."))
            }
            None => SqsError::invalid_parameter_value(error),
        }
    })
}
