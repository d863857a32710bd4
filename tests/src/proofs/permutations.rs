//! One order's events in every order that they can come in, once and twice: they end in one state, item for item.
//!
//! The event sources are stopped and the real functions are handed each event by hand, so that the order is the test's.

use std::collections::BTreeMap;

use crate::{Books, Customer, Engines, Shop};
use bytes::Bytes;
use dev::seed::first_order;
use domain::events::{
    ContentType, Envelope, Event, OrderEvent, OrderPlaced, PaymentEvent, PaymentFailed, PaymentOutcome,
    Queue, RefundSucceeded, SpecVersion,
};
use domain::orders::Order;
use domain::payments::Payment;
use domain::words::id::{EventId, OrderId, PaymentId, RefundId};
use domain::words::payment_method::PaymentMethod;
use futures::StreamExt;
use futures::stream;
use model::invoke::{Invocation, Invoke};
use serde_json::{Value, json};

/// Orders that are worked on side by side.
const AT_ONCE: usize = 6;

/// Of so many sequences one is tried where all orders wait for the same engine.
const ON_ONE_ENGINE: usize = 5;

/// What happened to an order, so that there are events to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
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

    /// The events, as the services would tell them.
    fn events(self, order: &Order) -> Vec<Event> {
        let payment_method = PaymentMethod::try_new(self.payment_method()).expect("a token");
        let placed = OrderPlaced { order: order.summary(), payment_method, held_until: order.held_until };
        let payment = Payment::begin(&placed, order.placed_at);
        let Payment { payment_id, attempt_id, order_id, user_id, amount, .. } = payment;
        let outcome = PaymentOutcome { payment_id, attempt_id, order_id, user_id, amount };
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

/// An order and the events that it was told of by.
struct Life {
    order: OrderId,
    events: Vec<EventId>,
}

/// Every distinct sequence in which `left[i]` pieces of each `i` can be drawn.
fn draw(left: &mut [usize], drawn: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
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

/// The sequences of so many events, each coming once, and each coming twice.
fn sequences(events: usize) -> Vec<Vec<usize>> {
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
    }
}

/// Hands an event to a queue's consumer as Lambda would, and says whether it is done with.
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

/// Places an order, lets its fate happen, and delivers its events in this sequence.
async fn live_through(customer: &Customer<'_>, fate: Fate, number: usize, sequence: &[usize]) -> Life {
    let shop = customer.shop();
    let key = format!("{fate:?}-{number}");
    let placed = customer.post("/orders", &key, &first_order(fate.payment_method())).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let order: Order = serde_json::from_value(placed.body).expect("an order");
    if fate != Fate::Paid {
        let path = format!("/orders/{}/cancellation", order.order_id);
        assert_eq!(customer.post(&path, "cancel", &json!({})).await.status, 200);
    }
    let events = fate.events(&order);
    let envelopes: Vec<Envelope> = events
        .into_iter()
        .map(|event| Envelope {
            specversion: SpecVersion::V1,
            id: EventId::from_parts(1, rand::random()),
            source: event.source().to_owned(),
            subject: event.subject(),
            time: order.placed_at,
            datacontenttype: ContentType::Json,
            traceparent: None,
            correlationid: key.clone(),
            event,
        })
        .collect();
    for index in sequence {
        let envelope = &envelopes[*index];
        for queue in envelope.event.queues() {
            assert!(deliver(shop, *queue, envelope).await, "{key}, {sequence:?}: {envelope:?} failed");
        }
    }
    let events = envelopes.iter().map(|envelope| envelope.id).collect();
    Life { order: order.order_id, events }
}

/// What an order has left in the services' tables, without ids, times and versions.
async fn items(shop: &Shop, lives: &[Life]) -> BTreeMap<OrderId, Vec<Value>> {
    let mut owners = BTreeMap::new();
    for life in lives {
        let ids = life.events.iter().map(EventId::to_string);
        let ids = ids.chain([life.order.to_string(), PaymentId::of(life.order).to_string()]);
        owners.extend(ids.map(|id| (id, life.order)));
    }
    let mut items: BTreeMap<OrderId, Vec<Value>> = BTreeMap::new();
    for (service, row) in [
        ("orders", "order"),
        ("products", "reservation"),
        ("payments", "payment"),
        ("payments", "posting"),
        ("notifications", "notification"),
    ] {
        for item in shop.rows(service, row).await {
            let id =
                item["pk"]["S"].as_str().and_then(|key| key.split('#').nth(1)).expect("an id in the key");
            if let Some(order) = owners.get(id) {
                items.entry(*order).or_default().push(plain(item));
            }
        }
    }
    items.values_mut().for_each(|list| list.sort_by_key(Value::to_string));
    items
}

/// An item without what differs between any two orders.
fn plain(item: Value) -> Value {
    match item {
        Value::Object(fields) => {
            // Whether there is a time, or a place in an index, is state; which one it is, is not.
            let differs = |name: &str| {
                let time = name.ends_with("_at") || name.ends_with("_until");
                let place = name.starts_with("gsi") || matches!(name, "pk" | "sk");
                time || place || matches!(name, "message_id" | "version")
            };
            // The token of a write of the row alone: which write was the last may differ.
            let fields = fields.into_iter().filter(|(name, _)| name != "write");
            let one = |(name, value): (String, Value)| {
                let value = if differs(&name) { Value::from("*") } else { plain(value) };
                (name, value)
            };
            fields.into_iter().map(one).collect()
        }
        Value::Array(values) => values.into_iter().map(plain).collect(),
        // `ord_01ARZ3NDEKTSV4RRFFQ69G5FAV`, and the payment gateway's own.
        Value::String(text) => match text.split_once('_') {
            Some((prefix, rest)) if rest.len() == 26 || matches!(prefix, "pi" | "re") => Value::from(prefix),
            _ => Value::from(text),
        },
        other => other,
    }
}

/// The item of a payment without the history of its attempt. Whether the card was asked before the order ended or not at
/// all depends on what came first, so it is history, not state.
fn without_attempt(items: &[Value]) -> Vec<Value> {
    let mut items = items.to_vec();
    for item in items.iter_mut().filter(|item| item["row"]["S"] == "payment") {
        for field in ["tries", "decline_code", "payment_method", "held_until", "intent"] {
            item.as_object_mut().expect("an item").remove(field);
        }
    }
    items
}

/// Lives through every sequence of an order's events, of which `every`-th are tried, and gives the items they leave.
async fn all_ends(fate: Fate, events: usize, every: usize) -> Vec<(Vec<usize>, Vec<Value>)> {
    let shop = Shop::open_for_faults().await;
    let customer = shop.customer("Ada Lovelace").await;
    shop.settle().await;
    shop.cloud().sources().shutdown().await;
    let every = if Engines::named().are_shared() { every * ON_ONE_ENGINE } else { every };
    let sequences: Vec<Vec<usize>> = sequences(events).into_iter().step_by(every).collect();
    let lives = stream::iter(sequences.iter().enumerate())
        .map(|(number, sequence)| live_through(&customer, fate, number, sequence))
        .buffered(AT_ONCE);
    let lives: Vec<Life> = lives.collect().await;
    let mut items = items(&shop, &lives).await;
    let books = Books::of(&shop).await;
    assert_eq!((books.wrong_stock(), books.wrong_money()), (Vec::new(), Vec::new()));
    let ends = sequences
        .into_iter()
        .zip(&lives)
        .map(|(sequence, life)| (sequence, items.remove(&life.order).expect("the order has left items")));
    let ends = ends.collect();
    drop(customer);
    shop.abandon().await;
    ends
}

/// All ends are the first one, the one of the events in their own order.
fn assert_one_end(ends: &[(Vec<usize>, Vec<Value>)]) {
    let (_, expected) = ends.first().expect("there is a sequence");
    for (sequence, items) in ends {
        assert_eq!(items, expected, "{sequence:?}");
    }
    println!("{} sequences of events, one end", ends.len());
}

/// Money moves or it does not, by whether payments hears of the order or of its end first; none is left either way.
///
/// # Panics
/// When two of the sequences end differently.
pub async fn paid_and_cancelled(every: usize) {
    let ends = all_ends(Fate::CancelledPaid, 4, every).await;
    let of_payments = |item: &Value| matches!(item["row"]["S"].as_str(), Some("payment" | "posting"));
    for (sequence, items) in &ends {
        for payment in items.iter().filter(|item| item["row"]["S"] == "payment") {
            assert_eq!(payment["captured"], payment["refunded"], "{sequence:?}");
        }
    }
    let others = ends.into_iter().map(|(sequence, mut items)| {
        items.retain(|item| !of_payments(item));
        (sequence, items)
    });
    assert_one_end(&others.collect::<Vec<_>>());
}

/// The events of a paid order.
///
/// # Panics
/// When two of the sequences end differently.
pub async fn paid() {
    assert_one_end(&all_ends(Fate::Paid, 3, 1).await);
}

/// The events of an order that was cancelled before it was paid.
///
/// # Panics
/// When two of the sequences end differently.
pub async fn cancelled_unpaid() {
    let ends = all_ends(Fate::CancelledUnpaid, 3, 1).await;
    let ends: Vec<_> =
        ends.iter().map(|(sequence, items)| (sequence.clone(), without_attempt(items))).collect();
    assert_one_end(&ends);
}
