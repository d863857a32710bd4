//! A relay whose stream stops retrying: a message goes to the failure destination, and the schedule sends the events
//! later.

use engines::aws::Service;
use engines::faults::{Fault, Site};
use jiff::{SignedDuration, Timestamp};
use model::deployment::Source;
use serde_json::{Value, json};
use tests::Shop;

/// More than the number of all tries.
const ALL_TRIES: u32 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_the_stream_stops_retrying_are_sent_by_the_schedule() {
    let mut shop = Shop::unstocked().await;
    shop.expect_dead_letters("users-outbox-failures");
    let faults = shop.cloud().endpoint().faults().clone();
    faults.watch();
    for nth in 1..=ALL_TRIES {
        let site =
            Site { function: "users.relay-events".to_owned(), action: "sqs:SendMessage".to_owned(), nth };
        faults.at(site, Fault::Failed);
    }
    let ada = shop.customer("Ada Lovelace").await;
    let bob = shop.customer("Bob Bobson").await;
    shop.settle().await;
    for customer in [&ada, &bob] {
        assert!(shop.mails(&customer.email).is_empty(), "no event was sent");
    }
    assert_eq!(shop.rows("users", "outbox").await.len(), 2, "both events are in the outbox");
    let reports = failure_reports(&shop).await;
    assert!(!reports.is_empty(), "the failure destination has a message");
    for report in &reports {
        assert_eq!(report["requestContext"]["condition"], "RetryAttemptsExhausted", "{report}");
        assert_eq!(report["requestContext"]["approximateInvokeCount"], 11, "{report}");
        assert!(report["DDBStreamBatchInfo"]["startSequenceNumber"].is_string(), "{report}");
    }

    faults.stop();
    let overdue = Timestamp::now() + SignedDuration::from_mins(10);
    shop.run_schedule("users.relay-events", overdue).await;
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
async fn every_stream_has_its_retries_and_its_failure_destination() {
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
                (Some(10), true, true),
                "{name}"
            );
            let queue = deployment.queues.iter().find(|queue| stream.on_failure.as_ref() == Some(&queue.arn));
            let queue = queue.unwrap_or_else(|| panic!("{name}: the stream has no failure destination"));
            assert_eq!(queue.attributes["MessageRetentionPeriod"], "1209600", "{name}: 14 days");
            assert_eq!(queue.attributes["SqsManagedSseEnabled"], "true", "{name}");
            let scheduled = function.sources.iter().any(|source| matches!(source, Source::Schedule(_)));
            assert!(scheduled, "{name}: no schedule sends what the stream stops retrying");
        }
    }
    assert_eq!(streams, 4, "all services except notifications publish events");
    shop.close().await;
}
