//! Faults in a function's calls: the errors that its SDK sees, and whether the calls took effect.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use bytes::Bytes;
use engines::aws::Endpoint;
use engines::faults::{Broken, Fault, Site};
use model::clock::Clock;
use model::deployment::{Deployment, Secret, Source};
use model::invoke::{Answer, Invocation, Invoke};
use runtime::host::{self, Host};
use runtime::sources::Sources;
use serde_json::{Value, json};

use crate::binaries;
use crate::cloud::*;

fn deployment() -> Deployment {
    let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:key");
    Deployment {
        functions: vec![
            function("puppet", Vec::new()),
            function("relay", vec![Source::Stream(stream("orders"))]),
        ],
        tables: vec![table("orders")],
        queues: vec![queue("work", &[])],
        secrets: vec![Secret { name: "key".to_owned(), arn, generate: json!({}) }],
        identities: vec!["bodega.example".to_owned()],
        ..Deployment::default()
    }
}

fn site(action: &str, nth: u32) -> Site {
    Site { function: "puppet".to_owned(), action: action.to_owned(), nth }
}

/// A laptop cloud with a stream reader, and clients for its DynamoDB.
struct Bench {
    endpoint: Arc<Endpoint>,
    sources: Sources,
    written: Arc<Recorder>,
    deployment: Deployment,
}

impl Bench {
    async fn open() -> Self {
        let deployment = deployment();
        let endpoint = endpoint(&deployment, options(None)).await;
        let written = Recorder::succeeding();
        let sources = start_sources(&deployment, &endpoint, written.clone(), None).await;
        sources.idle(SOON).await.unwrap();
        endpoint.faults().watch();
        Self { endpoint, sources, written, deployment }
    }

    fn client(&self, operation: Option<&str>, attempts: u32) -> aws_sdk_dynamodb::Client {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(300)).build();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .credentials_provider(key(&self.deployment.functions, operation))
            .endpoint_url(self.endpoint.url())
            .retry_config(RetryConfig::standard().with_max_attempts(attempts))
            .timeout_config(timeouts)
            .build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// Writes an item without retries.
    async fn put(
        &self,
        pk: &str,
    ) -> Result<(), SdkError<aws_sdk_dynamodb::operation::put_item::PutItemError>> {
        let put = self.client(Some("puppet"), 1).put_item().table_name("orders");
        put.item("pk", s(pk)).item("sk", s("x")).send().await.map(drop)
    }

    /// Waits until idle, and returns the keys of the written items in the order of the stream.
    async fn written(&self) -> Vec<String> {
        self.sources.idle(SOON).await.unwrap();
        let events = self.written.events();
        let records = events.iter().flat_map(|event| event["Records"].as_array().unwrap());
        records.map(|record| record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap().to_owned()).collect()
    }

    async fn close(self) {
        self.sources.shutdown().await;
        self.endpoint.shutdown().await;
    }
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
}

#[tokio::test]
async fn a_refused_call_has_no_effect_and_its_retry_succeeds() {
    let bench = Bench::open().await;
    let faults = bench.endpoint.faults();
    for (nth, fault, expected) in
        [(1, Fault::Throttled, "ThrottlingException"), (2, Fault::Failed, "InternalServerError")]
    {
        faults.at(site("dynamodb:PutItem", nth), fault);
        let refused = bench.put("refused").await.unwrap_err();
        assert_eq!(code(&refused), Some(expected));
    }
    // Only transactions can have a conflict.
    faults.at(site("dynamodb:PutItem", 3), Fault::Conflict);
    bench.put("written").await.unwrap();
    faults.at(site("dynamodb:PutItem", 4), Fault::Throttled);
    faults.at(site("dynamodb:PutItem", 5), Fault::Failed);
    let patient = bench.client(Some("puppet"), 3).put_item().table_name("orders");
    patient.item("pk", s("third try")).item("sk", s("x")).send().await.unwrap();
    assert_eq!(bench.written().await, ["written", "third try"]);

    let watched = faults.stop();
    assert_eq!(watched.calls, (1..=6).map(|nth| site("dynamodb:PutItem", nth)).collect::<Vec<_>>());
    let fired: Vec<(u32, Fault)> = watched.fired.iter().map(|(site, fault)| (site.nth, *fault)).collect();
    use Fault::{Failed, Throttled};
    assert_eq!(fired, [(1, Throttled), (2, Failed), (4, Throttled), (5, Failed)]);
    assert_eq!((faults.calls(), faults.fired()), (Vec::new(), Vec::new()));
    bench.close().await;
}

#[tokio::test]
async fn a_conflict_returns_transaction_canceled_exception() {
    let bench = Bench::open().await;
    bench.endpoint.faults().at(site("dynamodb:TransactWriteItems", 1), Fault::Conflict);
    let item = |pk: &str| {
        let put = Put::builder().table_name("orders").item("pk", s(pk)).item("sk", s("x")).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let write = bench.client(Some("puppet"), 1).transact_write_items();
    let write = write.transact_items(item("a")).transact_items(item("b"));
    let refused = write.clone().send().await.unwrap_err().into_service_error();
    assert!(refused.is_transaction_canceled_exception(), "{refused:?}");
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        refused,
    ) = refused
    else {
        return;
    };
    let codes =
        refused.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect::<Vec<_>>();
    assert_eq!(codes, ["TransactionConflict", "None"]);
    assert!(refused.message().unwrap().ends_with("[TransactionConflict, None]"), "{refused:?}");
    assert!(bench.written().await.is_empty());
    write.send().await.unwrap();
    assert_eq!(bench.written().await, ["a", "b"]);
    bench.close().await;
}

#[tokio::test]
async fn each_service_refuses_with_its_own_error_codes() {
    let bench = Bench::open().await;
    let faults = bench.endpoint.faults();
    let key = || key(&bench.deployment.functions, Some("puppet"));
    let send = sqs(&bench.endpoint, key()).send_message().queue_url(bench.endpoint.queue_url("work"));
    let send = send.message_body("x");
    let content = Content::builder().data("x").build().unwrap();
    let body = Body::builder().text(content.clone()).build();
    let mail = ses(&bench.endpoint, key()).send_email().source("shop@bodega.example");
    let mail = mail
        .destination(Destination::builder().to_addresses("ada@example.com").build())
        .message(Message::builder().subject(content).body(body).build());
    let get = secrets(&bench.endpoint, key()).get_secret_value().secret_id("key");
    for (nth, fault, expected) in [
        (1, Fault::Throttled, ["RequestThrottled", "Throttling", "ThrottlingException"]),
        (2, Fault::Failed, ["InternalFailure", "InternalFailure", "InternalServiceError"]),
    ] {
        for action in ["sqs:SendMessage", "ses:SendEmail", "secretsmanager:GetSecretValue"] {
            faults.at(site(action, nth), fault);
        }
        assert_eq!(code(&send.clone().send().await.unwrap_err()), Some(expected[0]));
        assert_eq!(code(&mail.clone().send().await.unwrap_err()), Some(expected[1]));
        assert_eq!(code(&get.clone().send().await.unwrap_err()), Some(expected[2]));
    }
    assert_eq!(bench.endpoint.queue_depths().await.unwrap()[0].total(), 0);
    assert!(bench.endpoint.mailbox().all().is_empty());
    send.send().await.unwrap();
    mail.send().await.unwrap();
    get.send().await.unwrap();
    assert_eq!(bench.endpoint.queue_depths().await.unwrap()[0].total(), 1);
    bench.close().await;
}

#[tokio::test]
async fn a_lost_response_breaks_the_connection_after_the_write() {
    let bench = Bench::open().await;
    bench.endpoint.faults().at(site("dynamodb:PutItem", 1), Fault::AnswerLost);
    let lost = bench.put("lost").await.unwrap_err();
    let SdkError::DispatchFailure(failure) = &lost else { panic!("{lost:?}") };
    assert!(!failure.is_timeout() && !failure.is_user(), "{failure:?}");
    assert!(format!("{failure:?}").contains("IncompleteMessage"), "{failure:?}");
    assert_eq!(bench.written().await, ["lost"]);
    bench.close().await;
}

#[tokio::test]
async fn an_sdk_retries_after_a_lost_response() {
    let bench = Bench::open().await;
    bench.endpoint.faults().at(site("dynamodb:PutItem", 1), Fault::AnswerLost);
    let put = bench.client(Some("puppet"), 2).put_item().table_name("orders");
    let put = put.item("pk", s("once")).item("sk", s("x")).condition_expression("attribute_not_exists(pk)");
    // The retry finds the item of the first attempt.
    let refused = put.send().await.unwrap_err().into_service_error();
    assert!(refused.is_conditional_check_failed_exception(), "{refused:?}");
    assert_eq!(bench.written().await, ["once"]);
    bench.close().await;
}

#[tokio::test]
async fn a_late_call_takes_effect_after_the_callers_timeout() {
    let bench = Bench::open().await;
    bench.endpoint.faults().at(site("dynamodb:PutItem", 1), Fault::Late);
    let late = bench.put("late").await.unwrap_err();
    assert!(matches!(&late, SdkError::TimeoutError(_)), "{late:?}");
    assert_eq!(bench.written().await, ["late"]);
    assert_eq!(bench.endpoint.faults().under_way(), 0);
    bench.close().await;
}

#[tokio::test]
async fn only_functions_calls_have_faults() {
    let bench = Bench::open().await;
    let faults = bench.endpoint.faults();
    faults.rates(1, &[(Fault::Failed, 1.0)]);
    let put = bench.client(None, 1).put_item().table_name("orders");
    put.item("pk", s("operator")).item("sk", s("x")).send().await.unwrap();
    assert_eq!(bench.written().await, ["operator"]);
    bench.put("function").await.unwrap_err();
    assert_eq!(faults.calls(), [site("dynamodb:PutItem", 1)]);
    assert_eq!(faults.stop().fired.len(), 1);
    bench.put("function").await.unwrap();
    assert!(faults.calls().is_empty());
    bench.close().await;
}

#[tokio::test]
async fn a_server_outside_aws_has_the_same_faults() {
    let bench = Bench::open().await;
    let faults = bench.endpoint.faults();
    let action = "stripe:ConfirmPaymentIntent";
    for (nth, fault) in (1..).zip([Fault::Throttled, Fault::Failed, Fault::AnswerLost]) {
        faults.at(site(action, nth), fault);
    }
    let done = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let mut answers = Vec::new();
    for _ in 0..4 {
        let done = Arc::clone(&done);
        let work = async move { done.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 };
        answers.push(faults.around("puppet", action, work).await);
    }
    assert_eq!(answers, [Err(Broken::Throttled), Err(Broken::Failed), Err(Broken::Lost), Ok(2)]);
    bench.close().await;
}

/// Starts a host for the puppet, whose processes the bench's faults can kill.
async fn host(bench: &Bench, init: Option<&str>) -> Host {
    let mut puppet = bench.deployment.functions[0].clone();
    puppet.environment.extend(init.map(|init| ("PUPPET_INIT".to_owned(), init.to_owned())));
    puppet.timeout = SOON;
    let options = host::Options {
        clock: Clock::default(),
        binaries: binaries(),
        endpoint_url: bench.endpoint.url().to_owned(),
        region: REGION.to_owned(),
        credentials: credentials(&bench.deployment.functions),
        concurrency: 4,
        log: host::silent(),
        activity: bench.endpoint.activity().clone(),
        external: None,
    };
    let host = Host::start(&[puppet], options).await.unwrap();
    bench.endpoint.faults().kills_with(Arc::new(host.clone()));
    host
}

async fn invoke(host: &Host, event: Value) -> (Value, Answer) {
    let payload = Bytes::from(event.to_string());
    let invocation = Invocation { operation: "puppet".to_owned(), payload, trace_header: None };
    let answer = host.invoke(invocation).await.unwrap();
    (serde_json::from_slice(&answer.payload).unwrap(), answer)
}

fn assert_killed(response: &Value, answer: &Answer) {
    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"), "{response}");
    assert_eq!(response["errorType"], "Runtime.ExitError");
    assert!(response["errorMessage"].as_str().unwrap().contains("signal: 9"), "{response}");
}

#[tokio::test]
async fn a_caller_is_killed_before_or_after_its_call_takes_effect() {
    let bench = Bench::open().await;
    let host = host(&bench, None).await;
    let faults = bench.endpoint.faults();
    faults.at(site("dynamodb:PutItem", 2), Fault::KilledBefore);
    faults.at(site("dynamodb:PutItem", 3), Fault::KilledAfter);
    let (first, _) = invoke(&host, json!({ "do": "put", "pk": "alive" })).await;
    for pk in ["before", "after"] {
        let (response, answer) = invoke(&host, json!({ "do": "put", "pk": pk })).await;
        assert_killed(&response, &answer);
    }
    let (last, _) = invoke(&host, json!({ "do": "put", "pk": "alive again" })).await;
    assert!(last["pid"].is_u64() && last["pid"] != first["pid"], "{last}");
    assert_eq!(bench.written().await, ["alive", "after", "alive again"]);
    host.shutdown().await;
    bench.close().await;
}

#[tokio::test]
async fn idle_processes_are_not_killed() {
    let bench = Bench::open().await;
    let host = host(&bench, None).await;
    // Concurrent invocations start two processes. One of them is idle when the other is killed.
    let (one, two) =
        tokio::join!(invoke(&host, json!({ "do": "put" })), invoke(&host, json!({ "do": "put" })));
    let pids = [one.0["pid"].clone(), two.0["pid"].clone()];
    assert_ne!(pids[0], pids[1]);
    bench.endpoint.faults().at(site("dynamodb:PutItem", 3), Fault::KilledBefore);
    let (response, answer) = invoke(&host, json!({ "do": "put" })).await;
    assert_killed(&response, &answer);
    let (left, _) = invoke(&host, json!({ "do": "put" })).await;
    assert!(pids.contains(&left["pid"]), "{left}");
    host.shutdown().await;
    bench.close().await;
}

#[tokio::test]
async fn a_process_that_calls_during_init_is_killed() {
    let bench = Bench::open().await;
    bench.endpoint.faults().at(site("dynamodb:PutItem", 1), Fault::KilledAfter);
    let host = host(&bench, Some("put")).await;
    let (response, answer) = invoke(&host, json!({})).await;
    assert_killed(&response, &answer);
    let (response, answer) = invoke(&host, json!({})).await;
    assert_eq!(answer.function_error, None, "{response}");
    assert_eq!(bench.written().await, ["init", "init"]);
    host.shutdown().await;
    bench.close().await;
}
