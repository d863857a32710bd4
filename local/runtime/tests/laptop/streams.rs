//! Table streams as event sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use engines::aws::Endpoint;
use model::clock::Clock;
use model::deployment::{Deployment, Source, StreamSource};
use runtime::sources::{self, Sources};
use serde_json::{Value, json};

use crate::cloud::*;

fn source() -> StreamSource {
    StreamSource { on_failure: Some(queue_arn("given-up")), ..stream("orders") }
}

fn deployment(source: StreamSource) -> Deployment {
    Deployment {
        functions: vec![function("relay", vec![Source::Stream(source)])],
        tables: vec![table("orders")],
        queues: vec![queue("given-up", &[])],
        ..Deployment::default()
    }
}

async fn put(endpoint: &Endpoint, pk: &str, sk: &str, kind: &str) {
    let s = |text: &str| AttributeValue::S(text.to_owned());
    let put = dynamodb(endpoint, key(&[], None)).put_item().table_name("orders");
    put.item("pk", s(pk)).item("sk", s(sk)).item("kind", s(kind)).send().await.unwrap();
}

/// The sort keys of the records, by invocation.
fn keys(events: &[Value]) -> Vec<Vec<&str>> {
    events
        .iter()
        .map(|event| {
            let records = event["Records"].as_array().unwrap().iter();
            records.map(|record| record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap()).collect()
        })
        .collect()
}

fn sort_key(record: &Value) -> String {
    record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_write_that_matches_the_filter_invokes_the_function() {
    let filter =
        json!({ "eventName": ["INSERT"], "dynamodb": { "NewImage": { "kind": { "S": ["outbox"] } } } });
    let deployment = deployment(StreamSource { filters: vec![filter], ..source() });
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    sources.idle(SOON).await.unwrap();
    put(&endpoint, "a", "1", "order").await;
    put(&endpoint, "a", "2", "outbox").await;
    put(&endpoint, "a", "2", "outbox").await;
    sources.idle(SOON).await.unwrap();
    let events = recorder.events();
    assert_eq!(keys(&events), [["2"]]);
    let record = &events[0]["Records"][0];
    assert_eq!(
        (record["eventName"].as_str(), record["eventSource"].as_str()),
        (Some("INSERT"), Some("aws:dynamodb"))
    );
    assert_eq!(record["dynamodb"]["NewImage"]["kind"]["S"], "outbox");
    let arn = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders/stream/");
    assert!(record["eventSourceARN"].as_str().unwrap().starts_with(&arn), "{record}");
    assert_eq!(record["awsRegion"], REGION);
    assert!(record["dynamodb"]["OldImage"].is_null());
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn an_invalid_filter_is_a_start_error() {
    let deployment =
        deployment(StreamSource { filters: vec![json!({ "a": [{ "wildcard": "*" }] })], ..source() });
    let endpoint = endpoint(&deployment, options(None)).await;
    let options = sources::Options {
        clock: Clock::default(),
        data: None,
        schedules: false,
        concurrency: 1,
        redelivery: sources::Redelivery::AfterVisibility,
    };
    let started = Sources::start(&deployment, endpoint.clone(), Recorder::succeeding(), options).await;
    let error = started.err().unwrap().to_string();
    assert!(error.contains("relay") && error.contains("wildcard"), "{error}");
    endpoint.shutdown().await;
}

#[tokio::test]
async fn bisecting_isolates_a_bad_record_and_delivers_the_others_in_order() {
    let deployment = deployment(StreamSource { bisect: true, ..source() });
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::new(|event| {
        let bad = event["Records"].as_array().unwrap().iter().any(|record| sort_key(record) == "3");
        if bad { Err("cannot") } else { Ok(Value::Null) }
    });
    for sk in ["1", "2", "3", "4"] {
        put(&endpoint, "a", sk, "order").await;
    }
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    recorder.events_once(6).await;
    let events = recorder.events();
    assert_eq!(
        keys(&events),
        [vec!["1", "2", "3", "4"], vec!["1", "2"], vec!["3", "4"], vec!["3"], vec!["3"], vec!["4"]]
    );
    let queues = sqs(&endpoint, key(&[], None));
    let url = endpoint.queue_url("given-up");
    let given_up = queues
        .receive_message()
        .queue_url(&url)
        .wait_time_seconds(20)
        .send()
        .await
        .unwrap()
        .messages
        .unwrap();
    let message: Value = serde_json::from_str(given_up[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(message["requestContext"]["condition"], "RetryAttemptsExhausted");
    assert_eq!(message["requestContext"]["approximateInvokeCount"], 2);
    assert_eq!(message["requestContext"]["functionArn"], deployment.functions[0].arn);
    assert_eq!(message["responseContext"]["functionError"], "Unhandled");
    assert_eq!(message["DDBStreamBatchInfo"]["batchSize"], 1);
    let sequence = &events[3]["Records"][0]["dynamodb"]["SequenceNumber"];
    assert_eq!(&message["DDBStreamBatchInfo"]["startSequenceNumber"], sequence);
    queues.purge_queue().queue_url(&url).send().await.unwrap();
    sources.idle(SOON).await.unwrap();
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn with_partial_failures_records_from_the_first_failure_on_are_retried() {
    let deployment = deployment(StreamSource { partial_failures: true, ..source() });
    let endpoint = endpoint(&deployment, options(None)).await;
    let failed = Mutex::new(false);
    let recorder = Recorder::new(move |event| {
        let records = event["Records"].as_array().unwrap();
        let mut failed = failed.lock().unwrap();
        let second = records.iter().find(|record| sort_key(record) == "2").filter(|_| !*failed);
        *failed = true;
        let failures = second.map(|record| json!({ "itemIdentifier": record["dynamodb"]["SequenceNumber"] }));
        Ok(json!({ "batchItemFailures": failures.into_iter().collect::<Vec<_>>() }))
    });
    for sk in ["1", "2", "3"] {
        put(&endpoint, "a", sk, "order").await;
    }
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    sources.idle(SOON).await.unwrap();
    assert_eq!(keys(&recorder.events()), [vec!["1", "2", "3"], vec!["2", "3"]]);
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn parallel_lanes_keep_the_order_of_each_key() {
    let deployment = deployment(StreamSource { parallel: 4, batch_size: 1, ..source() });
    let endpoint = endpoint(&deployment, options(None)).await;
    let recorder = Recorder::succeeding();
    for round in ["x", "y", "z"] {
        for pk in ["a", "b", "c", "d", "e"] {
            put(&endpoint, pk, "0", round).await;
        }
    }
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    sources.idle(SOON).await.unwrap();
    let mut rounds: HashMap<String, String> = HashMap::new();
    for event in recorder.events() {
        let image = event["Records"][0]["dynamodb"]["NewImage"].clone();
        let pk = image["pk"]["S"].as_str().unwrap().to_owned();
        rounds.entry(pk).or_default().push_str(image["kind"]["S"].as_str().unwrap());
    }
    assert_eq!(rounds.len(), 5);
    assert!(rounds.values().all(|rounds| rounds == "xyz"), "{rounds:?}");
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_restart_resumes_after_the_last_record() {
    let data = tempfile::tempdir().unwrap();
    let deployment = deployment(source());
    for sk in ["1", "2"] {
        let endpoint = endpoint(&deployment, options(Some(data.path()))).await;
        let recorder = Recorder::succeeding();
        put(&endpoint, "a", sk, "order").await;
        let sources = start_sources(&deployment, &endpoint, recorder.clone(), Some(data.path())).await;
        sources.idle(SOON).await.unwrap();
        assert_eq!(keys(&recorder.events()), [[sk]]);
        sources.shutdown().await;
        endpoint.shutdown().await;
    }
}

#[tokio::test]
async fn latest_skips_records_before_the_start() {
    let deployment = deployment(StreamSource { from_start: false, ..source() });
    let endpoint = endpoint(&deployment, options(None)).await;
    put(&endpoint, "a", "before", "order").await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    put(&endpoint, "a", "after", "order").await;
    sources.idle(SOON).await.unwrap();
    assert_eq!(keys(&recorder.events()), [["after"]]);
    sources.shutdown().await;
    endpoint.shutdown().await;
}

/// Which request of the stream's reader is faulty.
#[derive(Clone, Copy, PartialEq)]
enum Refused {
    /// The first request for an iterator after a record.
    Iterator,
    /// The first read.
    First,
    /// The read after the first one that returned records.
    Second,
    /// Every further read: no response has an iterator, as if the shard were closed, but the shard has no end.
    Further,
}

/// Starts a proxy of DynamoDB that refuses one request of the stream's reader with this error.
async fn faltering(engine: String, refused: Refused, error: &'static str) -> reqwest::Url {
    use std::sync::atomic::{AtomicU8, Ordering};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (client, reads) =
        (reqwest::Client::new(), std::sync::Arc::new(AtomicU8::new(u8::from(refused != Refused::Second))));
    let pass = move |headers: http::HeaderMap, body: bytes::Bytes| async move {
        let target = headers["x-amz-target"].to_str().unwrap().to_owned();
        let is_read = target.ends_with("GetRecords");
        let is_refused = match refused {
            Refused::Iterator => String::from_utf8_lossy(&body).contains("AFTER_SEQUENCE_NUMBER"),
            Refused::First | Refused::Second => is_read,
            Refused::Further => false,
        };
        if is_refused && reads.compare_exchange(1, 2, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            let error = json!({ "__type": error, "message": "not now" });
            return (http::StatusCode::BAD_REQUEST, error.to_string());
        }
        let mut request = client.post(engine).body(body);
        for name in ["authorization", "content-type", "x-amz-date", "x-amz-target"] {
            request = request.header(name, &headers[name]);
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        if is_read && text.contains("SequenceNumber") {
            // Only the first read with records changes the state.
            reads.fetch_max(1, Ordering::SeqCst);
        }
        match refused {
            Refused::Further => {
                let names = ["NextShardIterator", "EndingSequenceNumber"];
                (status, names.iter().fold(text, |text, name| text.replace(name, "None")))
            }
            _ => (status, text),
        }
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(pass)).await });
    url.parse().unwrap()
}

/// Starts an engine, and an endpoint that reaches it through such a proxy.
async fn over_a_faltering_engine(
    deployment: &Deployment,
    refused: Refused,
    error: &'static str,
) -> (Arc<Endpoint>, Arc<Endpoint>) {
    let engine = endpoint(deployment, options(None)).await;
    let way = faltering(engine.url().to_owned(), refused, error).await;
    let options = engines::aws::Options { dynamodb_endpoint: Some(way), ..options(None) };
    let endpoint = endpoint(deployment, options).await;
    (engine, endpoint)
}

#[tokio::test]
async fn a_failed_read_during_a_batching_window_loses_no_record() {
    let deployment = deployment(StreamSource { batching_window: Duration::from_millis(300), ..source() });
    let (engine, endpoint) =
        over_a_faltering_engine(&deployment, Refused::Second, "LimitExceededException").await;
    let recorder = Recorder::succeeding();
    put(&endpoint, "a", "1", "order").await;
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    assert_eq!(keys(&recorder.events_once(1).await), [["1"]]);
    sources.shutdown().await;
    endpoint.shutdown().await;
    engine.shutdown().await;
}

#[tokio::test]
async fn a_trimmed_iterator_resumes_at_the_oldest_record() {
    let deployment = deployment(StreamSource { from_start: false, ..source() });
    let (engine, endpoint) =
        over_a_faltering_engine(&deployment, Refused::First, "TrimmedDataAccessException").await;
    put(&endpoint, "a", "1", "order").await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    assert_eq!(keys(&recorder.events_once(1).await), [["1"]]);
    sources.shutdown().await;
    endpoint.shutdown().await;
    engine.shutdown().await;
}

#[tokio::test]
async fn a_restart_after_a_trimmed_position_resumes_at_the_oldest_record() {
    let data = tempfile::tempdir().unwrap();
    let deployment = deployment(source());
    let (engine, endpoint) =
        over_a_faltering_engine(&deployment, Refused::Iterator, "TrimmedDataAccessException").await;
    // The engine has trimmed nothing, so the oldest record is the first one.
    for (sk, delivered) in [("1", ["1"].as_slice()), ("2", &["1", "2"])] {
        put(&endpoint, "a", sk, "order").await;
        let recorder = Recorder::succeeding();
        let sources = start_sources(&deployment, &endpoint, recorder.clone(), Some(data.path())).await;
        sources.idle(SOON).await.unwrap();
        assert_eq!(keys(&recorder.events()), [delivered]);
        sources.shutdown().await;
    }
    endpoint.shutdown().await;
    engine.shutdown().await;
}

#[tokio::test]
async fn a_shard_without_a_further_iterator_is_read_once_per_batch() {
    let deployment = deployment(StreamSource { batching_window: Duration::from_millis(300), ..source() });
    let (engine, endpoint) = over_a_faltering_engine(&deployment, Refused::Further, "").await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), None).await;
    // The shard has no end, so it is open, and later records are read too.
    for (sk, delivered) in [("1", &[["1"]][..]), ("2", &[["1"], ["2"]])] {
        put(&endpoint, "a", sk, "order").await;
        assert_eq!(keys(&recorder.events_once(delivered.len()).await), delivered);
    }
    sources.shutdown().await;
    endpoint.shutdown().await;
    engine.shutdown().await;
}
