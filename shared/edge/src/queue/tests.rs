use std::sync::{Arc, Mutex};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use domain::events::{Event, ProductEvent, ReservationExpired};
use domain::words::id::{EventId, OrderId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use telemetry::Logged;
use tracing::level_filters::LevelFilter;

use super::*;
use crate::environment::{Environment, InitError};

/// The operation's dependency, which records its effects.
#[derive(Debug, Clone, Default)]
struct Effects(Arc<Mutex<Vec<OrderId>>>);

impl Connect for Effects {
    async fn connect(_: &Environment) -> Result<Self, InitError> {
        Ok(Self::default())
    }
}

impl Effects {
    fn of(&self) -> Vec<OrderId> {
        self.0.lock().unwrap().clone()
    }
}

/// Message ids with the reasons of their failures.
fn reasons(lines: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed = lines.iter().filter(|line| line["message"] == "the message failed");
    failed.map(|line| (text(&line["message_id"]), text(&line["error"]))).collect()
}

const PANICS: u128 = 90;
const FAILS: u128 = 91;
const HANGS: u128 = 92;

async fn operation(effects: Effects, delivery: Delivery) -> Result<(), Failure> {
    let Event::Product(ProductEvent::ReservationExpired(expired)) = &delivery.envelope.event else {
        return Err("not for us".into());
    };
    // Waits until the others have started as well.
    tokio::task::yield_now().await;
    let mut done = effects.0.lock().unwrap();
    match expired.order_id {
        id if id == OrderId::from_parts(0, PANICS) => {
            drop(done);
            panic!("there is no {id}");
        }
        id if id == OrderId::from_parts(0, FAILS) => return Err("it cannot be".into()),
        id if id == OrderId::from_parts(0, HANGS) => {}
        id => {
            done.push(id);
            return Ok(());
        }
    }
    drop(done);
    std::future::pending().await
}

fn envelope(number: u128) -> Value {
    let order_id = OrderId::from_parts(0, number);
    let event = ProductEvent::ReservationExpired(ReservationExpired { order_id });
    let envelope = Cause::new("test").envelope(event, now());
    serde_json::to_value(Envelope { id: EventId::from_parts(0, number), ..envelope }).unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn message(id: &str, body: impl ToString) -> SqsMessage {
    serde_json::from_value(json!({ "messageId": id, "body": body.to_string() })).unwrap()
}

fn in_seconds(seconds: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_secs(seconds)
}

/// Returns the reported identifiers and the log lines.
async fn consumed(
    effects: &Effects,
    records: Vec<SqsMessage>,
    deadline: Timestamp,
) -> (Vec<String>, Vec<Value>) {
    let logged = Logged::from_now(LevelFilter::INFO);
    let mut batch = SqsEvent::default();
    batch.records = records;
    let one_by_one = |deliveries| each(deliveries, |delivery| operation(effects.clone(), delivery));
    let failed =
        consume(one_by_one, batch, Times { now: now(), deadline, ends: deadline }, &Span::none()).await;
    (reported(failed), logged.take())
}

fn reported(failed: Vec<Failed>) -> Vec<String> {
    response(failed).batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

async fn consumed_together<Fut: Future<Output = Vec<Result<(), Failure>>>>(
    records: Vec<SqsMessage>,
    handler: impl FnOnce(Vec<Delivery>) -> Fut,
) -> Vec<String> {
    consumed_together_until(in_seconds(1), records, handler).await
}

async fn consumed_together_until<Fut: Future<Output = Vec<Result<(), Failure>>>>(
    deadline: Timestamp,
    records: Vec<SqsMessage>,
    handler: impl FnOnce(Vec<Delivery>) -> Fut,
) -> Vec<String> {
    let mut batch = SqsEvent::default();
    batch.records = records;
    reported(consume(handler, batch, Times { now: now(), deadline, ends: deadline }, &Span::none()).await)
}

#[tokio::test]
async fn a_batch_reports_the_outcome_of_each_message() {
    let messages = || vec![message("a", envelope(1)), message("bad", "Hello"), message("b", envelope(2))];
    let second_fails = async |deliveries: Vec<Delivery>| {
        assert_eq!(deliveries.len(), 2, "what is not an event does not reach the operation");
        vec![Ok(()), Err("it cannot be".into())]
    };
    assert_eq!(consumed_together(messages(), second_fails).await, ["bad", "b"]);
    let forgetful = async |_: Vec<Delivery>| vec![Ok(())];
    assert_eq!(consumed_together(messages(), forgetful).await, ["bad", "b"], "no outcome is a failure");
    let panics = async |_: Vec<Delivery>| panic!("all of them");
    assert_eq!(consumed_together(messages(), panics).await, ["bad", "a", "b"]);
    let hangs = async |_: Vec<Delivery>| std::future::pending().await;
    assert_eq!(consumed_together(messages(), hangs).await, ["bad", "a", "b"]);
    let idle = async |_: Vec<Delivery>| panic!("there is nothing to handle");
    assert_eq!(consumed_together(vec![message("bad", "Hello")], idle).await, ["bad"]);
}

#[tokio::test]
async fn each_message_fails_alone_with_its_reason_in_the_log() {
    let with = |name: &str, value: &str| {
        let mut envelope = envelope(1);
        envelope[name] = json!(value);
        envelope
    };
    let mut without_id = envelope(1);
    without_id.as_object_mut().unwrap().remove("id");
    let mut without_order = envelope(1);
    without_order["data"] = json!({});
    let mut bodiless = message("bodiless", "");
    bodiless.body = None;
    let batch = vec![
        message("good-1", envelope(11)),
        message("not-json", "Hello"),
        message("cut-off", &envelope(1).to_string()[..40]),
        message("no-object", "[]"),
        message("unknown-type", with("type", "bodega.order.eaten.v1")),
        message("unknown-version", with("type", "bodega.reservation.expired.v2")),
        message("no-id", without_id),
        message("no-order", without_order),
        message("other-specification", with("specversion", "0.3")),
        bodiless,
        message("panics", envelope(PANICS)),
        message("fails", envelope(FAILS)),
        message("good-2", envelope(12)),
    ];
    let effects = Effects::default();
    let (reported, logged) = consumed(&effects, batch, in_seconds(10)).await;
    let logged = reasons(&logged);
    assert_eq!(effects.of(), [OrderId::from_parts(0, 11), OrderId::from_parts(0, 12)]);
    let mut named: Vec<String> = logged.iter().map(|(id, _)| id.clone()).collect();
    named.sort_unstable();
    let mut sorted = reported.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, named, "each failure is reported once and logged once");
    let reason = |id: &str| &logged.iter().find(|(of, _)| of == id).unwrap().1;
    let reasons: Vec<String> = reported.iter().map(|id| format!("{id}: {}", reason(id))).collect();
    insta::assert_snapshot!(reasons.join("\n"), @"
    not-json: the body is not JSON: expected value at line 1 column 1
    cut-off: the body is not JSON: EOF while parsing a string at line 1 column 40
    no-object: the body is not an event: invalid type: sequence, expected struct Envelope at line 1 column 0
    unknown-type: events of type bodega.order.eaten.v1 are unknown to this version
    unknown-version: events of type bodega.reservation.expired.v2 are unknown to this version
    no-id: the body is not an event: missing field `id` at line 1 column 274
    no-order: the body is not an event: missing field `order_id` at line 1 column 269
    other-specification: the body is not an event: unknown variant `[removed]`, expected `1.0` at line 1 column 199
    bodiless: the message has no body
    panics: the operation panicked: there is no ord_0000000000000000000000002T
    fails: it cannot be
    ");
}

#[tokio::test]
async fn a_panic_does_not_affect_other_messages() {
    let effects = Effects::default();
    for round in 0..3_u128 {
        let batch = vec![message("bad", envelope(PANICS)), message("good", envelope(round))];
        let (reported, _) = consumed(&effects, batch, in_seconds(10)).await;
        assert_eq!(reported, ["bad"]);
        assert_eq!(effects.of().len(), usize::try_from(round).unwrap() + 1);
    }
}

#[tokio::test]
async fn a_message_that_exceeds_the_deadline_fails_alone() {
    let effects = Effects::default();
    let batch = vec![message("hangs", envelope(HANGS)), message("good", envelope(1))];
    let (reported, logged) = consumed(&effects, batch, in_seconds(1)).await;
    assert_eq!(reported, ["hangs"]);
    assert_eq!(reasons(&logged)[0].1, "the operation did not finish before the function's deadline");
    assert_eq!(effects.of(), [OrderId::from_parts(0, 1)]);
}

#[tokio::test]
async fn a_failed_message_without_an_id_fails_the_batch() {
    let effects = Effects::default();
    let nameless = |number: u128| {
        let mut message = message("", envelope(number));
        message.message_id = None;
        message
    };
    let (reported, _) =
        consumed(&effects, vec![nameless(1), message("b", envelope(2))], in_seconds(10)).await;
    assert!(reported.is_empty(), "no message failed");
    let (reported, _) =
        consumed(&effects, vec![nameless(FAILS), message("b", envelope(3))], in_seconds(10)).await;
    // Lambda treats an empty identifier as the failure of the whole batch.
    assert_eq!(reported, [""]);
}

#[test]
fn a_delivery_ends_with_the_function() {
    let envelope: Envelope = serde_json::from_value(envelope(1)).unwrap();
    let delivery = Delivery::new(envelope, now());
    assert_eq!(delivery.deadline, now() + SignedDuration::from_secs(10));
    let deadline = now() + SignedDuration::from_secs(3);
    assert_eq!(delivery.until(deadline).deadline, deadline);
}

#[tokio::test]
async fn every_line_has_its_correlation_and_trace_ids() {
    let trace = "5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8";
    let of_event = |number: u128, correlation: &str| {
        let mut envelope = envelope(number);
        envelope["correlationid"] = json!(correlation);
        envelope["traceparent"] = json!(format!("00-{trace}-01"));
        envelope
    };
    let mut untraced = message("third", envelope(2));
    let header = "Root=1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=53995c3f42cd8ad8;Sampled=1";
    untraced.attributes.insert("AWSTraceHeader".to_owned(), header.to_owned());
    let batch =
        vec![message("first", of_event(1, "one")), message("second", of_event(FAILS, "another")), untraced];
    let (_, logged) = consumed(&Effects::default(), batch, in_seconds(10)).await;
    let fields = |id: &str| {
        let line = logged.iter().find(|line| line["message_id"] == id).unwrap();
        ["message", "correlation_id", "trace_id"].map(|name| line[name].as_str().unwrap().to_owned())
    };
    let of_event = "1-5759e988-bd862e3fe1be46a994272793";
    assert_eq!(fields("first"), ["handled", "one", of_event]);
    assert_eq!(fields("second"), ["the message failed", "another", of_event]);
    assert_eq!(fields("third"), ["handled", "test", "1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa"]);
}

#[tokio::test]
async fn a_message_without_time_left_is_not_begun() {
    let effects = Effects::default();
    let (failed, _) = consumed(&effects, vec![message("late", envelope(1))], Timestamp::now()).await;
    assert_eq!((failed, effects.of()), (vec!["late".to_owned()], vec![]));

    let begun = std::cell::Cell::new(false);
    let together = async |_: Vec<Delivery>| {
        begun.set(true);
        vec![Ok(())]
    };
    let records = vec![message("late", envelope(1))];
    assert_eq!(consumed_together_until(Timestamp::now(), records, together).await, ["late"]);
    assert!(!begun.get());
}
