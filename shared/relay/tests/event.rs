//! The example event.

use aws_lambda_events::dynamodb::Event;
use store::outbox;

/// One file for the relays of all services, so its event goes where each of them may send to.
#[test]
fn the_event_file_holds_an_event_for_notifications() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/relay-events.json");
    let event: Event = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let [record] = <[_; 1]>::try_from(event.records).unwrap();
    let waiting = outbox::from_image(record.change.new_image).unwrap().unwrap();
    assert_eq!(waiting.envelope.event.queues(), [domain::event::Queue::NotificationRequests]);
}
