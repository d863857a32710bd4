//! The timelines of orders: `get-order` with `expand=timeline`.

use domain::orders::timeline::{Actor, Entry, What};
use serde_json::json;

use crate::refunds::{amount, refund, staff};
use crate::shipments::{paid, ship};
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
