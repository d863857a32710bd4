//! Delivers the events of an order that was shipped, partly returned and refunded twice in every sequence, and many sequences that
//! have each of them twice. All must leave the same rows.
//!
//! The events are those that the services have published: they are taken from the outbox of an order whose event sources are stopped.

use std::collections::{BTreeMap, VecDeque};

use domain::events::{Envelope, Event, OrderEvent, PaymentEvent, RefundGranted, RefundSucceeded};
use domain::orders::Order;
use futures::{StreamExt, stream};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_dynamo::Item;
use serde_json::{Value, json};
use store::outbox;

use super::permutations::{
    CONCURRENCY, Delivered, Fate, ORDERS_PER_CUSTOMER, assert_one_outcome, deliver_to_all, draw, envelope,
    items,
};
use crate::scenario::{return_a_cup, ship, staff};
use crate::{Books, Customer, Shop};
use dev::seed::first_order;

/// The events of which every sequence is played: the order is confirmed, shipped and returned, and two refunds are granted and paid.
const EVENTS: usize = 7;

/// The number of orders in one shop. The sessions of its customers end after ten minutes.
const ORDERS_PER_SHOP: usize = 400;

/// The seed of the sequences that have each event twice. There are 681 million of them.
const SEED: u64 = 8;

/// An order that is confirmed, and of which no later event has been delivered.
struct Sold {
    order: Order,
    /// What came before: the first events, the request for the return and the delivery.
    before: Vec<Envelope>,
    /// The seven events.
    events: Vec<Envelope>,
}

/// Plays every `every`-th sequence of the events, and so many sequences with each event twice.
///
/// # Panics
/// Panics if two sequences have different outcomes.
pub async fn in_any_sequence(every: usize, twice: usize) {
    let mut once = Vec::new();
    draw(&mut [1; EVENTS], &mut Vec::new(), &mut once);
    let mut sequences: Vec<Vec<usize>> = once.into_iter().step_by(every).collect();
    let mut random = StdRng::seed_from_u64(SEED);
    sequences.extend((0..twice).map(|_| {
        let mut sequence: Vec<usize> = (0..EVENTS).chain(0..EVENTS).collect();
        sequence.shuffle(&mut random);
        sequence
    }));
    let mut outcomes = Vec::new();
    for part in sequences.chunks(ORDERS_PER_SHOP) {
        outcomes.extend(outcomes_of(part).await);
    }
    let (_, first) = outcomes.first().expect("a sequence");
    assert_settled(first);
    assert_one_outcome(&outcomes);
}

/// Asserts that both refunds are paid in the order and in the payment, and posted, and that the cup is back in the stock.
fn assert_settled(items: &[Value]) {
    let of = |row: &str| items.iter().filter(|item| item["row"]["S"] == row).collect::<Vec<_>>();
    for row in ["order", "payment"] {
        let statuses = of(row)[0]["refunds"]["L"].as_array().expect("refunds").iter();
        let statuses: Vec<&Value> = statuses.map(|refund| &refund["M"]["status"]["S"]).collect();
        assert_eq!(statuses, ["succeeded", "succeeded"], "{row}");
    }
    assert_eq!(of("payment")[0]["refunded"]["M"]["amount"]["N"], "1950");
    assert_eq!(of("posting").len(), 3, "the capture and two refunds");
    assert_eq!(of("reservation")[0]["returned"]["L"].as_array().map(Vec::len), Some(1));
}

async fn outcomes_of(sequences: &[Vec<usize>]) -> Vec<(Vec<usize>, Vec<Value>)> {
    let shop = Shop::open_for_faults().await;
    let customers = shop.customers(sequences.len().div_ceil(ORDERS_PER_CUSTOMER)).await;
    shop.settle().await;
    shop.cloud().sources().shutdown().await;
    let orders = (0..sequences.len()).map(|number| sell(&customers[number / ORDERS_PER_CUSTOMER], number));
    let orders: Vec<(Order, Vec<Envelope>)> = stream::iter(orders).buffered(CONCURRENCY).collect().await;
    let mut published = published(&shop).await;
    let sold = orders.into_iter().map(|(order, before)| {
        let published = published.remove(&order.order_id.to_string()).expect("events of the order");
        Sold::of(order, before, published)
    });
    let sold: Vec<Sold> = sold.collect();
    let delivered =
        stream::iter(sold.iter().zip(sequences)).map(|(sold, sequence)| sold.deliver(&shop, sequence));
    let delivered: Vec<Delivered> = delivered.buffered(CONCURRENCY).collect().await;
    let mut items = items(&shop, &delivered).await;
    let books = Books::of(&shop).await;
    let wrong = [books.wrong_stock(), books.wrong_money(), books.wrong_returns(), books.wrong_documents()];
    assert_eq!(wrong.concat(), Vec::<String>::new());
    let outcomes = sequences.iter().zip(&delivered).map(|(sequence, delivered)| {
        let items = items.remove(&delivered.order).expect("items of the order");
        (sequence.clone(), items.into_iter().map(comparable).collect())
    });
    let outcomes = outcomes.collect();
    drop(customers);
    shop.abandon().await;
    outcomes
}

/// Sells, ships and refunds an order, and takes a piece of it back. Returns it with the events that its consumers have heard.
async fn sell(customer: &Customer<'_>, number: usize) -> (Order, Vec<Envelope>) {
    let (shop, key) = (customer.shop(), format!("order-{number}"));
    let placed = customer.post("/orders", &key, &first_order("pm_card_visa")).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let order: Order = serde_json::from_value(placed.body).expect("an order");
    let events = Fate::Paid.events(&order).into_iter().take(2);
    let before: Vec<Envelope> = events.map(|event| envelope(event, order.placed_at)).collect();
    for envelope in &before {
        assert!(deliver_to_all(shop, envelope).await, "{envelope:?}");
    }
    let id = order.order_id;
    ship(customer, id, 2, &key).await.expect("the cups are shipped");
    return_a_cup(customer, id, &key).await.expect("a cup comes back");
    let admin = staff(customer, &format!("{key}-refund")).await.expect("the staff sign in");
    let amount = json!({ "amount": { "amount": 500, "currency": "EUR" }, "reason": "It took long." });
    admin.insist(&format!("/admin/orders/{id}/refunds"), &key, &amount).await.expect("a refund is granted");
    (order, before)
}

/// Returns the events that orders have published, by their order, in the sequence in which they were published.
async fn published(shop: &Shop) -> BTreeMap<String, Vec<Envelope>> {
    let mut published: BTreeMap<String, Vec<Envelope>> = BTreeMap::new();
    for row in shop.rows("orders", "outbox").await {
        let row = serde_json::from_value::<Item>(row).expect("DynamoDB's JSON");
        let waiting = outbox::from_image(row).expect("the row decodes").expect("a row of the outbox");
        let envelope = waiting.envelope;
        published.entry(envelope.subject.clone()).or_default().push(envelope);
    }
    published.values_mut().for_each(|envelopes| envelopes.sort_by_key(|envelope| envelope.id));
    published
}

impl Sold {
    fn of(order: Order, mut before: Vec<Envelope>, published: Vec<Envelope>) -> Self {
        let mut events = Vec::new();
        let mut paid = Vec::new();
        for published in published {
            match &published.event {
                Event::Order(OrderEvent::Placed(_)) => {}
                Event::Order(OrderEvent::RefundGranted(refund)) => {
                    paid.push(envelope(succeeded(&order, refund), published.time));
                    events.push(published);
                }
                Event::Order(
                    OrderEvent::Confirmed(_) | OrderEvent::Shipped(_) | OrderEvent::ReturnReceived(_),
                ) => events.push(published),
                _ => before.push(published),
            }
        }
        events.extend(paid);
        assert_eq!(events.len(), EVENTS, "{events:#?}");
        Self { order, before, events }
    }

    /// Delivers the events in this sequence. One that a consumer cannot handle yet comes again after the others, as from its queue.
    async fn deliver(&self, shop: &Shop, sequence: &[usize]) -> Delivered {
        let of_sequence = sequence.iter().map(|index| &self.events[*index]);
        // What came before is delivered first; the consumers know a part of it already.
        let mut left: VecDeque<&Envelope> = self.before.iter().chain(of_sequence).collect();
        let mut tries = left.len() * 2;
        while let Some(envelope) = left.pop_front() {
            if !deliver_to_all(shop, envelope).await {
                left.push_back(envelope);
            }
            tries -= 1;
            assert!(tries > 0 || left.is_empty(), "{sequence:?}: {left:?} is never handled");
        }
        let events = self.before.iter().chain(&self.events).map(|envelope| envelope.id).collect();
        Delivered { order: self.order.order_id, events }
    }
}

/// Returns what payments publish once a refund is paid.
fn succeeded(order: &Order, refund: &RefundGranted) -> Event {
    let Order { order_id, payment_id, user_id, .. } = *order;
    let (refund_id, amount) = (refund.refund_id, refund.amount);
    Event::Payment(PaymentEvent::RefundSucceeded(RefundSucceeded {
        refund_id,
        payment_id,
        order_id,
        user_id,
        amount,
    }))
}

/// Returns an item whose refunds are sorted: a payment lists them as they were paid.
fn comparable(mut item: Value) -> Value {
    if let Some(refunds) = item.pointer_mut("/refunds/L").and_then(Value::as_array_mut) {
        refunds.sort_by_key(Value::to_string);
    }
    item
}
