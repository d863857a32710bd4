//! Redrives of dead letters: SQS's own calls, and `cargo dev redrive`.

use std::process::{Command, Output};
use std::sync::Arc;

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::MessageAttributeValue;
use engines::aws::Endpoint;
use model::deployment::Deployment;
use runtime::redrive;
use serde_json::json;

use crate::cloud::*;

fn deployment() -> Deployment {
    let policy = json!({ "deadLetterTargetArn": queue_arn("shop-PaymentCommandsDeadLetterQueue"), "maxReceiveCount": 1 });
    let policy = policy.to_string();
    Deployment {
        queues: vec![
            queue("shop-PaymentCommandsQueue", &[("RedrivePolicy", &policy), ("VisibilityTimeout", "0")]),
            queue("shop-PaymentCommandsDeadLetterQueue", &[]),
            queue("shop-StreamFailuresQueue", &[]),
        ],
        ..Deployment::default()
    }
}

const WORK: &str = "shop-PaymentCommandsQueue";
const DEAD: &str = "shop-PaymentCommandsDeadLetterQueue";

/// Returns the number of messages in each queue.
async fn depths(endpoint: &Endpoint) -> Vec<u64> {
    endpoint.queue_depths().await.unwrap().iter().map(|depth| depth.total()).collect()
}

/// Sends messages, and receives them until they are dead letters.
async fn dead_letters(endpoint: &Endpoint, bodies: &[&str]) {
    let queues = sqs(endpoint, key(&[], None));
    let number = MessageAttributeValue::builder().data_type("Number").string_value("7").build().unwrap();
    for body in bodies {
        let send = queues.send_message().queue_url(endpoint.queue_url(WORK)).message_body(*body);
        send.message_attributes("n", number.clone()).send().await.unwrap();
        receive(endpoint, WORK).await.unwrap();
    }
    // The engine moves each message at the next receive, so this polls until all have been moved.
    assert_eq!(receive(endpoint, WORK).await, None);
    let dead = endpoint.queue_url(DEAD);
    let mut handles = Vec::new();
    while handles.len() < bodies.len() {
        let look = queues.receive_message().queue_url(&dead).wait_time_seconds(20).max_number_of_messages(10);
        let messages = look.send().await.unwrap().messages.unwrap();
        handles.extend(messages.into_iter().map(|message| message.receipt_handle.unwrap()));
    }
    for handle in handles {
        let back = queues.change_message_visibility().queue_url(&dead).visibility_timeout(0);
        back.receipt_handle(handle).send().await.unwrap();
    }
}

async fn receive(endpoint: &Endpoint, queue: &str) -> Option<String> {
    let received = sqs(endpoint, key(&[], None)).receive_message().queue_url(endpoint.queue_url(queue));
    let received = received.message_attribute_names("All").send().await.unwrap().messages?;
    let message = received.first()?;
    assert_eq!(message.message_attributes.as_ref()?["n"].string_value(), Some("7"));
    message.body.clone()
}

#[tokio::test]
async fn a_task_moves_dead_letters_back_to_their_source_queue() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    dead_letters(&endpoint, &["one", "two"]).await;
    assert_eq!(depths(&endpoint).await, [0, 2, 0]);
    assert_eq!(endpoint.redrive(DEAD).await.unwrap(), 2);
    assert_eq!(depths(&endpoint).await, [2, 0, 0]);
    // Their receive counts start again.
    assert_eq!(receive(&endpoint, WORK).await.as_deref(), Some("one"));
    assert_eq!(endpoint.redrive_all().await.unwrap(), 0);
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_task_is_listed_and_moves_messages_to_its_destination() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    dead_letters(&endpoint, &["one"]).await;
    let queues = sqs(&endpoint, key(&[], None));
    let other = queue_arn("shop-StreamFailuresQueue");
    let start = queues.start_message_move_task().source_arn(queue_arn(DEAD)).destination_arn(&other);
    let handle = start.max_number_of_messages_per_second(500).send().await.unwrap().task_handle.unwrap();
    assert!(!handle.is_empty());
    let mut changes = endpoint.activity().subscribe();
    let list = queues.list_message_move_tasks().source_arn(queue_arn(DEAD)).max_results(10);
    let ended = async {
        loop {
            changes.mark_unchanged();
            let results = list.clone().send().await.unwrap().results.unwrap_or_default();
            if results[0].status() != Some("RUNNING") {
                return results;
            }
            changes.changed().await.unwrap();
        }
    };
    let results = tokio::time::timeout(SOON, ended).await.unwrap();
    let task = &results[0];
    assert_eq!((results.len(), task.status(), task.task_handle()), (1, Some("COMPLETED"), None));
    assert_eq!(task.approximate_number_of_messages_moved(), 1);
    assert_eq!(task.approximate_number_of_messages_to_move(), Some(1));
    assert_eq!(
        (task.destination_arn(), task.max_number_of_messages_per_second()),
        (Some(&*other), Some(500))
    );
    assert!(task.started_timestamp() > 1_700_000_000_000);
    assert_eq!(depths(&endpoint).await, [0, 0, 1]);
    let cancel = queues.cancel_message_move_task().task_handle(handle).send().await.unwrap_err();
    assert_eq!(cancel.code(), Some("AWS.SimpleQueueService.UnsupportedOperation"));
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_task_can_be_cancelled_and_a_second_one_for_its_queue_is_refused() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    dead_letters(&endpoint, &["one", "two", "three"]).await;
    let queues = sqs(&endpoint, key(&[], None));
    let start =
        queues.start_message_move_task().source_arn(queue_arn(DEAD)).max_number_of_messages_per_second(1);
    let handle = start.clone().send().await.unwrap().task_handle.unwrap();
    let second = start.send().await.unwrap_err();
    assert!(second.message().unwrap().contains("Only one active task"), "{second:?}");
    let cancelled = queues.cancel_message_move_task().task_handle(handle).send().await.unwrap();
    assert!(cancelled.approximate_number_of_messages_moved() < 3);
    let unknown = queues.cancel_message_move_task().task_handle("unknown").send().await.unwrap_err();
    assert!(unknown.into_service_error().is_resource_not_found_exception());
    endpoint.shutdown().await;
}

#[tokio::test]
async fn only_a_dead_letter_queue_is_redriven() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    let queues = sqs(&endpoint, key(&[], None));
    let start = |arn: String| queues.start_message_move_task().source_arn(arn).send();
    let refused = start(queue_arn(WORK)).await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
    assert_eq!(refused.message(), Some("Source queue must be configured as a Dead Letter Queue."));
    for arn in [queue_arn("nowhere"), queue_arn(DEAD).replace(REGION, "us-east-1")] {
        let missing = start(arn).await.unwrap_err().into_service_error();
        assert!(missing.is_resource_not_found_exception(), "{missing:?}");
    }
    let to_nowhere = queues.start_message_move_task().source_arn(queue_arn(DEAD));
    let missing = to_nowhere.destination_arn(queue_arn("nowhere")).send().await.unwrap_err();
    assert!(missing.message().unwrap().contains("DestinationArn"), "{missing:?}");
    let too_fast = queues.start_message_move_task().source_arn(queue_arn(DEAD));
    let too_fast = too_fast.max_number_of_messages_per_second(501).send().await.unwrap_err();
    assert_eq!(too_fast.code(), Some("InvalidParameterValue"));
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_restart_keeps_moved_messages_and_dead_letters_can_still_be_moved() {
    let data = tempfile::tempdir().unwrap();
    let first = endpoint(&deployment(), options(Some(data.path()))).await;
    dead_letters(&first, &["moved"]).await;
    first.redrive(DEAD).await.unwrap();
    first.shutdown().await;
    drop(first);
    let second = endpoint(&deployment(), options(Some(data.path()))).await;
    assert_eq!(depths(&second).await, [1, 0, 0]);
    receive(&second, WORK).await.unwrap();
    second.shutdown().await;
    drop(second);
    // It has used up its receives, so it starts as a dead letter, whose source the engine does not know.
    let third = endpoint(&deployment(), options(Some(data.path()))).await;
    assert_eq!(depths(&third).await, [0, 1, 0]);
    assert_eq!(third.redrive(DEAD).await.unwrap(), 1);
    assert_eq!(receive(&third, WORK).await.as_deref(), Some("moved"));
    third.shutdown().await;
}

fn program(endpoint: &Arc<Endpoint>, queue: &str) -> impl Future<Output = Output> + use<> {
    let port = endpoint.url().rsplit(':').next().unwrap().to_owned();
    let queue = queue.to_owned();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dev"));
        command.args(["redrive", &queue, "--aws-port", &port]).output().unwrap()
    });
    async { run.await.unwrap() }
}

#[tokio::test]
async fn a_part_of_a_queues_name_selects_it() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    dead_letters(&endpoint, &["one", "two"]).await;
    let output = program(&endpoint, "payment-commands").await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text, format!("2 messages moved back from {DEAD}.\n"));
    assert_eq!(depths(&endpoint).await, [2, 0, 0]);

    let output = program(&endpoint, "refunds").await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains(&format!("{DEAD} (0 messages)")), "{text}");
    endpoint.shutdown().await;
    let output = program(&endpoint, "payment-commands").await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("no shop is running at http://127.0.0.1:"), "{text}");
}

#[tokio::test]
async fn one_moved_message_is_singular() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    dead_letters(&endpoint, &["one"]).await;
    let redriven = redrive::redrive(endpoint.url(), DEAD).await.unwrap();
    assert_eq!(redriven.to_string(), format!("1 message moved back from {DEAD}."));
    endpoint.shutdown().await;
}
