//! What the embedded engine keeps of a table's stream.

use std::path::Path;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use engines::aws::{Endpoint, Service};
use futures::future::join_all;
use model::deployment::{Deployment, Source, StreamSource};
use serde_json::{Value, json};

use crate::cloud::*;

/// The number of processed records that the engine keeps.
const KEPT: usize = 1_000;

/// The number of processed records after which the engine deletes.
const EVERY: usize = 100;

fn deployment(retries: Option<u32>) -> Deployment {
    let source = StreamSource { batch_size: 100, retries, ..stream("orders") };
    Deployment {
        functions: vec![function("relay", vec![Source::Stream(source)])],
        tables: vec![table("orders")],
        ..Deployment::default()
    }
}

/// Writes as many items, 25 per call.
async fn fill(endpoint: &Endpoint, items: usize) {
    let numbers: Vec<usize> = (0..items).collect();
    for numbers in numbers.chunks(25) {
        let put = |number: &usize| {
            let item = json!({ "pk": { "S": "filled" }, "sk": { "S": number.to_string() } });
            json!({ "PutRequest": { "Item": item } })
        };
        let request = json!({ "RequestItems": { "orders": numbers.iter().map(put).collect::<Vec<_>>() } });
        endpoint.call(Service::DynamoDb, "BatchWriteItem", &request).await.unwrap();
    }
}

/// Returns the sort keys of all records that are left, oldest first.
async fn left(endpoint: &Endpoint) -> Vec<String> {
    let call = async |action, request| endpoint.call(Service::DynamoDb, action, &request).await.unwrap();
    let table = call("DescribeTable", json!({ "TableName": "orders" })).await;
    let arn = table["Table"]["LatestStreamArn"].clone();
    let stream = call("DescribeStream", json!({ "StreamArn": arn })).await;
    let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
    let request = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    let mut iterator = call("GetShardIterator", request).await["ShardIterator"].take();
    let mut left = Vec::new();
    loop {
        let mut page = call("GetRecords", json!({ "ShardIterator": iterator })).await;
        let records = page["Records"].as_array().unwrap();
        if records.is_empty() {
            return left;
        }
        left.extend(records.iter().map(sort_key));
        iterator = page["NextShardIterator"].take();
    }
}

fn sort_key(record: &Value) -> String {
    record["dynamodb"]["Keys"]["sk"]["S"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn processed_records_are_deleted_except_the_newest() {
    let deployment = deployment(Some(1));
    let endpoint = endpoint(&deployment, options(None)).await;
    let sources = start_sources(&deployment, &endpoint, Recorder::succeeding(), None).await;
    let written = 2 * KEPT;
    fill(&endpoint, written).await;
    sources.idle(SOON).await.unwrap();
    let left = left(&endpoint).await;
    assert!((KEPT..KEPT + 2 * EVERY).contains(&left.len()), "{} records are left", left.len());
    let newest: Vec<String> = (written - left.len()..written).map(|number| number.to_string()).collect();
    assert_eq!(left, newest);
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test]
async fn records_that_a_function_has_not_processed_are_kept() {
    let mut deployment = deployment(None);
    let mut stuck = deployment.functions[0].clone();
    stuck.operation = "stuck".to_owned();
    deployment.functions.push(stuck);
    let endpoint = endpoint(&deployment, options(None)).await;
    let sources = start_sources(&deployment, &endpoint, Recorder::new(|_| Err("stuck")), None).await;
    fill(&endpoint, KEPT + 3 * EVERY).await;
    // As if one of the two readers were at the end.
    endpoint.stream_processed("orders", "relay", "109223372036854775807", KEPT).await;
    assert_eq!(left(&endpoint).await.len(), KEPT + 3 * EVERY);
    sources.shutdown().await;
    endpoint.shutdown().await;
}

/// Four writers put and transact while the relay's records are deleted. Clients of these tests do not retry.
async fn write_during_deletions(data: Option<&Path>) {
    let deployment = deployment(Some(1));
    let endpoint = endpoint(&deployment, options(data)).await;
    let recorder = Recorder::succeeding();
    let sources = start_sources(&deployment, &endpoint, recorder.clone(), data).await;
    fill(&endpoint, KEPT).await;
    let writer = async |writer: usize| {
        let client = dynamodb(&endpoint, key(&[], None));
        let s = |text: String| AttributeValue::S(text);
        let (pk, text) = (s(format!("writer-{writer}")), s("x".repeat(500)));
        for number in 0..300 {
            let put =
                client.put_item().table_name("orders").item("pk", pk.clone()).item("text", text.clone());
            put.item("sk", s(format!("{number:03}-a"))).send().await.unwrap();
            let put = Put::builder().table_name("orders").item("pk", pk.clone());
            let put = put.item("sk", s(format!("{number:03}-b"))).build().unwrap();
            let write =
                client.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
            write.send().await.unwrap();
        }
    };
    join_all((0..4).map(writer)).await;
    sources.idle(SOON).await.unwrap();
    let events = recorder.events();
    let mut delivered: Vec<(&str, &str)> = Vec::new();
    for record in events.iter().flat_map(|event| event["Records"].as_array().unwrap()) {
        let key = |name: &str| record["dynamodb"]["Keys"][name]["S"].as_str().unwrap();
        delivered.push((key("pk"), key("sk")));
    }
    assert_eq!(delivered.len(), KEPT + 4 * 600);
    for writer in 0..4 {
        let pk = format!("writer-{writer}");
        let of_one: Vec<&str> = delivered.iter().filter(|(of, _)| *of == pk).map(|(_, sk)| *sk).collect();
        assert!(of_one.is_sorted(), "{of_one:?}");
    }
    let left = left(&endpoint).await.len();
    assert!((KEPT..KEPT + 2 * EVERY).contains(&left), "{left} records are left");
    sources.shutdown().await;
    endpoint.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_see_no_error_during_deletions_in_memory() {
    write_during_deletions(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_see_no_error_during_deletions_in_a_file() {
    let data = tempfile::tempdir().unwrap();
    write_during_deletions(Some(data.path())).await;
}

#[tokio::test]
async fn a_reopened_shop_processes_what_was_written_after_a_deletion() {
    let data = tempfile::tempdir().unwrap();
    let deployment = deployment(Some(1));
    for (run, delivered) in [2 * KEPT, KEPT / 2].into_iter().enumerate() {
        let endpoint = endpoint(&deployment, options(Some(data.path()))).await;
        let recorder = Recorder::succeeding();
        let sources = start_sources(&deployment, &endpoint, recorder.clone(), Some(data.path())).await;
        fill(&endpoint, delivered).await;
        sources.idle(SOON).await.unwrap();
        let records: usize =
            recorder.events().iter().map(|event| event["Records"].as_array().unwrap().len()).sum();
        assert_eq!(records, delivered, "run {run}");
        sources.shutdown().await;
        endpoint.shutdown().await;
    }
}
