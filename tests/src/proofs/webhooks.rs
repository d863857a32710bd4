//! Delivers the webhooks of a payment that was declined, tried again and confirmed with the bank in every sequence, once each and twice
//! each, and without some of them. All must leave the same items: a webhook is a hint, and the schedule learns what no webhook told.

use domain::words::id::OrderId;
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp, Unit};
use serde_json::{Value, json};

use super::permutations::{Delivered, assert_one_outcome, draw, items, sequences};
use crate::customer::guests_order;
use crate::{Books, Customer, Shop, webhook};

/// A card whose bank declines.
const DECLINED: &str = "pm_card_visa_chargeDeclined";

/// What Stripe reports of the first attempt, and of the second.
const KINDS: [&str; 3] =
    ["payment_intent.payment_failed", "payment_intent.requires_action", "payment_intent.succeeded"];

/// What Stripe reports of a dispute that is lost.
const OF_DISPUTES: [&str; 3] =
    ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"];

/// The number of orders that are worked on concurrently.
const CONCURRENCY: usize = 6;

/// When the schedule looks for payments of which nothing was heard.
const LOOKED_FOR_AFTER: SignedDuration = SignedDuration::from_mins(5);

/// An order of a guest, and its payment.
struct Placed<'s> {
    guest: Customer<'s>,
    order: OrderId,
    payment: String,
}

/// Returns the sequences of all webhooks, once and twice each, and of those that are left when others are lost.
fn all_sequences() -> Vec<Vec<usize>> {
    let mut all = sequences(KINDS.len());
    for lost in 1..1_usize << KINDS.len() {
        let mut left: Vec<usize> = (0..KINDS.len()).map(|kind| usize::from(lost >> kind & 1 == 0)).collect();
        draw(&mut left, &mut Vec::new(), &mut all);
    }
    all
}

/// Plays every sequence, each for an order.
///
/// # Panics
/// Panics if two sequences have different outcomes.
pub async fn in_any_sequence() {
    let shop = Shop::open_for_faults().await;
    let all = all_sequences();
    let placed: Vec<Placed<'_>> = stream::iter(0..all.len())
        .map(|number| place(&shop, number, DECLINED))
        .buffered(CONCURRENCY)
        .collect()
        .await;
    shop.settle().await;
    stream::iter(&placed).map(try_again).buffered(CONCURRENCY).collect::<Vec<()>>().await;
    shop.settle().await;
    for Placed { order, .. } in &placed {
        assert!(
            shop.cloud().payment_gateway().authenticate(&order.to_string(), true),
            "{order} asks its customer"
        );
    }
    let reported = stream::iter(placed.iter().zip(&all).enumerate());
    let reported = reported.map(|(number, (placed, sequence))| report(&shop, number, placed, sequence));
    reported.buffered(CONCURRENCY).collect::<Vec<()>>().await;
    shop.settle().await;
    assert!(shop.fire("reconcile-payments", LOOKED_FOR_AFTER).await, "the schedule runs");
    shop.settle().await;
    assert_all_agree(&shop, all, &placed).await;
    drop(placed);
    shop.close().await;
}

/// Plays every sequence for a payment that is disputed. The first webhook, if it is not lost, arrives while the bank has not decided;
/// all others after the dispute is lost. What no webhook has told, the schedule learns when it looks once an hour.
///
/// # Panics
/// Panics if two sequences have different outcomes.
pub async fn of_disputes_in_any_sequence() {
    let opened = Shop::open_for_faults().await;
    let (shop, gateway) = (&opened, opened.cloud().payment_gateway());
    let all = all_sequences();
    let places = (0..all.len()).map(|number| place(shop, number, "pm_card_visa"));
    let placed: Vec<Placed<'_>> = stream::iter(places).buffered(CONCURRENCY).collect().await;
    shop.settle().await;
    let disputes: Vec<String> = placed
        .iter()
        .map(|placed| gateway.open_dispute(&placed.order.to_string()).expect("it is paid"))
        .collect();
    let events: Vec<Vec<Value>> = disputes
        .iter()
        .zip(&all)
        .enumerate()
        .map(|(number, (dispute, sequence))| {
            let event = |kind: &usize| {
                webhook::of_dispute(&format!("evt_{number}x{kind}"), OF_DISPUTES[*kind], dispute)
            };
            sequence.iter().map(event).collect()
        })
        .collect();
    stream::iter(&events)
        .map(|events| send(shop, &events[..events.len().min(1)]))
        .buffered(CONCURRENCY)
        .collect::<Vec<()>>()
        .await;
    shop.settle().await;
    for Placed { order, .. } in &placed {
        assert!(gateway.decide_dispute(&order.to_string(), false), "{order} is disputed");
    }
    stream::iter(&events)
        .map(|events| send(shop, &events[events.len().min(1)..]))
        .buffered(CONCURRENCY)
        .collect::<Vec<()>>()
        .await;
    shop.settle().await;
    let hour = Timestamp::now().round(Unit::Hour).expect("a time") + SignedDuration::from_hours(14);
    shop.run_schedule("reconcile-payments", hour).await;
    shop.settle().await;
    assert_all_agree(shop, all, &placed).await;
    drop(placed);
    opened.close().await;
}

/// Asserts that the books balance, and that all sequences have left the same.
async fn assert_all_agree(shop: &Shop, all: Vec<Vec<usize>>, placed: &[Placed<'_>]) {
    let books = Books::of(shop).await;
    assert_eq!(books.violations(), Vec::<String>::new());
    let delivered = placed.iter().map(|placed| Delivered { order: placed.order, events: Vec::new() });
    let mut items = items(shop, &delivered.collect::<Vec<_>>()).await;
    let outcomes = all.into_iter().zip(placed).map(|(sequence, placed)| {
        let items = items.remove(&placed.order).expect("items of the order");
        (sequence, items.into_iter().map(comparable).collect())
    });
    let outcomes: Vec<(Vec<usize>, Vec<Value>)> = outcomes.collect();
    assert!(outcomes[0].1.iter().any(|item| item["status"]["S"] == "confirmed"), "{:?}", outcomes[0]);
    assert_one_outcome(&outcomes);
}

/// Places an order with a card.
async fn place<'s>(shop: &'s Shop, number: usize, card: &str) -> Placed<'s> {
    let guest = shop.guest().await;
    let mut order = guests_order(&format!("guest-{number}@customers.example"));
    order["payment_method"] = json!(card);
    let reply = guest.insist("/orders", "the-order", &order).await.expect("the order is placed");
    let text = |name: &str| reply.body[name].as_str().expect("an id").to_owned();
    Placed { order: text("order_id").parse().expect("an order's id"), payment: text("payment_id"), guest }
}

/// Pays with a card whose bank asks its customer.
async fn try_again(Placed { guest, payment, .. }: &Placed<'_>) {
    let path = format!("/payments/{payment}/attempts");
    let card = json!({ "payment_method": "pm_card_authenticationRequired" });
    guest.insist(&path, "again", &card).await.expect("the payment is tried again");
}

/// Sends the webhooks of an order in this sequence. A repeated one has the same id.
async fn report(shop: &Shop, number: usize, placed: &Placed<'_>, sequence: &[usize]) {
    let event = |kind: &usize| webhook::event(&format!("evt_{number}x{kind}"), KINDS[*kind], &placed.payment);
    send(shop, &sequence.iter().map(event).collect::<Vec<_>>()).await;
}

async fn send(shop: &Shop, events: &[Value]) {
    for event in events {
        let request = webhook::request(shop.cloud(), event, Timestamp::now());
        let reply = shop.client().execute(request).await.expect("the webhook is sent");
        assert!(reply.status().is_success(), "{event}: {reply:?}");
    }
}

/// Returns an item without what is history, how often the gateway was asked, and without the hash of the request, which names the
/// guest's address.
fn comparable(mut item: Value) -> Value {
    if let Some(fields) = item.as_object_mut() {
        for field in ["tries", "request"] {
            fields.remove(field);
        }
    }
    item
}
