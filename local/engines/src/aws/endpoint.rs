//! The endpoint itself: the listener, and the one function that every AWS call passes through.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::activity::Activity;
use super::call::{Call, Principal, Service};
use super::dynamodb::DynamoDb;
use super::mail_events::Publication;
use super::mailbox::Mailbox;
use super::meter::{Meter, Usage};
use super::own_calls::CallError;
use super::response::{Response, expired, json_error, s3_error};
use super::s3::{Notification, S3};
use super::secrets::Secrets;
use super::sent::{MessageSink, Sent};
use super::serve::serve;
use super::ses::Ses;
use super::sqs::{Sqs, in_process, redrive_policy};
use super::{Options, StartError};
use crate::credentials::Credentials;
use crate::faults::Faults;
use crate::iam::Policies;
use model::deployment::Queue;

/// DynamoDB accepts 16 MB, the largest limit of all services.
pub(super) const MAX_BODY: usize = 16 * 1024 * 1024;

/// How long a stopping listener waits for calls in flight.
const STOP_WITHIN: Duration = Duration::from_millis(500);

/// How often expired items and old stream records are deleted. (AWS takes up to two days; nothing may rely on prompt
/// deletion.)
const TTL_SWEEP: Duration = Duration::from_secs(60);

/// Lambda's own API, served here so that one endpoint URL is enough.
pub trait LambdaApi: Send + Sync {
    /// Answers a call.
    fn serve(&self, call: Call) -> BoxFuture<'_, Response>;
}

/// The AWS endpoint of one laptop cloud.
pub struct Endpoint {
    pub(super) options: Options,
    pub(super) dynamodb: DynamoDb,
    pub(super) sqs: Sqs,
    pub(super) ses: Ses,
    pub(super) s3: S3,
    pub(super) secrets: Secrets,
    pub(super) queues: Mutex<Vec<Queue>>,
    url: String,
    pub(super) credentials: Arc<dyn Credentials>,
    lambda: OnceLock<Arc<dyn LambdaApi>>,
    meter: Meter,
    sent: Sent,
    mailbox: Mailbox,
    activity: Activity,
    faults: Faults,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDepth {
    /// The queue's name.
    pub name: String,
    /// Waiting to be received.
    pub visible: u64,
    /// Received and not deleted yet.
    pub in_flight: u64,
    /// Not due yet.
    pub delayed: u64,
    /// Whether it is another queue's dead-letter queue.
    pub dead_letters: bool,
}

impl QueueDepth {
    /// All its messages.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

impl Endpoint {
    /// Starts the engines and serves them on the listener.
    ///
    /// # Errors
    /// The data directory or a loopback port cannot be used.
    pub async fn start(
        listener: TcpListener,
        credentials: Arc<dyn Credentials>,
        options: Options,
    ) -> Result<Arc<Self>, StartError> {
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let data = options.data.as_deref();
        if let Some(directory) = data {
            std::fs::create_dir_all(directory)
                .map_err(|error| StartError::File(directory.to_owned(), error))?;
        }
        let activity = Activity::default();
        let mailbox =
            Mailbox::open(data, options.mails).map_err(|(path, error)| StartError::File(path, error))?;
        let faults = Faults::new(activity.clone());
        let (rows, lag) = (faults.rows().clone(), faults.lag().clone());
        let endpoint = Arc::new(Self {
            dynamodb: match &options.dynamodb_endpoint {
                Some(url) => DynamoDb::external(url.clone(), &options, rows, lag)?,
                None => DynamoDb::embedded(&options, rows, lag).await?,
            },
            sqs: match &options.sqs_endpoint {
                Some(url) => Sqs::external(url.clone(), &options, activity.clone())?,
                None => Sqs::embedded(address.port(), &options, activity.clone())?,
            },
            ses: match &options.ses_endpoint {
                Some(url) => Ses::external(url.clone(), &options, mailbox.clone())?,
                None => Ses::embedded(&options, mailbox.clone()),
            },
            s3: S3::embedded(&options, Arc::clone(&credentials))?,
            secrets: Secrets::embedded(&options).await?,
            queues: Mutex::default(),
            url: format!("http://{address}"),
            options,
            credentials,
            lambda: OnceLock::new(),
            meter: Meter::default(),
            sent: Sent::default(),
            mailbox,
            faults,
            activity,
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
        });
        endpoint.spawn(listener);
        Ok(endpoint)
    }

    fn spawn(self: &Arc<Self>, listener: TcpListener) {
        // Weak, so that dropping the cloud without a shutdown also ends its listener.
        let router = Router::new().fallback(serve).with_state(Arc::downgrade(self));
        let mut stopped = self.stop.subscribe();
        let stopped = async move {
            // An error means that the endpoint was dropped, which also stops the listener.
            if stopped.wait_for(|stop| *stop).await.is_err() {
                tracing::trace!("the endpoint was dropped without a shutdown");
            }
        };
        let listening = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "the AWS endpoint stopped");
            }
        });
        let mut stopped = self.stop.subscribe();
        let weak = Arc::downgrade(self);
        let sweeping = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TTL_SWEEP);
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    _ = stopped.wait_for(|stop| *stop) => return,
                }
                let Some(endpoint) = weak.upgrade() else { return };
                endpoint.dynamodb.delete_expired().await;
            }
        });
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend([listening, sweeping]);
    }

    /// The endpoint's URL, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The region in ARNs.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.options.region
    }

    /// The account in ARNs.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.options.account
    }

    /// Answers with an object of a bucket, as the front door reads it.
    pub async fn object(&self, bucket: &str, key: &str, method: Method, headers: HeaderMap) -> Response {
        match super::s3::in_process(method, &format!("/{bucket}/{key}"), headers) {
            Some(call) => self.handle(call).await,
            None => s3_error(StatusCode::BAD_REQUEST, "InvalidURI", "Couldn't parse the specified URI."),
        }
    }

    /// Sets the handler for Lambda's API.
    pub fn serve_lambda(&self, api: Arc<dyn LambdaApi>) {
        if self.lambda.set(api).is_err() {
            tracing::warn!("a second Lambda host for the endpoint is ignored");
        }
    }

    /// Answers one call. Every AWS call of this laptop cloud passes through here.
    pub async fn handle(&self, call: Call) -> Response {
        if let Some(preflight) = self.s3.preflight(&call) {
            return preflight;
        }
        let mut usage = Usage { calls: 1, ..Usage::default() };
        let allowed = self.options.policies.as_ref().map_or(Ok(()), |policies| policies.check(&call));
        let mut response = match (allowed, &call.service) {
            // Its event is redelivered to a function of this run.
            (_, service) if call.principal == Principal::LeftBehind => expired(service),
            (Err(denial), service) => denial.response(service),
            (Ok(()), service) => self.answer(service, &call, &mut usage).await,
        };
        self.s3.decorate(&call, &mut response);
        usage.errors = u64::from(!response.status().is_success());
        let action = call.iam_action();
        tracing::debug!(principal = %call.principal, action, status = response.status().as_u16(), "call");
        self.sent.note(&call, &response);
        self.meter.record(&call.principal, &action, &usage);
        self.activity.changed();
        response
    }

    async fn answer(&self, service: &Service, call: &Call, usage: &mut Usage) -> Response {
        match service {
            Service::DynamoDb => self.dynamodb.handle(call, usage).await,
            Service::Sqs => self.sqs.handle(call).await,
            Service::Ses => {
                let (response, publications) = self.ses.handle(call).await;
                for publication in publications {
                    self.publish(publication).await;
                }
                response
            }
            Service::S3 => {
                let (response, notifications) = self.s3.handle(call).await;
                if response.status() == StatusCode::NOT_FOUND
                    && let Some(denial) = self.hides_absence(call)
                {
                    return denial;
                }
                for Notification { queue_arn, event } in notifications {
                    self.publish(Publication { queue_arn, event }).await;
                }
                response
            }
            Service::SecretsManager => self.secrets.handle(call).await,
            Service::Lambda => match self.lambda.get() {
                Some(lambda) => lambda.serve(call.clone()).await,
                None => json_error(
                    StatusCode::NOT_FOUND,
                    "ResourceNotFoundException",
                    "the Lambda host is not running yet",
                ),
            },
            Service::Other(name) => {
                let message = format!("the laptop cloud does not serve {name:?}");
                json_error(StatusCode::BAD_REQUEST, "UnknownOperationException", &message)
            }
        }
    }

    /// S3 says that an object does not exist only to those who may list the bucket. Others are told that they may not see it.
    fn hides_absence(&self, call: &Call) -> Option<Response> {
        let list = super::s3::listing(call)?;
        let denial = self.options.policies.as_ref()?.check(&list).err()?;
        Some(denial.response(&call.service))
    }

    /// Publishes an event about a mail, as SES does through SNS, or about an object.
    async fn publish(&self, Publication { queue_arn, event }: Publication) {
        let request = json!({ "QueueUrl": self.queue_url(&queue_arn), "MessageBody": event });
        let call = in_process(Service::Sqs, "SendMessage", &request, self.region());
        let response = self.sqs.handle(&call).await;
        if !response.status().is_success() {
            tracing::error!(queue_arn, status = response.status().as_u16(), "an event is lost");
        }
    }

    /// The functions' policies, if they are enforced.
    #[must_use]
    pub fn policies(&self) -> Option<&Arc<Policies>> {
        self.options.policies.as_ref()
    }

    /// Requests and capacity, by caller.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Passes on every message that functions send to queues from now on. There is one sink.
    pub fn pass_on_messages(&self, sink: MessageSink) {
        self.sent.to(sink);
    }

    /// Sent mail.
    #[must_use]
    pub fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Reports every change in the laptop cloud.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// The faults to inject into the functions' calls.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Counts the writes to a table.
    #[must_use]
    pub fn table_writes(&self, table: &str) -> watch::Receiver<u64> {
        self.dynamodb.writes(table)
    }

    /// Notes that a function's event source has processed a table's stream up to this record. The embedded engine keeps
    /// a stream's records until all event sources have processed them.
    pub async fn stream_processed(&self, table: &str, operation: &str, last: &str, records: usize) {
        self.dynamodb.stream_processed(table, operation, last, records).await;
    }

    /// Whether every write to a table passes through here and is therefore counted.
    #[must_use]
    pub fn sees_all_writes(&self) -> bool {
        self.dynamodb.is_embedded()
    }

    /// A queue's URL, by its ARN or name.
    #[must_use]
    pub fn queue_url(&self, arn_or_name: &str) -> String {
        format!("{}/{}/{}", self.url, self.options.account, super::queue_name(arn_or_name))
    }

    /// The depths of the provisioned queues.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn queue_depths(&self) -> Result<Vec<QueueDepth>, CallError> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let dead: Vec<String> = queues.iter().filter_map(redrive_policy).map(|(arn, _)| arn).collect();
        let mut depths = Vec::with_capacity(queues.len());
        for queue in &queues {
            let request = json!({ "QueueUrl": self.queue_url(&queue.name), "AttributeNames": ["All"] });
            // Not through `handle`: looking is not activity.
            let call = in_process(Service::Sqs, "GetQueueAttributes", &request, self.region());
            let response = self.sqs.handle(&call).await;
            let answer: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            let count = |name: &str| answer["Attributes"][name].as_str()?.parse().ok();
            let (Some(visible), Some(in_flight), Some(delayed)) = (
                count("ApproximateNumberOfMessages"),
                count("ApproximateNumberOfMessagesNotVisible"),
                count("ApproximateNumberOfMessagesDelayed"),
            ) else {
                let message = String::from_utf8_lossy(response.body()).into_owned();
                let action = "GetQueueAttributes".to_owned();
                return Err(CallError { action, code: response.status().to_string(), message });
            };
            let dead_letters = dead.contains(&queue.arn);
            depths.push(QueueDepth { name: queue.name.clone(), visible, in_flight, delayed, dead_letters });
        }
        Ok(depths)
    }

    /// Stops the listener and the engines. Their files can be reopened immediately.
    pub async fn shutdown(&self) {
        self.stop.send_replace(true);
        self.sqs.stop().await;
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            if tokio::time::timeout(STOP_WITHIN, &mut task).await.is_err() {
                task.abort();
            }
        }
        self.dynamodb.stop();
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        for task in self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner) {
            task.abort();
        }
    }
}
