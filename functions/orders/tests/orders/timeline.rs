//! The timelines of orders: `get-order` with `expand=timeline`.

use domain::orders::timeline::{Actor, Entry, NewNote, What};
use edge::{Problem, Staff};
use orders::timeline::add_note;
use serde_json::{Value, json};

use crate::refunds::{amount, refund, staff};
use crate::shipments::{code, paid, ship};
use crate::*;

/// Returns the timeline of an order as somebody sees it.
pub async fn timeline(shelf: &Shelf, who: SignedIn, order: &Order) -> Vec<Entry> {
    let call = Call::new(who, NoBody, now()).with_path("order_id", order.order_id);
    let call = call.with_query("expand=timeline").unwrap();
    let reply = get_order((shelf.in_force(), absent_users()), call).await.unwrap();
    reply.body().unwrap().timeline.clone().unwrap()
}

fn told(timeline: &[Entry]) -> Vec<What> {
    timeline.iter().map(|entry| entry.what).collect()
}

#[tokio::test]
async fn customers_see_what_happened_and_the_staff_also_who_did_it() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    ship(&shelf, &order, "one", json!({ "carrier": "Correos" })).await.unwrap();
    refund(&shelf, &order, "r", staff(), amount(100)).await.unwrap();
    shelf.merge(&ada(), now() + SignedDuration::from_mins(1)).await.unwrap();
    let by_staff = timeline(&shelf, staff(), &order).await;
    let expected = [What::Placed, What::Paid, What::Shipped, What::RefundRequested, What::Reowned];
    assert_eq!(told(&by_staff), expected);
    let nine = Actor::Staff { user_id: Some(signed_in(9).user_id) };
    let by: Vec<Actor> = by_staff.iter().map(|entry| entry.by).collect();
    assert_eq!(by, [Actor::Customer, Actor::System, nine, nine, Actor::System]);
    let by_owner = timeline(&shelf, signed_in(2), &order).await;
    assert_eq!(told(&by_owner), expected[..4]);
    assert!(by_owner[2..].iter().all(|entry| entry.by == Actor::Staff { user_id: None }));
    let data = serde_json::to_value(&by_owner[2].data).unwrap();
    assert_eq!((&data["carrier"], &data["lines"][0]["quantity"]), (&json!("Correos"), &json!(2)));
}

#[tokio::test]
async fn an_event_that_comes_twice_is_told_once() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let event = Cause::new("test").envelope(failed(&order), now());
    for _ in 0..2 {
        apply_payment_event(shelf.in_force(), Delivery::new(event.clone(), now())).await.unwrap();
    }
    let tick = Tick::new(order.held_until, Cause::new("test"));
    for _ in 0..2 {
        expire_orders(shelf.orders.clone(), tick.clone()).await.unwrap();
    }
    let told = told(&timeline(&shelf, ada(), &order).await);
    assert_eq!(told, [What::Placed, What::PaymentFailed, What::Expired]);
}

async fn note(shelf: &Shelf, order: &Order, key: &str, note: Value) -> Result<Entry, Problem> {
    let note: NewNote = serde_json::from_value(note).unwrap();
    let call = Call::new(Staff(staff()), note, now()).with_path("order_id", order.order_id);
    let reply = add_note(shelf.orders.clone(), call.with_header("idempotency-key", key)).await?;
    Ok(reply.body().unwrap().clone())
}

#[tokio::test]
async fn a_note_is_added_once_and_mailed_only_if_it_is_public() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let used = || shelf.table.used();
    used();
    let secret = note(&shelf, &order, "a", json!({ "text": "A difficult customer." })).await.unwrap();
    assert_eq!(used(), "2 read, 6 written: 2 GetItem, TransactWriteItems", "add-note");
    let again = note(&shelf, &order, "a", json!({ "text": "A difficult customer." })).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "add-note: the same request again");
    assert_eq!(again, secret);
    let other = note(&shelf, &order, "a", json!({ "text": "An easy one." })).await;
    assert_eq!(code(other), "422 idempotency_key_reused");
    let public = json!({ "text": " It is packed. ", "public": true });
    let public = note(&shelf, &order, "b", public).await.unwrap();
    assert_eq!(told(&timeline(&shelf, staff(), &order).await), [What::Placed, What::Note, What::Note]);
    let seen = timeline(&shelf, ada(), &order).await;
    assert_eq!(seen[1..], [Entry { by: Actor::Staff { user_id: None }, ..public }]);
    assert_eq!(seen[1].data.text.as_ref().unwrap().as_ref(), "It is packed.");
    let events = shelf.events().await;
    let mailed = events.iter().filter(|envelope| envelope.event.name() == "bodega.order.noted.v1");
    assert_eq!(mailed.count(), 1);
    let unknown = Order { order_id: OrderId::from_parts(0, 9), ..order };
    assert_eq!(code(note(&shelf, &unknown, "c", json!({ "text": "?" })).await), "404 order_not_found");
    for bad in [json!({ "text": " " }), json!({ "text": "x".repeat(2001) }), json!({})] {
        assert!(serde_json::from_value::<NewNote>(bad).is_err());
    }
}

#[tokio::test]
async fn notes_go_with_an_erased_customer_and_what_happened_stays() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    ship(&shelf, &order, "one", json!({ "carrier": "Correos" })).await.unwrap();
    for key in ["a", "b"] {
        note(&shelf, &order, key, json!({ "text": "She lives on the third floor." })).await.unwrap();
    }
    shelf.erase(&signed_in(2)).await.unwrap();
    assert_eq!(timeline(&shelf, staff(), &order).await.len(), 5, "another customer's");
    for _ in 0..2 {
        shelf.erase(&ada()).await.unwrap();
        let left = told(&timeline(&shelf, staff(), &order).await);
        assert_eq!(left, [What::Placed, What::Paid, What::Shipped]);
    }
}
