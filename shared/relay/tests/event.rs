//! The sample event.

use aws_lambda_events::dynamodb::Event;
use serde_json::{Value, json};
use store::outbox;

/// One file for the relays of all services, so its event has a destination that each of them may send to.
#[test]
fn the_event_file_holds_an_event_for_notifications() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/relay-events.json")).unwrap();
    let written: Value = serde_json::from_slice(&file).unwrap();
    let queues = &written["Records"][0]["dynamodb"]["NewImage"]["queues"];
    assert_eq!(*queues, json!({"S": "N"}));

    let event: Event = serde_json::from_slice(&file).unwrap();
    let [record] = <[_; 1]>::try_from(event.records).unwrap();
    let waiting = outbox::from_image(record.change.new_image).unwrap().unwrap();
    let envelope: Value = serde_json::from_str(&waiting.json).unwrap();
    assert_eq!(envelope["type"], "bodega.user.registered.v1");
}
