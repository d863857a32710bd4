//! Queues as event sources.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::MessageAttributeValue;
use model::clock::Clock;
use model::deployment::{Deployment, QueueSource, Source};
use runtime::host::{self, Host};
use serde_json::{Value, json};

use crate::binaries;
use crate::cloud::*;

fn source(partial_failures: bool) -> QueueSource {
    QueueSource {
        queue_arn: queue_arn("work"),
        batch_size: 10,
        batching_window: Duration::ZERO,
        partial_failures,
        concurrency: None,
    }
}

fn deployment(source: QueueSource) -> Deployment {
    let policy = json!({ "deadLetterTargetArn": queue_arn("work-dead"), "maxReceiveCount": 2 }).to_string();
    Deployment {
        functions: vec![function("puppet", vec![Source::Queue(source)])],
        queues: vec![
            queue("work", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "1")]),
            queue("work-dead", &[]),
        ],
        ..Deployment::default()
    }
}

fn bodies(event: &Value) -> Vec<&str> {
    event["Records"].as_array().unwrap().iter().map(|record| record["body"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_processed_message_is_deleted() {
    let deployment = deployment(source(true));
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    sources.idle(SOON).await.unwrap();
    let number = MessageAttributeValue::builder().data_type("Number").string_value("7").build().unwrap();
    let client = sqs(&endpoint, key(&[], None));
    let send = client.send_message().queue_url(endpoint.queue_url("work")).message_body("hello");
    send.message_attributes("n", number).send().await.unwrap();
    let event = recorder.events_once(1).await.remove(0);
    let record = &event["Records"][0];
    assert_eq!((record["body"].as_str(), record["eventSource"].as_str()), (Some("hello"), Some("aws:sqs")));
    assert_eq!(
        (record["eventSourceARN"].as_str(), record["awsRegion"].as_str()),
        (Some(&*queue_arn("work")), Some(REGION))
    );
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    for attribute in ["SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"] {
        assert!(record["attributes"][attribute].is_string(), "{attribute}: {record}");
    }
    let expected =
        json!({ "stringValue": "7", "stringListValues": [], "binaryListValues": [], "dataType": "Number" });
    assert_eq!(record["messageAttributes"]["n"], expected);
    assert_eq!(record["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
    sources.idle(SOON).await.unwrap();
    assert!(endpoint.queue_depths().await.unwrap().iter().all(|depth| depth.total() == 0));
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn only_failed_messages_are_redelivered_and_become_dead_letters() {
    let deployment = deployment(source(true));
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::new(|event| {
        let failed = event["Records"].as_array().unwrap().iter().filter(|record| record["body"] == "poison");
        let failed: Vec<Value> =
            failed.map(|record| json!({ "itemIdentifier": record["messageId"] })).collect();
        Ok(json!({ "batchItemFailures": failed }))
    });
    for body in ["good", "poison", "better"] {
        endpoint.send_message("work", body).await.unwrap();
    }
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    sources.idle(SOON).await.unwrap();
    let events = recorder.events();
    let seen: Vec<Vec<&str>> = events.iter().map(bodies).collect();
    assert_eq!(seen, [vec!["good", "poison", "better"], vec!["poison"]]);
    let depths = endpoint.queue_depths().await.unwrap();
    assert_eq!(depths.iter().map(|depth| depth.total()).collect::<Vec<_>>(), [0, 1]);
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_failed_invocation_redelivers_the_whole_batch() {
    let deployment = deployment(source(true));
    let endpoint = endpoint(&deployment, options(None)).await;
    let failed = AtomicBool::new(false);
    let recorder =
        Recorder::new(
            move |_| {
                if failed.swap(true, Ordering::SeqCst) { Ok(Value::Null) } else { Err("broken") }
            },
        );
    endpoint.send_message("work", "one").await.unwrap();
    endpoint.send_message("work", "two").await.unwrap();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    recorder.events_once(1).await;
    let busy = sources.idle(Duration::from_millis(20)).await.unwrap_err();
    assert!(busy.to_string().contains("work: 0 visible, 2 in flight"), "{busy}");
    sources.idle(SOON).await.unwrap();
    let events = recorder.events();
    let again: Vec<&str> = events[1..].iter().flat_map(bodies).collect();
    assert_eq!(again.len(), 2);
    assert!(endpoint.queue_depths().await.unwrap().iter().all(|depth| depth.total() == 0));
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_batching_window_fills_a_batch() {
    let deployment =
        deployment(QueueSource { batching_window: Duration::from_secs(1), batch_size: 3, ..source(false) });
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    for body in ["one", "two", "three"] {
        endpoint.send_message("work", body).await.unwrap();
    }
    let events = recorder.events_once(1).await;
    assert_eq!(bodies(&events[0]), ["one", "two", "three"]);
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_message_reaches_a_real_function_within_milliseconds() {
    let deployment = deployment(source(false));
    let endpoint = endpoint(&deployment, options(None)).await;
    let host_options = host::Options {
        clock: Clock::default(),
        binaries: binaries(),
        endpoint_url: endpoint.url().to_owned(),
        region: REGION.to_owned(),
        credentials: credentials(&deployment.functions),
        concurrency: 4,
        log: host::silent(),
        activity: endpoint.activity().clone(),
        external: None,
    };
    let host = Host::start(&deployment.functions, host_options).await.unwrap();
    host.warm(["puppet"]).await;
    let sources = start_sources(&deployment, &endpoint, Arc::new(host.clone()), None).await;
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        endpoint.send_message("work", "quick").await.unwrap();
        sources.idle(SOON).await.unwrap();
        times.push(began.elapsed());
    }
    assert_eq!(host.statistics()[0].durations.len(), 20);
    let median = host::median(&times).unwrap();
    println!("sent → done: {median:?}");
    assert!(median < Duration::from_millis(150), "{times:?}");
    sources.shutdown().await;
    host.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_cloud_starts_and_stops_quickly() {
    let deployment = deployment(source(false));
    let began = Instant::now();
    const CLOUDS: u32 = 20;
    for _ in 0..CLOUDS {
        let endpoint = endpoint(&deployment, options(None)).await;
        let sources = start_sources(&deployment, &endpoint, Recorder::succeeding(), None).await;
        sources.shutdown().await;
        endpoint.shutdown().await;
    }
    let each = began.elapsed() / CLOUDS;
    println!("a cloud's start and stop: {each:?}");
    assert!(each < Duration::from_millis(250), "{each:?}");
}
