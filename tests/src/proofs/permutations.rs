//! Delivers one order's events in every sequence, once each and twice each. All sequences must leave the same items.
//!
//! The event sources are stopped, and the test invokes the real functions with each event, so that it controls the
//! sequence.

use std::collections::BTreeMap;

use crate::{Books, Customer, Shop};
use bytes::Bytes;
use dev::seed::first_order;
use domain::events::{
    ContentType, Envelope, Event, OrderEvent, OrderPlaced, PaymentEvent, PaymentFailed, PaymentOutcome,
    Queue, RefundSucceeded, SpecVersion,
};
use domain::orders::Order;
use domain::orders::standing::MAX_UNPAID;
use domain::payments::Payment;
use domain::words::capture::CaptureMode;
use domain::words::id::{EventId, OrderId, PaymentId, RefundId};
use domain::words::pay_with::MethodUse;
use domain::words::payment_method::PaymentMethod;
use futures::StreamExt;
use futures::stream;
use jiff::Timestamp;
use model::invoke::{Invocation, Invoke};
use serde_json::{Value, json};

/// The number of orders that are processed concurrently.
pub(super) const CONCURRENCY: usize = 6;

/// The number of orders per customer. All of them may be unpaid at the same time.
pub(super) const ORDERS_PER_CUSTOMER: usize = MAX_UNPAID;

/// The history of an order, which determines its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Placed, captured, confirmed.
    Paid,
    /// Placed, declined, cancelled.
    CancelledUnpaid,
    /// Placed, captured, cancelled, refunded.
    CancelledPaid,
}

impl Fate {
    fn payment_method(self) -> &'static str {
        if self == Self::CancelledUnpaid { "pm_card_visa_chargeDeclined" } else { "pm_card_visa" }
    }

    /// Returns the events, as the services would publish them.
    pub(super) fn events(self, order: &Order) -> Vec<Event> {
        let payment_method = PaymentMethod::try_new(self.payment_method()).expect("a token");
        let placed = OrderPlaced {
            order: order.summary(),
            payment_method,
            method_use: MethodUse::Once,
            held_until: order.held_until,
            capture: CaptureMode::Automatic,
        };
        let payment = Payment::begin(&placed, order.placed_at);
        let Payment { payment_id, attempt_id, order_id, user_id, amount, attempt, .. } = payment;
        let outcome = PaymentOutcome { payment_id, attempt_id, order_id, user_id, amount, attempt };
        let placed = Event::Order(OrderEvent::Placed(placed));
        let captured = Event::Payment(PaymentEvent::Captured(outcome.clone()));
        let cancelled = Event::Order(OrderEvent::Cancelled(order.summary()));
        match self {
            Self::Paid => vec![placed, captured, Event::Order(OrderEvent::Confirmed(order.summary()))],
            Self::CancelledUnpaid => {
                let failed = PaymentFailed { outcome, decline_code: "generic_decline".to_owned() };
                vec![placed, Event::Payment(PaymentEvent::Failed(failed)), cancelled]
            }
            Self::CancelledPaid => {
                let refund_id = RefundId::derived_from(&[&payment_id.to_string()]);
                let refunded = RefundSucceeded { refund_id, payment_id, order_id, user_id, amount };
                vec![placed, captured, cancelled, Event::Payment(PaymentEvent::RefundSucceeded(refunded))]
            }
        }
    }
}

/// An order and the ids of its events.
pub(super) struct Delivered {
    pub(super) order: OrderId,
    pub(super) events: Vec<EventId>,
}

/// Collects every distinct sequence that contains each `i` exactly `left[i]` times.
pub(super) fn draw(left: &mut [usize], drawn: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
    if left.iter().all(|count| *count == 0) {
        all.push(drawn.clone());
    }
    for index in 0..left.len() {
        if left[index] > 0 {
            left[index] -= 1;
            drawn.push(index);
            draw(left, drawn, all);
            drawn.pop();
            left[index] += 1;
        }
    }
}

/// Returns the sequences of `events` events, with each event once and with each event twice.
pub(super) fn sequences(events: usize) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    for times in [1, 2] {
        draw(&mut vec![times; events], &mut Vec::new(), &mut all);
    }
    all
}

fn consumer(queue: Queue) -> &'static str {
    match queue {
        Queue::PaymentCommands => "process-payment",
        Queue::StockCommands => "settle-reservation",
        Queue::OrderEvents => "apply-payment-event",
        Queue::NotificationRequests => "send-notification",
        Queue::AccountMails => "send-account-mail",
        Queue::CustomerEvents => "apply-customer-event",
        Queue::AuditEvents => "record-audit",
    }
}

/// Delivers an event to all its consumers. Returns whether each has handled it.
pub(super) async fn deliver_to_all(shop: &Shop, envelope: &Envelope) -> bool {
    let mut is_handled = true;
    for queue in envelope.event.queues() {
        is_handled &= deliver(shop, *queue, envelope).await;
    }
    is_handled
}

/// Invokes a queue's consumer with an event as Lambda would. Returns whether the message was handled.
async fn deliver(shop: &Shop, queue: Queue, envelope: &Envelope) -> bool {
    let record = json!({
        "messageId": envelope.id, "receiptHandle": "by hand", "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:by-hand", "attributes": {}, "messageAttributes": {},
        "body": serde_json::to_string(envelope).expect("JSON"),
    });
    let payload = Bytes::from(json!({ "Records": [record] }).to_string());
    let operation = consumer(queue).to_owned();
    let answer = shop.cloud().host().invoke(Invocation { operation, payload, trace_header: None }).await;
    let answer = answer.expect("the function runs");
    assert_eq!(answer.function_error, None, "{}", String::from_utf8_lossy(&answer.payload));
    let reply: Value = serde_json::from_slice(&answer.payload).expect("JSON");
    reply["batchItemFailures"] == json!([])
}

/// Returns an event as a service publishes it.
pub(super) fn envelope(event: Event, time: Timestamp) -> Envelope {
    Envelope {
        specversion: SpecVersion::V1,
        id: EventId::from_parts(1, rand::random()),
        source: event.source().to_owned(),
        subject: event.subject(),
        time,
        datacontenttype: ContentType::Json,
        traceparent: None,
        correlationid: "permutations".to_owned(),
        event,
    }
}

/// Places an order, cancels it if its fate says so, and delivers its events in this sequence.
async fn place_and_deliver(
    customer: &Customer<'_>,
    fate: Fate,
    number: usize,
    sequence: &[usize],
) -> Delivered {
    let shop = customer.shop();
    let key = format!("{fate:?}-{number}");
    let placed = customer.post("/orders", &key, &first_order(fate.payment_method())).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let order: Order = serde_json::from_value(placed.body).expect("an order");
    if fate != Fate::Paid {
        let path = format!("/orders/{}/cancellation", order.order_id);
        assert_eq!(customer.post(&path, "cancel", &json!({})).await.status, 200);
    }
    let envelopes: Vec<Envelope> =
        fate.events(&order).into_iter().map(|event| envelope(event, order.placed_at)).collect();
    for index in sequence {
        let envelope = &envelopes[*index];
        assert!(deliver_to_all(shop, envelope).await, "{key}, {sequence:?}: {envelope:?} failed");
    }
    let events = envelopes.iter().map(|envelope| envelope.id).collect();
    Delivered { order: order.order_id, events }
}

/// Returns the items of each order in the services' tables, without ids, times and versions.
pub(super) async fn items(shop: &Shop, orders: &[Delivered]) -> BTreeMap<OrderId, Vec<Value>> {
    let mut owners = BTreeMap::new();
    for delivered in orders {
        let ids = delivered.events.iter().map(EventId::to_string);
        let ids = ids.chain([delivered.order.to_string(), PaymentId::of(delivered.order).to_string()]);
        owners.extend(ids.map(|id| (id, delivered.order)));
    }
    let mut items: BTreeMap<OrderId, Vec<Value>> = BTreeMap::new();
    for (service, row) in [
        ("orders", "order"),
        ("products", "reservation"),
        ("payments", "payment"),
        ("payments", "posting"),
        ("payments", "dispute"),
        ("notifications", "notification"),
    ] {
        for item in shop.rows(service, row).await {
            let id =
                item["pk"]["S"].as_str().and_then(|key| key.split('#').nth(1)).expect("an id in the key");
            if let Some(order) = owners.get(id) {
                let item = if service == "notifications" { without_outcome(item) } else { item };
                items.entry(*order).or_default().push(plain(item));
            }
        }
    }
    items.values_mut().for_each(|list| list.sort_by_key(Value::to_string));
    items
}

/// Returns an item without the values that differ between any two orders.
fn plain(item: Value) -> Value {
    match item {
        Value::Object(fields) => {
            // Whether a time or an index key exists is state. Its value is not.
            let differs = |name: &str| {
                let time =
                    name.ends_with("_at") || name.ends_with("_until") || matches!(name, "due_by" | "send_by");
                let place = name.starts_with("gsi") || matches!(name, "pk" | "sk");
                // An order's id leads to its shard and to its number.
                time || place || matches!(name, "message_id" | "number" | "shard" | "version")
            };
            // The token of a single put. Which write was the last may differ.
            let fields = fields.into_iter().filter(|(name, _)| name != "write");
            let one = |(name, value): (String, Value)| {
                let value = if differs(&name) { Value::from("*") } else { plain(value) };
                (name, value)
            };
            fields.into_iter().map(one).collect()
        }
        Value::Array(values) => values.into_iter().map(plain).collect(),
        // `ord_01ARZ3NDEKTSV4RRFFQ69G5FAV`, and the payment gateway's ids.
        Value::String(text) => match text.split_once('_') {
            Some((prefix, rest)) if rest.len() == 26 || matches!(prefix, "pi" | "re" | "dp") => {
                Value::from(prefix)
            }
            // The reference of a dispute's posting, which ends with its number.
            Some(("dsp", rest)) => Value::from(format!("dsp{}", &rest[26..])),
            _ => Value::from(text),
        },
        other => other,
    }
}

/// Returns a notification that tells only that it is done. Whether its mail was sent, or came too late, depends on the
/// sequence.
fn without_outcome(mut notification: Value) -> Value {
    if let Some(fields) = notification.as_object_mut() {
        for field in ["status", "message_id"] {
            fields.remove(field);
        }
    }
    notification
}

/// Returns the items, with payments without the history of their attempt. Whether the card was charged before the order
/// ended, or not at all, depends on the sequence, so it is history, not state.
fn without_attempt(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    for item in items.iter_mut().filter(|item| item["row"]["S"] == "payment") {
        for field in ["tries", "decline_code", "payment_method", "held_until", "intent"] {
            item.as_object_mut().expect("an item").remove(field);
        }
    }
    items
}

/// Plays every `every`-th sequence of an order's events. Returns the sequences with the items that they leave.
async fn outcomes(fate: Fate, events: usize, every: usize) -> Vec<(Vec<usize>, Vec<Value>)> {
    let shop = Shop::open_for_faults().await;
    let sequences: Vec<Vec<usize>> = sequences(events).into_iter().step_by(every).collect();
    let customers = shop.customers(sequences.len().div_ceil(ORDERS_PER_CUSTOMER)).await;
    shop.settle().await;
    shop.cloud().sources().shutdown().await;
    let orders = stream::iter(sequences.iter().enumerate())
        .map(|(number, sequence)| {
            place_and_deliver(&customers[number / ORDERS_PER_CUSTOMER], fate, number, sequence)
        })
        .buffered(CONCURRENCY);
    let orders: Vec<Delivered> = orders.collect().await;
    let mut items = items(&shop, &orders).await;
    let books = Books::of(&shop).await;
    assert_eq!((books.wrong_stock(), books.wrong_money()), (Vec::new(), Vec::new()));
    let outcomes = sequences
        .into_iter()
        .zip(&orders)
        .map(|(sequence, delivered)| (sequence, items.remove(&delivered.order).expect("items of the order")));
    let outcomes = outcomes.collect();
    drop(customers);
    shop.abandon().await;
    outcomes
}

/// Asserts that all outcomes equal the first one, which is that of the events in their natural order.
pub(super) fn assert_one_outcome(outcomes: &[(Vec<usize>, Vec<Value>)]) {
    let (_, expected) = outcomes.first().expect("a sequence");
    for (sequence, items) in outcomes {
        assert_eq!(items, expected, "{sequence:?}");
    }
    println!("{} sequences of events, one outcome", outcomes.len());
}

/// Plays the events of a paid order that is cancelled. Money is taken and refunded, or never taken, depending on
/// whether payments receives the order or its cancellation first. No money is kept in either case.
///
/// # Panics
/// Panics if two sequences have different outcomes.
pub async fn paid_and_cancelled(every: usize) {
    let outcomes = outcomes(Fate::CancelledPaid, 4, every).await;
    let of_payments = |item: &Value| matches!(item["row"]["S"].as_str(), Some("payment" | "posting"));
    for (sequence, items) in &outcomes {
        for payment in items.iter().filter(|item| item["row"]["S"] == "payment") {
            assert_eq!(payment["captured"], payment["refunded"], "{sequence:?}");
        }
    }
    let others = outcomes.into_iter().map(|(sequence, mut items)| {
        items.retain(|item| !of_payments(item));
        (sequence, items)
    });
    assert_one_outcome(&others.collect::<Vec<_>>());
}

/// Plays the events of a paid order.
///
/// # Panics
/// Panics if two sequences have different outcomes.
pub async fn paid() {
    assert_one_outcome(&outcomes(Fate::Paid, 3, 1).await);
}

/// Plays the events of an order that is cancelled before it is paid.
///
/// # Panics
/// Panics if two sequences have different outcomes.
pub async fn cancelled_unpaid() {
    let outcomes = outcomes(Fate::CancelledUnpaid, 3, 1).await;
    let outcomes: Vec<_> =
        outcomes.iter().map(|(sequence, items)| (sequence.clone(), without_attempt(items))).collect();
    assert_one_outcome(&outcomes);
}
