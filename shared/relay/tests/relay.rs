//! Tests of the relay, with an embedded table and an embedded queue.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::MessageSystemAttributeName;
use domain::events::{Envelope, Event, ProductEvent, ReservationExpired, UserEvent, UserRegistered};
use domain::words::id::{EventId, OrderId, UserId};
use edge::Cause;
use edge::schedule::Tick;
use edge::stream::Input;
use engines::testing::{TestTable, table};
use jiff::{SignedDuration, Timestamp};
use relay::{Outbox, relay_events};
use serde_json::json;
use store::{Committed, Table, Transaction, outbox};
use telemetry::{Published, Trace};

struct Office {
    sqs: aws_sdk_sqs::Client,
    url: String,
    table: Table,
    engine: TestTable,
}

impl Office {
    /// Creates an outbox with one queue: `account-mails`.
    async fn open() -> Self {
        // Any service's table will do.
        let engine = table(concat!(env!("CARGO_MANIFEST_DIR"), "/../../functions/users/template.yaml")).await;
        let dynamodb = engine.client().config();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
            .region(dynamodb.region().cloned())
            .credentials_provider(aws_sdk_sqs::config::Credentials::new(
                "operator", "secret", None, None, "test",
            ))
            .endpoint_url(engine.endpoint().url())
            .build();
        let sqs = aws_sdk_sqs::Client::from_conf(config);
        let created = sqs.create_queue().queue_name("account-mails").send().await.unwrap();
        let table = Table::new(engine.client().clone(), engine.name());
        Self { sqs, url: created.queue_url.unwrap(), table, engine }
    }

    fn outbox(&self) -> Outbox {
        let queues = HashMap::from([("account-mails".to_owned(), self.url.clone())]);
        let sqs = self.sqs.clone();
        Outbox::new(self.table.clone(), || sqs, queues)
    }

    /// Returns an outbox of which one queue no longer exists.
    fn outbox_with_lost_queue(&self) -> Outbox {
        let queues = [("account-mails", ""), ("order-events", "-lost")];
        let queues = queues.map(|(name, end)| (name.to_owned(), format!("{}{end}", self.url)));
        let sqs = self.sqs.clone();
        Outbox::new(self.table.clone(), || sqs, HashMap::from(queues))
    }

    async fn emit(&self, event: Event, at: Timestamp) -> Envelope {
        let envelope = Cause::new("test").envelope(event, at);
        assert_eq!(self.table.commit(Transaction::new().emit(&envelope)).await.unwrap(), Committed::Written);
        envelope
    }

    /// Replaces the envelope of a waiting event.
    async fn rewrite(&self, envelope: &Envelope, json: String) {
        let text = |value: String| AttributeValue::S(value);
        let client = self.engine.client();
        let found = client
            .scan()
            .table_name(self.engine.name())
            .filter_expression("sk = :id")
            .expression_attribute_values(":id", text(envelope.id.to_string()))
            .send();
        let mut row = found.await.unwrap().items.unwrap().remove(0);
        row.insert("envelope".to_owned(), text(json));
        client.put_item().table_name(self.engine.name()).set_item(Some(row)).send().await.unwrap();
    }

    /// Makes an event unreadable.
    async fn corrupt(&self, envelope: &Envelope) {
        self.rewrite(envelope, r#"{"type":"bodega.user.registered.v1"}"#.to_owned()).await;
    }

    /// Receives everything in the queue.
    async fn all_received(&self) -> Vec<EventId> {
        let mut all = Vec::new();
        loop {
            let more = self.received().await;
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    /// Returns events as stream records.
    fn records(events: &[Envelope]) -> Input {
        let record = |(number, event): (usize, &Envelope)| {
            let text = |value: String| json!({ "S": value });
            let queues: String = event.event.queues().iter().map(|queue| queue.code()).collect();
            let record = json!({
                "ApproximateCreationDateTime": 0,
                "Keys": {},
                "NewImage": {
                    "row": text("outbox".to_owned()),
                    "sk": text(event.id.to_string()),
                    "queues": text(queues),
                    "envelope": text(serde_json::to_string(event).unwrap()),
                },
                "SequenceNumber": number.to_string(),
                "SizeBytes": 1,
            });
            serde_json::from_value(record).unwrap()
        };
        Input::Records(events.iter().enumerate().map(record).collect(), Timestamp::MAX)
    }

    async fn waiting(&self) -> usize {
        outbox::older_than(&self.table, later()).await.unwrap().events.len()
    }

    async fn received(&self) -> Vec<EventId> {
        let answer =
            self.sqs.receive_message().queue_url(&self.url).max_number_of_messages(10).send().await.unwrap();
        let bodies = answer.messages().iter().map(|message| message.body().unwrap());
        bodies.map(|body| serde_json::from_str::<Envelope>(body).unwrap().id).collect()
    }
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// Returns a time at which events written [`now`] are overdue.
fn later() -> Timestamp {
    now() + SignedDuration::from_mins(10)
}

fn registered() -> Event {
    Event::User(UserEvent::Registered(UserRegistered { user_id: UserId::from_parts(0, 1), token_id: None }))
}

fn tick(at: Timestamp) -> Input {
    Input::Tick(Tick::new(at, Cause::new("test")))
}

/// Returns an event for a queue without a URL.
fn nowhere() -> Event {
    let expired = ReservationExpired { order_id: OrderId::from_parts(0, 1) };
    Event::Product(ProductEvent::ReservationExpired(expired))
}

#[tokio::test]
async fn an_event_that_cannot_be_sent_does_not_block_others() {
    let office = Office::open().await;
    let unreadable = office.emit(registered(), now()).await;
    office.corrupt(&unreadable).await;
    office.emit(nowhere(), now()).await;
    let mut sound = Vec::new();
    // More than a page of every shard.
    for second in 1..=1_000 {
        sound.push(office.emit(registered(), now() + SignedDuration::from_millis(second)).await.id);
    }

    let published = Published::from_now();
    relay_events(office.outbox(), tick(later())).await.unwrap();
    assert_eq!(published.take(), ["OutboxAge=600", "OutboxStuck=2"]);

    let mut received = office.all_received().await;
    received.sort_unstable();
    assert_eq!(received, sound);
    assert_eq!(office.waiting().await, 2, "unsent events stay in the outbox");
}

/// A newer version of the service has written it, during a deployment or before a rollback.
#[tokio::test]
async fn an_event_of_an_unknown_type_is_sent_to_the_queues_in_its_row() {
    let office = Office::open().await;
    let event = office.emit(registered(), now()).await;
    let known = serde_json::to_string(&event).unwrap();
    let unknown = known.replace("bodega.user.registered.v1", "bodega.user.renamed.v7");
    assert_ne!(unknown, known);
    office.rewrite(&event, unknown.clone()).await;

    relay_events(office.outbox(), tick(later())).await.unwrap();

    let received = office.sqs.receive_message().queue_url(&office.url).send().await.unwrap();
    let bodies: Vec<_> = received.messages().iter().map(|message| message.body().unwrap()).collect();
    assert_eq!(bodies, [unknown], "unchanged");
    assert_eq!(office.waiting().await, 0);
}

#[tokio::test]
async fn a_recent_event_is_left_to_the_stream() {
    let office = Office::open().await;
    office.emit(registered(), now()).await;
    let recent = tick(now() + SignedDuration::from_mins(5));
    assert_eq!(relay_events(office.outbox(), recent).await.unwrap(), None);
    assert!(office.received().await.is_empty());
}

#[tokio::test]
async fn concurrent_runs_send_every_event() {
    let office = Office::open().await;
    let mut events = Vec::new();
    for second in 0..40 {
        events.push(office.emit(registered(), now() + SignedDuration::from_secs(second)).await);
    }
    let relay = |input| relay_events(office.outbox(), input);
    let (stream, again, schedule, beside) = tokio::join!(
        relay(Office::records(&events)),
        relay(Office::records(&events)),
        relay(tick(later())),
        relay(tick(later())),
    );
    for done in [stream, again, schedule, beside] {
        assert_eq!(done.unwrap(), None);
    }
    assert_eq!(office.waiting().await, 0);
    let mut received = office.all_received().await;
    assert!(received.len() <= 4 * events.len());
    received.sort_unstable();
    received.dedup();
    let sent: Vec<EventId> = events.iter().map(|event| event.id).collect();
    assert_eq!(received, sent, "none is lost");
}

#[tokio::test]
async fn the_checkpoint_is_the_first_unsent_record() {
    let office = Office::open().await;
    let mut events = Vec::new();
    for event in [registered(), nowhere(), registered(), nowhere(), registered()] {
        events.push(office.emit(event, now()).await);
    }
    let checkpoint = relay_events(office.outbox_with_lost_queue(), Office::records(&events)).await.unwrap();
    assert_eq!(checkpoint.as_deref(), Some("1"));
    assert_eq!(office.all_received().await.len(), 3, "the records after it are sent nevertheless");
    assert_eq!(office.waiting().await, 2);
}

/// Otherwise Lambda would retry it for hours, and send the events after it again each time.
#[tokio::test]
async fn a_record_that_can_never_be_sent_is_left_to_the_schedule() {
    let office = Office::open().await;
    let mut events = Vec::new();
    for event in [nowhere(), registered()] {
        events.push(office.emit(event, now()).await);
    }
    let Input::Records(mut records, deadline) = Office::records(&events) else { panic!("records") };
    let unreadable = json!({ "row": { "S": "outbox" }, "sk": { "S": "no event" } });
    let unreadable = json!({
        "ApproximateCreationDateTime": 0, "Keys": {}, "NewImage": unreadable, "SequenceNumber": "9", "SizeBytes": 1,
    });
    records.insert(0, serde_json::from_value(unreadable).unwrap());
    let checkpoint = relay_events(office.outbox(), Input::Records(records, deadline)).await.unwrap();
    assert_eq!(checkpoint, None);
    assert_eq!(office.all_received().await, [events[1].id]);
    assert_eq!(office.waiting().await, 1, "it stays in the outbox");
}

#[tokio::test]
async fn records_left_at_the_deadline_are_redelivered() {
    let office = Office::open().await;
    let events = [office.emit(registered(), now()).await, office.emit(registered(), now()).await];
    let Input::Records(records, _) = Office::records(&events) else { panic!("records") };
    let ended = Input::Records(records, Timestamp::now());
    assert_eq!(relay_events(office.outbox(), ended).await.unwrap().as_deref(), Some("0"));
    assert_eq!(office.waiting().await, 2);
}

/// The budget: DynamoDB's read and write units, and requests. A change here changes the bill.
#[tokio::test]
async fn the_relay_keeps_to_its_budget() {
    let office = Office::open().await;
    let events = [office.emit(registered(), now()).await, office.emit(registered(), now()).await];
    let used = || office.engine.used();
    used();
    relay_events(office.outbox(), Office::records(&events[..1])).await.unwrap();
    assert_eq!(used(), "0 read, 1 written: DeleteItem, sqs:SendMessage", "an event of the stream");
    relay_events(office.outbox(), Office::records(&events[..1])).await.unwrap();
    assert_eq!(used(), "0 read, 1 written: DeleteItem, sqs:SendMessage", "the same event again");
    relay_events(office.outbox(), tick(later())).await.unwrap();
    assert_eq!(used(), "8 read, 1 written: DeleteItem, 8 Query, sqs:SendMessage", "an overdue event");
    relay_events(office.outbox(), tick(later())).await.unwrap();
    assert_eq!(used(), "8 read, 0 written: 8 Query", "scheduled, nothing due");
}

#[tokio::test]
async fn every_scheduled_run_publishes_the_age_of_the_oldest_event_and_what_is_stuck() {
    let office = Office::open().await;
    let published = Published::from_now();
    relay_events(office.outbox(), Input::Records(Vec::new(), Timestamp::MAX)).await.unwrap();
    assert!(published.take().is_empty(), "runs of the stream publish nothing");
    let event = office.emit(registered(), now()).await;
    let after = |minutes| tick(now() + SignedDuration::from_mins(minutes));
    relay_events(office.outbox(), after(5)).await.unwrap();
    assert_eq!(published.take(), ["OutboxAge=0", "OutboxStuck=0"], "nothing is overdue");
    office.emit(nowhere(), now() + SignedDuration::from_mins(1)).await;
    office.corrupt(&event).await;
    for (minutes, expected) in [(10, "OutboxAge=540"), (20, "OutboxAge=1140")] {
        relay_events(office.outbox(), after(minutes)).await.unwrap();
        assert_eq!(published.take(), [expected, "OutboxStuck=2"], "an unreadable event has no age");
    }
}

#[tokio::test]
async fn the_trace_and_its_sampling_are_sent_with_the_event() {
    for sampled in [true, false] {
        let office = Office::open().await;
        let header = format!(
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={}",
            u8::from(sampled)
        );
        let cause = Cause::new("test").traced(Trace::of_header(&header).ok());
        let event = cause.envelope(registered(), now());
        relay_events(office.outbox(), Office::records(&[event])).await.unwrap();
        let received = office.sqs.receive_message().queue_url(&office.url);
        let received = received.message_system_attribute_names(MessageSystemAttributeName::All);
        let message = received.send().await.unwrap().messages.unwrap().remove(0);
        let attributes = message.attributes.unwrap();
        assert_eq!(attributes[&MessageSystemAttributeName::AwsTraceHeader], header, "for X-Ray");
        let envelope: Envelope = serde_json::from_str(&message.body.unwrap()).unwrap();
        assert_eq!(Cause::of_event(&envelope), cause, "for the receiver");
    }
}
