//! Faults between a queue and its function, and when messages are redelivered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use engines::aws::Endpoint;
use engines::faults::DeliveryFault;
use model::clock::Clock;
use model::deployment::{Deployment, QueueSource, Source};
use runtime::sources::{self, Redelivery, Sources};
use serde_json::{Value, json};

use crate::cloud::*;

/// Longer than any of these tests takes, so that no message is redelivered after its visibility timeout.
const VISIBILITY: &str = "600";

fn deployment(batch_size: usize) -> Deployment {
    let policy = json!({ "deadLetterTargetArn": queue_arn("work-dead"), "maxReceiveCount": 3 }).to_string();
    let source = QueueSource {
        queue_arn: queue_arn("work"),
        batch_size,
        batching_window: Duration::ZERO,
        partial_failures: true,
        concurrency: None,
    };
    Deployment {
        functions: vec![function("consume", vec![Source::Queue(source)])],
        queues: vec![
            queue("work", &[("RedrivePolicy", &policy), ("VisibilityTimeout", VISIBILITY)]),
            queue("work-dead", &[]),
        ],
        ..Deployment::default()
    }
}

struct Bench {
    endpoint: Arc<Endpoint>,
    sources: Sources,
    function: Arc<Recorder>,
}

impl Bench {
    /// Starts a function over a queue with these messages and faults.
    async fn open(
        bodies: &[&str],
        faults: &[(&str, u32, DeliveryFault)],
        batch_size: usize,
        function: Arc<Recorder>,
    ) -> Self {
        let deployment = deployment(batch_size);
        let endpoint = endpoint(&deployment, options(None)).await;
        endpoint.faults().watch();
        endpoint.faults().deliveries(faults);
        for body in bodies {
            endpoint.send_message("work", body).await.unwrap();
        }
        let options = sources::Options {
            clock: Clock::default(),
            data: None,
            schedules: false,
            // One batch at a time, so that the order is deterministic.
            concurrency: 1,
            redelivery: Redelivery::Backoff,
        };
        let sources = Sources::start(&deployment, Arc::clone(&endpoint), function.clone(), options).await;
        Self { endpoint, sources: sources.unwrap(), function }
    }

    /// Waits until idle, and returns the message bodies by invocation.
    async fn invocations(&self) -> Vec<Vec<String>> {
        self.sources.idle(SOON).await.unwrap();
        self.function.events().iter().map(bodies).collect()
    }

    async fn close(self) {
        let depths = self.endpoint.queue_depths().await.unwrap();
        assert_eq!(depths[0].total(), 0, "{depths:?}");
        self.sources.shutdown().await;
        self.endpoint.shutdown().await;
    }
}

fn bodies(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().unwrap().iter();
    records.map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_duplicated_message_is_delivered_twice() {
    // Odd duplicates are concurrent with the first delivery. Even ones follow it.
    let twice = |nth| [("work", nth, DeliveryFault::Duplicated)];
    for (nth, expected) in [(1, [vec!["a"], vec!["a", "b"]]), (2, [vec!["a", "b"], vec!["b"]])] {
        let bench = Bench::open(&["a", "b"], &twice(nth), 10, Recorder::succeeding()).await;
        let mut seen = bench.invocations().await;
        if nth == 1 {
            seen.sort();
        }
        assert_eq!(seen, expected, "{nth}");
        let events = bench.function.events();
        let ids: Vec<&Value> = events
            .iter()
            .flat_map(|event| event["Records"].as_array().unwrap())
            .map(|record| &record["messageId"])
            .collect();
        assert_eq!(ids.iter().filter(|id| **id == ids[if nth == 1 { 0 } else { 1 }]).count(), 2, "{ids:?}");
        let misdelivered = bench.endpoint.faults().stop().misdelivered;
        assert_eq!(misdelivered.len(), 1);
        assert_eq!(misdelivered[0].0.to_string(), format!("work #{nth}"));
        bench.close().await;
    }
}

#[tokio::test]
async fn a_held_back_message_is_overtaken_by_the_next_batch() {
    let held = [("work", 1, DeliveryFault::HeldBack)];
    let bench = Bench::open(&["a", "b", "c"], &held, 1, Recorder::succeeding()).await;
    assert_eq!(bench.invocations().await, [["b"], ["a"], ["c"]]);
    bench.close().await;
    // If all messages are in one batch, it is delivered after the others.
    let bench = Bench::open(&["a", "b", "c"], &held, 10, Recorder::succeeding()).await;
    assert_eq!(bench.invocations().await, [vec!["b", "c"], vec!["a"]]);
    bench.close().await;
}

#[tokio::test]
async fn a_held_back_message_is_delivered_if_no_other_arrives() {
    let held = [("work", 1, DeliveryFault::HeldBack)];
    let bench = Bench::open(&["a"], &held, 10, Recorder::succeeding()).await;
    assert_eq!(bench.invocations().await, [["a"]]);
    bench.close().await;
}

#[tokio::test]
async fn a_dropped_message_is_redelivered() {
    let dropped = [("work", 1, DeliveryFault::Dropped)];
    let bench = Bench::open(&["a", "b"], &dropped, 10, Recorder::succeeding()).await;
    assert_eq!(bench.invocations().await, [["b"], ["a"]]);
    let again = bench.function.events().remove(1);
    assert_eq!(again["Records"][0]["attributes"]["ApproximateReceiveCount"], "2");
    // A redelivery does not count as another message.
    assert_eq!(bench.endpoint.faults().stop().deliveries.len(), 2);
    bench.close().await;
}

#[tokio::test]
async fn all_messages_arrive_despite_random_faults() {
    let bench = Bench::open(&[], &[], 10, Recorder::succeeding()).await;
    let shares = DeliveryFault::ALL.map(|fault| (fault, 0.2));
    bench.endpoint.faults().delivery_rates(3, &shares);
    let mut sent = Vec::new();
    for n in 0..40 {
        sent.push(n.to_string());
        bench.endpoint.send_message("work", &n.to_string()).await.unwrap();
    }
    let mut arrived: BTreeMap<String, u32> = BTreeMap::new();
    for body in bench.invocations().await.into_iter().flatten() {
        *arrived.entry(body).or_default() += 1;
    }
    assert_eq!(arrived.len(), sent.len());
    let watched = bench.endpoint.faults().stop();
    let count = |fault| watched.misdelivered.iter().filter(|(_, fired)| *fired == fault).count();
    assert!(DeliveryFault::ALL.into_iter().all(|fault| count(fault) > 0), "{watched:?}");
    let twice = arrived.values().filter(|times| **times == 2).count();
    assert_eq!(twice, count(DeliveryFault::Duplicated));
    bench.close().await;
}

#[tokio::test]
async fn with_backoff_a_failed_message_is_redelivered_soon_and_becomes_a_dead_letter() {
    let tries = AtomicU32::new(0);
    let function = Recorder::new(move |event| {
        // At first the whole batch fails, and then one record of it.
        if tries.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err("broken");
        }
        let records = event["Records"].as_array().unwrap().iter();
        let poison = records.filter(|record| record["body"] == "poison");
        let failed: Vec<Value> =
            poison.map(|record| json!({ "itemIdentifier": record["messageId"] })).collect();
        Ok(json!({ "batchItemFailures": failed }))
    });
    let bench = Bench::open(&["good", "poison"], &[], 10, function).await;
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for body in bench.invocations().await.into_iter().flatten() {
        *seen.entry(body).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from([("good".to_owned(), 2), ("poison".to_owned(), 3)]));
    assert_eq!(bench.endpoint.queue_depths().await.unwrap()[1].visible, 1);
    bench.close().await;
}
