//! A relay whose stream gives up: the word of it is left where the template says, and the schedule sends the events later.

use engines::aws::Service;
use engines::faults::{Fault, Site};
use jiff::{SignedDuration, Timestamp};
use model::deployment::Source;
use serde_json::{Value, json};
use tests::Shop;

/// More than all tries of all retries.
const FOR_GOOD: u32 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_stream_gives_up_the_schedule_sends() {
    let mut shop = Shop::unstocked().await;
    shop.expect_dead_letters("users-outbox-failures");
    let faults = shop.cloud().endpoint().faults().clone();
    faults.watch();
    for nth in 1..=FOR_GOOD {
        let site =
            Site { function: "users.relay-events".to_owned(), action: "sqs:SendMessage".to_owned(), nth };
        faults.at(site, Fault::Failed);
    }
    let ada = shop.customer("Ada Lovelace").await;
    let bob = shop.customer("Bob Bobson").await;
    shop.settle().await;
    for customer in [&ada, &bob] {
        assert!(shop.mails(&customer.email).is_empty(), "nothing has gone out");
    }
    assert_eq!(shop.rows("users", "outbox").await.len(), 2, "nothing is lost");
    let word = given_up(&shop).await;
    assert!(!word.is_empty(), "and somebody can see it");
    for word in &word {
        assert_eq!(word["requestContext"]["condition"], "RetryAttemptsExhausted", "{word}");
        assert_eq!(word["requestContext"]["approximateInvokeCount"], 11, "{word}");
        assert!(word["DDBStreamBatchInfo"]["startSequenceNumber"].is_string(), "{word}");
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

/// What is in the relay's failure destination.
async fn given_up(shop: &Shop) -> Vec<Value> {
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
            let queue = queue.unwrap_or_else(|| panic!("{name}: nobody hears of what is given up"));
            assert_eq!(queue.attributes["MessageRetentionPeriod"], "1209600", "{name}: 14 days");
            assert_eq!(queue.attributes["SqsManagedSseEnabled"], "true", "{name}");
            let scheduled = function.sources.iter().any(|source| matches!(source, Source::Schedule(_)));
            assert!(scheduled, "{name}: nothing sends what the stream gives up");
        }
    }
    assert_eq!(streams, 4, "all services but notifications have events");
    shop.close().await;
}
