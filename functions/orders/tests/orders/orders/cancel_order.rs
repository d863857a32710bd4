//! `cancel-order`.

use domain::orders::timeline::{Actor, What};
use domain::words::setting::Note;
use orders::orders::cancel_order::CancelOrder;
use serde_json::json;

use crate::refunds::staff;
use crate::shipments::{code, paid, ship};
use crate::timeline::timeline;
use crate::*;

#[tokio::test]
async fn only_the_customer_can_cancel_and_a_retry_gets_the_same_reply() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let call =
        |who: SignedIn| Call::new(who, Optional::default(), now()).with_path("order_id", order.order_id);
    let eve = cancel_order(shelf.in_force(), call(signed_in(2))).await.unwrap_err();
    assert_eq!((eve.status().as_u16(), eve.code()), (404, "order_not_found"));
    let stale =
        cancel_order(shelf.in_force(), call(ada()).with_header("if-match", "\"7\"")).await.unwrap_err();
    assert_eq!((stale.status().as_u16(), stale.code()), (412, "version_mismatch"));
    let cancelled = cancel_order(shelf.in_force(), call(ada())).await.unwrap();
    assert_eq!(cancelled.body().unwrap().order.status, OrderStatus::Cancelled);
    let again = cancel_order(shelf.in_force(), call(ada())).await.unwrap();
    assert_eq!(again, cancelled);
    // A client that missed the reply retries with the version from before it (RFC 9110 §13.1.1).
    let repeated =
        cancel_order(shelf.in_force(), call(ada()).with_header("if-match", "\"1\"")).await.unwrap();
    assert_eq!(repeated, cancelled);
    let late = shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    assert_eq!(shelf.state(&order).await.0, OrderStatus::Cancelled, "{late:?} does not reopen it");
}

#[tokio::test]
async fn a_paid_order_is_cancelled_unless_the_policy_forbids_it() {
    let shelf = shelf().await;
    let (kept, cancelled) =
        (shelf.placed(1, SignedDuration::ZERO).await, shelf.placed(2, SignedDuration::ZERO).await);
    for order in [&kept, &cancelled] {
        shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(order)))).await;
    }
    let call =
        |order: &Order| Call::new(ada(), Optional::default(), now()).with_path("order_id", order.order_id);
    shelf.set("policy", "main", json!({ "customer_may_cancel": false })).await;
    let refused = cancel_order(shelf.in_force(), call(&kept)).await.unwrap_err();
    assert_eq!((refused.status().as_u16(), refused.code()), (409, "order_already_paid"));
    shelf.set("policy", "main", json!({ "customer_may_cancel": true })).await;
    for _ in 0..2 {
        let reply = cancel_order(shelf.in_force(), call(&cancelled)).await.unwrap();
        assert_eq!(reply.body().unwrap().order.status, OrderStatus::Cancelled);
    }
    let is_cancellation =
        |envelope: &Envelope| matches!(envelope.event, Event::Order(OrderEvent::CancelledAfterPayment(_)));
    assert_eq!(shelf.events().await.iter().filter(|envelope| is_cancellation(envelope)).count(), 1);
    assert_eq!(shelf.state(&kept).await.0, OrderStatus::Confirmed);
}

#[tokio::test]
async fn the_staff_cancel_a_paid_order_until_it_is_shipped_and_say_why() {
    let shelf = shelf().await;
    let (order, shipped) = (paid(&shelf, 1).await, paid(&shelf, 2).await);
    shelf.set("policy", "main", json!({ "customer_may_cancel": false })).await;
    ship(&shelf, &shipped, "one", json!({ "carrier": "Correos" })).await.unwrap();
    let body = Optional::sent(CancelOrder { reason: Some(Note::try_new("Ordered twice.").unwrap()) });
    let call = |order: &Order| Call::new(staff(), body.clone(), now()).with_path("order_id", order.order_id);
    let cancelled = cancel_order(shelf.in_force(), call(&order)).await.unwrap();
    assert_eq!(cancelled.body().unwrap().order.status, OrderStatus::Cancelled);
    assert_eq!(code(cancel_order(shelf.in_force(), call(&shipped)).await), "409 order_shipped");
    let told = timeline(&shelf, ada(), &order).await.pop().unwrap();
    assert_eq!((told.what, told.by), (What::Cancelled, Actor::Staff { user_id: None }));
    assert_eq!(told.data.reason.unwrap().as_ref(), "Ordered twice.");
    let events = shelf.events().await;
    let names: Vec<&str> = events.iter().map(|envelope| envelope.event.name()).collect();
    for expected in ["bodega.order.cancelled.v2", "bodega.staff.acted.v1"] {
        assert!(names.contains(&expected), "{names:?}");
    }
    let again = cancel_order(shelf.in_force(), call(&order)).await.unwrap();
    assert_eq!(again, cancelled);
}
