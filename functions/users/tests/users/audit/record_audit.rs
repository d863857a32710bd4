//! `record-audit`.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::events::{PasswordChanged, UserEvent};
use jiff::SignedDuration;

use super::*;

#[tokio::test]
async fn an_event_is_recorded_once_in_each_of_its_lists() {
    let service = Service::start().await;
    let (actor, subject) = (UserId::from_parts(0, 1), UserId::from_parts(0, 2));
    let event = acted(1, now(), actor, subject);
    drop(service.table.used());
    service.record(event.clone()).await.unwrap();
    // The entry; three copies of it and the mark, twice for being one transaction.
    assert_eq!(service.table.used(), "1 read, 8 written: GetItem, TransactWriteItems", "record-audit");
    service.record(event).await.unwrap();
    assert_eq!(service.table.used(), "1 read, 0 written: GetItem", "record-audit: a duplicate");
    let entry = service.audit("").await.unwrap().items.remove(0);
    let shown = (entry.actor, entry.action.as_ref().to_owned(), entry.subject.to_string(), entry.at);
    assert_eq!(shown, (actor, "put-staff".to_owned(), subject.to_string(), now()));
    for query in [format!("actor={actor}"), format!("subject={subject}"), "month=2026-11".to_owned()] {
        assert_eq!(service.audit(&query).await.unwrap().items, std::slice::from_ref(&entry), "{query}");
    }
}

#[tokio::test]
async fn copies_delivered_at_the_same_time_are_recorded_once() {
    let service = Service::start().await;
    let event = acted(1, now(), UserId::from_parts(0, 1), UserId::from_parts(0, 2));
    let deliveries = (0..5).map(|_| service.record(event.clone()));
    for delivered in futures::future::join_all(deliveries).await {
        delivered.unwrap();
    }
    assert_eq!(service.numbers("").await, [1]);
}

/// The time is the event's, however late it arrives.
#[tokio::test]
async fn an_event_that_waited_over_midnight_is_in_the_month_in_which_it_happened() {
    let service = Service::start().await;
    let last_second = "2026-10-31T23:59:59Z".parse().unwrap();
    service.record(acted(1, last_second, reader(), reader())).await.unwrap();
    assert_eq!(service.numbers("month=2026-10").await, [1]);
    assert_eq!(service.numbers("").await, [0; 0]);
}

#[tokio::test]
async fn an_entry_of_an_operation_of_a_later_version_is_recorded() {
    let service = Service::start().await;
    let mut event = serde_json::to_value(acted(1, now(), reader(), reader())).unwrap();
    event["data"]["action"] = "operation-of-a-later-version".into();
    event["data"]["field_of_a_later_version"] = 1.into();
    service.record(serde_json::from_value(event).unwrap()).await.unwrap();
    let recorded = service.audit("").await.unwrap().items.remove(0);
    assert_eq!(recorded.action.as_ref(), "operation-of-a-later-version");
}

#[tokio::test]
async fn entries_expire_after_ten_years() {
    let service = Service::start().await;
    service.record(acted(1, now(), reader(), reader())).await.unwrap();
    let scanned = service.table.client().scan().table_name(service.table.name()).send().await.unwrap();
    let kept = scanned.items().iter().filter(|row| row["pk"].as_s().unwrap().starts_with("AUDIT#"));
    let until = now() + SignedDuration::from_hours(3_653 * 24);
    let until = AttributeValue::N(until.as_second().to_string());
    assert_eq!(kept.map(|row| row["expires_at"].clone()).collect::<Vec<_>>(), vec![until; 3]);
}

#[tokio::test]
async fn an_event_of_another_queue_is_an_error() {
    let service = Service::start().await;
    let changed = Event::User(UserEvent::PasswordChanged(PasswordChanged { user_id: reader() }));
    let refused = service.record(Cause::new("test").envelope(changed, now())).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "this consumer does not handle events of type bodega.user.password_changed.v1"
    );
}

#[tokio::test]
async fn the_sample_event_is_recorded() {
    let sample = include_str!("../../../../../events/record-audit.json");
    let batch: serde_json::Value = serde_json::from_str(sample).unwrap();
    let envelope = serde_json::from_str(batch["Records"][0]["body"].as_str().unwrap()).unwrap();
    let service = Service::start().await;
    service.record(envelope).await.unwrap();
    assert_eq!(service.rows_of("audit").await, 1);
}
