//! Messages that cannot be handled: they fail individually, go to the dead-letter queue with their causes in the log,
//! and can be redriven.
//!
//! No operation of the shop panics on demand, so this flow has its own consumer (`fragile-consumer`) and template. It
//! is deployed three times over the same queues: paused, with its bug, and with the fix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::events::{ContentType, Envelope, Event, SpecVersion, UserEvent, UserRegistered};
use domain::words::id::{EventId, UserId};
use engines::aws::Service;
use jiff::Timestamp;
use model::invoke::{Invocation, Invoke};
use runtime::cloud::{Cloud, Options, Ports};
use runtime::host::{LogLine, LogSource};
use runtime::sources::Redelivery;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::Engines;

/// Far longer than anything takes on any machine; reached only if something hangs.
const DEADLINE: Duration = Duration::from_secs(60);

const QUEUE: &str = "RegistrationsQueue";
const DEAD_LETTERS: &str = "RegistrationsDeadLetterQueue";

/// One deployment of the consumer.
struct Release {
    cloud: Cloud,
    log: Arc<Mutex<Vec<LogLine>>>,
    _root: TempDir,
}

impl Release {
    /// Deploys the template with these parameters over the data that earlier deployments left in `data`.
    async fn deploy(data: &Path, stack_name: &str, consuming: bool, panics_over: &str) -> Self {
        Self::redelivering(Redelivery::Backoff, data, stack_name, consuming, panics_over).await
    }

    async fn redelivering(
        redelivery: Redelivery,
        data: &Path,
        stack_name: &str,
        consuming: bool,
        panics_over: &str,
    ) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let template = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/poison/template.yaml");
        let parameters = json!({ "Consuming": consuming.to_string(), "PanicsOver": panics_over });
        let service = json!({ "Location": template, "Parameters": parameters });
        let stack = json!({
            "Transform": "AWS::Serverless-2016-10-31",
            // The laptop cloud passes these to every stack.
            "Parameters": {
                "PublicUrl": { "Type": "String" },
                "PaymentGateway": { "Type": "String" },
                "StripeApiUrl": { "Type": "String" },
                "StripeRequestsPerSecond": { "Type": "String" },
                "MailsPerSecond": { "Type": "String" },
                "FirstAdminEmail": { "Type": "String" },
                "StaffEmail": { "Type": "String" },
                "OriginSecretArn": { "Type": "String" },
                "OriginDigests": { "Type": "String" },
            },
            "Resources": { "Service": { "Type": "AWS::Serverless::Application", "Properties": service } },
        });
        std::fs::write(root.path().join("template.yaml"), stack.to_string())
            .expect("the template is written");
        let log = Arc::<Mutex<Vec<LogLine>>>::default();
        let lines = Arc::clone(&log);
        let engines = Engines::named();
        let options = Options {
            root: root.path().to_owned(),
            stack_name: stack_name.to_owned(),
            binaries: tests::binaries().await,
            data: Some(data.to_owned()),
            mails: usize::MAX,
            ports: Ports::default(),
            dynamodb_endpoint: engines.dynamodb,
            sqs_endpoint: engines.sqs,
            ses_endpoint: None,
            stripe_endpoint: None,
            lambda_endpoint: None,
            schedules: false,
            concurrency: 4,
            redelivery,
            log: Arc::new(move |line| lines.lock().unwrap_or_else(PoisonError::into_inner).push(line)),
        };
        let cloud = Cloud::start(options).await.expect("the template is deployed");
        Self { cloud, log, _root: root }
    }

    /// Waits until no message is left, except in the dead-letter queue.
    async fn settle(&self) {
        if let Err(busy) = self.cloud.sources().idle(DEADLINE).await {
            panic!("the queue is not empty: {busy}");
        }
    }

    async fn call(&self, service: Service, action: &str, request: Value) -> Value {
        self.cloud.endpoint().call(service, action, &request).await.expect("the call succeeds")
    }

    /// Returns the generated name of a queue.
    fn queue(&self, ending: &str) -> String {
        let mut queues = self.cloud.deployment().queues.iter();
        queues.find(|queue| queue.name.ends_with(ending)).expect("the queue").name.clone()
    }

    fn queue_url(&self, ending: &str) -> String {
        self.cloud.endpoint().queue_url(&self.queue(ending))
    }

    async fn send(&self, queue: &str, bodies: &[String]) {
        let entries: Vec<Value> = bodies
            .iter()
            .enumerate()
            .map(|(index, body)| json!({ "Id": index.to_string(), "MessageBody": body }))
            .collect();
        let request = json!({ "QueueUrl": self.queue_url(queue), "Entries": entries });
        let answer = self.call(Service::Sqs, "SendMessageBatch", request).await;
        assert_eq!(answer["Successful"].as_array().map(Vec::len), Some(bodies.len()), "{answer}");
    }

    /// Returns the messages in the dead-letter queue.
    async fn dead_letters(&self) -> Vec<Value> {
        let request = json!({
            "QueueUrl": self.queue_url(DEAD_LETTERS), "MaxNumberOfMessages": 10, "VisibilityTimeout": 0,
        });
        let mut answer = self.call(Service::Sqs, "ReceiveMessage", request).await;
        match answer["Messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        }
    }

    /// Moves the dead letters back, as an operator does once the cause is fixed. Returns how many.
    async fn redrive(&self) -> u64 {
        self.cloud.endpoint().redrive(&self.queue(DEAD_LETTERS)).await.expect("they are moved")
    }

    /// Returns how often each user was noted.
    async fn notes(&self) -> BTreeMap<String, usize> {
        let table = &self.cloud.deployment().tables[0].name;
        let found = self.call(Service::DynamoDb, "Scan", json!({ "TableName": table })).await;
        let rows = found["Items"].as_array().expect("rows").iter().filter(|row| row["row"]["S"] == "note");
        rows.fold(BTreeMap::new(), |mut notes, row| {
            *notes.entry(row["user_id"]["S"].as_str().expect("a user").to_owned()).or_default() += 1;
            notes
        })
    }

    /// Returns the function's log lines by invocation, in the order in which the invocations began.
    fn invocations(&self) -> Vec<Vec<Value>> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let mut order = Vec::new();
        let mut lines: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for line in log.iter() {
            let Some(request_id) = line.request_id.as_deref() else { continue };
            let known = lines.entry(request_id).or_insert_with(|| {
                order.push(request_id);
                Vec::new()
            });
            if line.source == LogSource::Function {
                // Output that is not JSON, such as a panic's message, is not a log line.
                known.extend(serde_json::from_str::<Value>(&line.line).ok());
            }
        }
        order.iter().filter_map(|request_id| lines.remove(request_id)).collect()
    }

    async fn retire(self) {
        self.cloud.shutdown().await;
    }
}

/// Returns the messages that an invocation reported as failed, with the cause of each.
fn failures(lines: &[Value]) -> BTreeMap<String, String> {
    let failed = lines.iter().filter(|line| line["message"] == "the message failed");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    failed.map(|line| (text(&line["message_id"]), text(&line["error"]))).collect()
}

fn user(number: u128) -> UserId {
    UserId::from_parts(1_795_428_000_000, number)
}

fn registration(number: u128) -> String {
    let time = Timestamp::from_second(1_795_428_000).expect("a time");
    let envelope = Envelope {
        specversion: SpecVersion::V1,
        id: EventId::from_parts(1_795_428_000_000, number),
        source: "/bodega/users".to_owned(),
        subject: user(number).to_string(),
        time,
        datacontenttype: ContentType::Json,
        traceparent: None,
        correlationid: "the test".to_owned(),
        event: Event::User(UserEvent::Registered(UserRegistered { user_id: user(number), token_id: None })),
    };
    serde_json::to_string(&envelope).expect("JSON")
}

fn once_each(users: impl IntoIterator<Item = u128>) -> BTreeMap<String, usize> {
    users.into_iter().map(|number| (user(number).to_string(), 1)).collect()
}

fn bodies(messages: &[Value]) -> BTreeSet<&str> {
    messages.iter().map(|message| message["Body"].as_str().expect("a body")).collect()
}

/// The user for whom the consumer panics, and the one whose message is truncated.
const PANICKING: u128 = 4;
const TRUNCATED: u128 = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_ten_messages_fail_individually_and_are_redriven_after_the_fix() {
    let data = tempfile::tempdir().expect("a folder");
    let stack = Engines::named().stack_name();
    let mut ten: Vec<String> = (0..10).map(registration).collect();
    let (panicking, whole) = (ten[PANICKING as usize].clone(), ten[TRUNCATED as usize].clone());
    let truncated = whole[..whole.len() / 2].to_owned();
    ten[TRUNCATED as usize].clone_from(&truncated);
    let good = || (0..10).filter(|number| ![PANICKING, TRUNCATED].contains(number));

    // All ten are in the queue before the consumer reads, so they are one batch.
    let panics_over = user(PANICKING).to_string();
    let paused = Release::deploy(data.path(), &stack, false, &panics_over).await;
    paused.send(QUEUE, &ten).await;
    paused.retire().await;

    let broken = Release::deploy(data.path(), &stack, true, &panics_over).await;
    broken.settle().await;
    assert_eq!(broken.notes().await, once_each(good()));
    let invocations = broken.invocations();
    let first = &invocations[0];
    assert_eq!(first.iter().filter(|line| line["message"] == "noted").count(), 8, "{first:#?}");
    let reasons = failures(first);
    assert_eq!(reasons.len(), 2, "{first:#?}");
    assert!(reasons.values().any(|reason| reason.starts_with("the body is not JSON: EOF")), "{reasons:?}");
    let panicked = format!("the operation panicked: no room for {panics_over}");
    assert!(reasons.values().any(|reason| *reason == panicked), "{reasons:?}");
    for (number, lines) in invocations.iter().enumerate().skip(1) {
        assert!(!lines.iter().any(|line| line["message"] == "noted"), "invocation {number}: {lines:#?}");
        assert!(!failures(lines).is_empty(), "invocation {number}: {lines:#?}");
    }
    let dead = broken.dead_letters().await;
    assert_eq!(bodies(&dead), BTreeSet::from([panicking.as_str(), truncated.as_str()]));
    assert_eq!(dead.len(), 2);
    let ids: BTreeSet<&str> =
        dead.iter().map(|message| message["MessageId"].as_str().expect("an id")).collect();
    assert_eq!(ids, reasons.keys().map(String::as_str).collect(), "the log names the dead letters");
    assert_a_repeated_batch_reports_two(&broken, &ten).await;
    assert_eq!(broken.notes().await, once_each(good()), "nothing is noted twice");
    broken.retire().await;

    let fixed = Release::deploy(data.path(), &stack, true, "nobody").await;
    fixed.settle().await;
    // One more was already applied, as if its consumer had died before it could report that.
    fixed.send(DEAD_LETTERS, &ten[..1]).await;
    assert_eq!(fixed.redrive().await, 3, "the two dead letters, and the one that was added");
    fixed.settle().await;
    assert_eq!(fixed.notes().await, once_each((0..10).filter(|number| *number != TRUNCATED)));
    let dead = fixed.dead_letters().await;
    assert_eq!(
        bodies(&dead),
        BTreeSet::from([truncated.as_str()]),
        "the truncated message fails again, and is kept"
    );
    let reasons: BTreeMap<String, String> =
        fixed.invocations().iter().flat_map(|lines| failures(lines)).collect();
    assert!(reasons[dead[0]["MessageId"].as_str().expect("an id")].starts_with("the body is not JSON"));

    // The operator sends the whole message, and mistakenly the other one a second time.
    fixed.send(QUEUE, &[whole, panicking]).await;
    let delete =
        json!({ "QueueUrl": fixed.queue_url(DEAD_LETTERS), "ReceiptHandle": dead[0]["ReceiptHandle"] });
    fixed.call(Service::Sqs, "DeleteMessage", delete).await;
    fixed.settle().await;
    assert_eq!(fixed.notes().await, once_each(0..10));
    assert_eq!(fixed.dead_letters().await, Vec::<Value>::new());
    fixed.retire().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_message_returns_within_seconds_and_not_after_its_visibility_timeout() {
    let data = tempfile::tempdir().expect("a folder");
    let stack = Engines::named().stack_name();
    let panics_over = user(PANICKING).to_string();
    let release =
        Release::redelivering(Redelivery::AfterVisibility, data.path(), &stack, true, &panics_over).await;
    let mut changes = release.cloud.endpoint().activity().subscribe();
    release.send(QUEUE, &[registration(PANICKING)]).await;
    let delivered_again = async {
        while release.invocations().iter().filter(|lines| !failures(lines).is_empty()).count() < 2 {
            changes.changed().await.expect("the cloud runs");
        }
    };
    // The first wait is two seconds at most, and the visibility timeout is sixty.
    let in_time = tokio::time::timeout(Duration::from_secs(30), delivered_again).await.is_ok();
    assert!(in_time, "{:#?}", release.invocations());
    release.retire().await;
}

/// Checks the reply that the function returns to Lambda, which the queues show only indirectly.
async fn assert_a_repeated_batch_reports_two(release: &Release, ten: &[String]) {
    let records = ten.iter().enumerate().map(|(number, body)| {
        json!({ "messageId": format!("message-{number}"), "body": body, "eventSource": "aws:sqs" })
    });
    let event = json!({ "Records": records.collect::<Vec<_>>() });
    let invocation = Invocation {
        operation: "fragile-consumer".to_owned(),
        payload: Bytes::from(event.to_string()),
        trace_header: None,
    };
    let answer = release.cloud.invocations().invoke(invocation).await.expect("the function runs");
    assert_eq!(answer.function_error, None);
    let answer: Value = serde_json::from_slice(&answer.payload).expect("JSON");
    let failures = answer["batchItemFailures"].as_array().expect("a list").iter();
    let reported: BTreeSet<&str> =
        failures.filter_map(|failure| failure["itemIdentifier"].as_str()).collect();
    let expected = [PANICKING, TRUNCATED].map(|number| format!("message-{number}"));
    assert_eq!(reported, expected.iter().map(String::as_str).collect());
}
