//! A relay whose queues are unavailable: its stream retries for hours, its schedule reports what is stuck, and both send
//! once the queues are back.

use std::time::Duration;

use engines::aws::Service;
use engines::faults::{Fault, Site};
use jiff::{SignedDuration, Timestamp};
use model::deployment::Source;
use runtime::host::LogLine;
use serde_json::{Value, json};
use tests::Shop;

/// More than the number of all tries.
const ALL_TRIES: u32 = 10_000;

/// A number of invocations after which the stream must still retry.
const MANY_INVOCATIONS: usize = 15;

/// Far longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_sent_when_an_outage_of_the_queues_ends() {
    let shop = Shop::unstocked().await;
    let faults = shop.cloud().endpoint().faults().clone();
    faults.watch();
    for nth in 1..=ALL_TRIES {
        let site =
            Site { function: "users.relay-events".to_owned(), action: "sqs:SendMessage".to_owned(), nth };
        faults.at(site, Fault::Failed);
    }
    let ada = shop.customer("Ada Lovelace").await;
    let bob = shop.customer("Bob Bobson").await;
    let mut changes = shop.cloud().endpoint().activity().subscribe();
    let is_relay = |line: &&LogLine| {
        line.operation == "users.relay-events" && line.line.contains("an event was not sent")
    };
    let tried = async {
        while shop.log().iter().filter(is_relay).count() < MANY_INVOCATIONS {
            changes.changed().await.expect("the cloud runs");
        }
    };
    tokio::time::timeout(DEADLINE, tried).await.expect("the stream keeps retrying");

    let overdue = Timestamp::now() + SignedDuration::from_mins(10);
    shop.run_schedule("users.relay-events", overdue).await;
    assert_eq!(shop.measured("users.relay-events", "OutboxStuck").last(), Some(&2), "and no failed run");
    assert_eq!(shop.rows("users", "outbox").await.len(), 2, "both events are in the outbox");
    for customer in [&ada, &bob] {
        assert!(shop.mails(&customer.email).is_empty(), "no event was sent");
    }
    assert!(failure_reports(&shop).await.is_empty(), "the stream has not stopped");

    faults.stop();
    shop.settle().await;
    for customer in [&ada, &bob] {
        assert_eq!(shop.subjects(&customer.email), ["Welcome to Bodega"]);
    }
    shop.close().await;
}

/// Returns the messages in the relay's failure destination.
async fn failure_reports(shop: &Shop) -> Vec<Value> {
    let queues = &shop.cloud().deployment().queues;
    let queue = queues.iter().find(|queue| queue.name.ends_with("users-outbox-failures")).expect("the queue");
    let request = json!({ "QueueUrl": queue.url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0 });
    let answer =
        shop.cloud().endpoint().call(Service::Sqs, "ReceiveMessage", &request).await.expect("an answer");
    let bodies = answer["Messages"].as_array().into_iter().flatten().map(|message| message["Body"].as_str());
    bodies.map(|body| serde_json::from_str(body.expect("a body")).expect("JSON")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_stream_and_schedule_has_its_retries_and_every_stream_its_failure_destination() {
    let shop = Shop::unstocked().await;
    let deployment = shop.cloud().deployment();
    let mut streams = 0;
    for function in &deployment.functions {
        for source in &function.sources {
            let Source::Stream(stream) = source else { continue };
            streams += 1;
            let name = &function.operation;
            assert_eq!(
                (stream.retries, stream.bisect, stream.partial_failures),
                (None, true, true),
                "{name}"
            );
            assert_eq!(stream.max_age, Some(Duration::from_secs(6 * 3_600)), "{name}");
            let queue = deployment.queues.iter().find(|queue| stream.on_failure.as_ref() == Some(&queue.arn));
            let queue = queue.unwrap_or_else(|| panic!("{name}: the stream has no failure destination"));
            assert_eq!(queue.attributes["MessageRetentionPeriod"], "1209600", "{name}: 14 days");
            assert_eq!(queue.attributes["SqsManagedSseEnabled"], "true", "{name}");
            let scheduled = function.sources.iter().any(|source| matches!(source, Source::Schedule(_)));
            assert!(scheduled, "{name}: no schedule sends what the stream stops retrying");
        }
    }
    assert_eq!(streams, 4, "all services except notifications publish events");
    for function in &deployment.functions {
        let is_scheduled = function.sources.iter().any(|source| matches!(source, Source::Schedule(_)));
        assert!(!is_scheduled || function.async_retries == 0, "{}: the next run follows", function.operation);
    }
    shop.close().await;
}
