//! SQS's current limits for messages, which the embedded engine does not implement.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry};
use model::deployment::Deployment;

use crate::cloud::*;

const MEBIBYTE: usize = 1_048_576;

fn deployment() -> Deployment {
    Deployment { queues: vec![queue("work", &[])], ..Deployment::default() }
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

/// Receives and deletes a queue's messages, and returns their bodies. The SDK verifies their checksums.
async fn take(client: &Client, url: &str) -> Vec<String> {
    let received = client.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
    let mut bodies = Vec::new();
    for message in received.messages.unwrap_or_default() {
        let handle = message.receipt_handle.unwrap();
        client.delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
        bodies.push(message.body.unwrap());
    }
    bodies
}

#[tokio::test]
async fn a_message_of_a_mebibyte_is_unchanged_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let body = "1".repeat(MEBIBYTE);
    let first = endpoint(&deployment(), options(Some(data.path()))).await;
    let (client, url) = (sqs(&first, key(&[], None)), first.queue_url("work"));
    for _ in 0..2 {
        client.send_message().queue_url(&url).message_body(&body).send().await.unwrap();
    }
    // It is not deleted, so it is redelivered.
    let received = client.receive_message().queue_url(&url).send().await.unwrap().messages.unwrap();
    assert_eq!(received[0].body.as_ref(), Some(&body));
    first.shutdown().await;
    drop(first);
    let second = endpoint(&deployment(), options(Some(data.path()))).await;
    let (client, url) = (sqs(&second, key(&[], None)), second.queue_url("work"));
    assert_eq!(take(&client, &url).await, [body.as_str(), body.as_str()]);
    second.shutdown().await;
}

#[tokio::test]
async fn an_expired_receipt_handle_does_not_delete_a_redelivered_large_message() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    let (client, url) = (sqs(&endpoint, key(&[], None)), endpoint.queue_url("work"));
    let body = "1".repeat(MEBIBYTE);
    client.send_message().queue_url(&url).message_body(&body).send().await.unwrap();
    let receive = || client.receive_message().queue_url(&url).wait_time_seconds(20);
    let late = receive().visibility_timeout(0).send().await.unwrap().messages.unwrap().remove(0);
    let again = receive().visibility_timeout(0).send().await.unwrap().messages.unwrap().remove(0);
    assert_ne!(late.receipt_handle, again.receipt_handle);
    let delete = |handle: Option<String>| client.delete_message().queue_url(&url).set_receipt_handle(handle);
    delete(late.receipt_handle).send().await.unwrap();
    let last = receive().send().await.unwrap().messages.unwrap().remove(0);
    assert!(last.body.as_ref() == Some(&body), "{:?}", last.body.map(|body| body.len()));

    // Its latest handle deletes it, even though it is visible again.
    let handle = last.receipt_handle;
    let visible = client.change_message_visibility().queue_url(&url).visibility_timeout(0);
    visible.set_receipt_handle(handle.clone()).send().await.unwrap();
    delete(handle).send().await.unwrap();
    assert!(take(&client, &url).await.is_empty());
    let count = QueueAttributeName::ApproximateNumberOfMessages;
    let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    let counts = client.get_queue_attributes().queue_url(&url);
    let counts = counts.attribute_names(count.clone()).attribute_names(in_flight.clone()).send().await;
    let counts = counts.unwrap().attributes.unwrap();
    assert_eq!([&counts[&count], &counts[&in_flight]], ["0", "0"]);
    endpoint.shutdown().await;
}

#[tokio::test]
async fn a_message_over_the_queues_limit_is_refused() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    let (client, url) = (sqs(&endpoint, key(&[], None)), endpoint.queue_url("work"));
    let send = |body: String| client.send_message().queue_url(&url).message_body(body);
    let refused = send("1".repeat(MEBIBYTE + 1)).send().await.unwrap_err();
    assert_eq!(refused.code(), Some("InvalidParameterValue"));
    assert!(refused.message().unwrap().ends_with("Message must be shorter than 1048576 bytes."));
    let attribute = MessageAttributeValue::builder().data_type("String").string_value("v").build().unwrap();
    // The attribute's name, type and value make it a byte too long.
    let with_attribute = send("1".repeat(MEBIBYTE - 7)).message_attributes("n", attribute).send();
    assert_eq!(with_attribute.await.unwrap_err().code(), Some("InvalidParameterValue"));

    let halves = ["a", "b"].map(|id| entry(id, &"1".repeat(MEBIBYTE / 2)));
    let batch = client.send_message_batch().queue_url(&url).set_entries(Some(halves.to_vec()));
    assert_eq!(batch.clone().send().await.unwrap().successful.len(), 2);
    let too_much = batch.entries(entry("c", "1")).send().await.unwrap_err();
    assert_eq!(too_much.code(), Some("AWS.SimpleQueueService.BatchRequestTooLong"));
    assert_eq!(take(&client, &url).await.iter().map(String::len).collect::<Vec<_>>(), [MEBIBYTE / 2; 2]);

    let limit = QueueAttributeName::MaximumMessageSize;
    let read = || client.get_queue_attributes().queue_url(&url).attribute_names(limit.clone()).send();
    assert_eq!(read().await.unwrap().attributes.unwrap()[&limit], "1048576");
    let lower = client.set_queue_attributes().queue_url(&url).attributes(limit.clone(), "524288");
    lower.send().await.unwrap();
    assert_eq!(read().await.unwrap().attributes.unwrap()[&limit], "524288");
    assert!(send("1".repeat(524_289)).send().await.is_err());
    send("1".repeat(524_288)).send().await.unwrap();
    endpoint.shutdown().await;
}

#[tokio::test]
async fn invalid_requests_are_refused_with_sqss_error_codes() {
    let endpoint = endpoint(&deployment(), options(None)).await;
    let (client, url) = (sqs(&endpoint, key(&[], None)), endpoint.queue_url("work"));
    let eleven =
        client.receive_message().queue_url(&url).max_number_of_messages(11).send().await.unwrap_err();
    assert_eq!(eleven.code(), Some("InvalidParameterValue"));
    let control = client.send_message().queue_url(&url).message_body("a\u{1}b").send().await.unwrap_err();
    assert!(control.into_service_error().is_invalid_message_contents());
    let batch = client.send_message_batch().queue_url(&url);
    let mixed = batch.clone().entries(entry("good", "fine")).entries(entry("bad", "\u{ffff}"));
    let mixed = mixed.send().await.unwrap();
    assert_eq!(mixed.successful.iter().map(|sent| sent.id.as_str()).collect::<Vec<_>>(), ["good"]);
    let failed: Vec<_> =
        mixed.failed.iter().map(|failed| (failed.id.as_str(), failed.code.as_str())).collect();
    assert_eq!(failed, [("bad", "InvalidMessageContents")]);
    assert_eq!(take(&client, &url).await, ["fine"]);
    let id = batch.entries(entry("a b", "fine")).send().await.unwrap_err();
    assert!(id.into_service_error().is_invalid_batch_entry_id());
    let nowhere = client.get_queue_url().queue_name("nowhere").send().await.unwrap_err();
    assert_eq!(nowhere.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert!(nowhere.into_service_error().is_queue_does_not_exist());
    endpoint.shutdown().await;
}
