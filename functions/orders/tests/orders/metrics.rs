//! What each operation publishes, and when it does not.

use axum::http::StatusCode;
use domain::events::{PaymentEvent, ProductEvent};
use serde_json::json;
use telemetry::Published;

use super::*;
use crate::resource::place_order::{Checkout, body, reservation};

#[tokio::test]
async fn an_order_counts_once() {
    let checkout = Checkout::open().await;
    let published = Published::from_now();
    checkout.say([(StatusCode::CONFLICT, json!({ "code": "out_of_stock", "detail": "" }))]);
    checkout.order("k", &body(), now()).await.unwrap_err();
    assert!(published.take().is_empty(), "it was not placed");
    checkout.say([reservation("held")]);
    checkout.order("k", &body(), now()).await.unwrap();
    assert_eq!(published.take(), ["OrdersPlaced=1"]);
    checkout.order("k", &body(), now()).await.unwrap();
    assert!(published.take().is_empty(), "the same again");
}

#[tokio::test]
async fn a_payment_counts_once_and_is_held_against_the_price() {
    let shelf = shelf().await;
    let published = Published::from_now();
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.hears(failed(&order)).await;
    assert!(published.take().is_empty());
    let captured = shelf.hears(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    assert_eq!(published.take(), ["CaptureMismatch=0", "OrdersConfirmed=1"]);
    apply_payment_event(shelf.orders.clone(), Delivery::new(captured, now())).await.unwrap();
    assert!(published.take().is_empty(), "the same again");

    let other = shelf.placed(2, SignedDuration::ZERO).await;
    let too_little = PaymentOutcome { amount: eur(2899), ..outcome(&other) };
    shelf.hears(Event::Payment(PaymentEvent::Captured(too_little))).await;
    assert_eq!(published.take(), ["CaptureMismatch=1", "OrdersConfirmed=1"]);
}

#[tokio::test]
async fn money_for_an_order_that_has_ended_confirms_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf
        .hears(Event::Product(ProductEvent::ReservationExpired(ReservationExpired {
            order_id: order.order_id,
        })))
        .await;
    let published = Published::from_now();
    shelf.hears(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    assert_eq!(published.take(), ["CaptureMismatch=0"]);
}

#[tokio::test]
async fn orders_that_do_not_end_are_counted_by_every_run() {
    let shelf = shelf().await;
    let (broken, sound) =
        (shelf.placed(1, SignedDuration::ZERO).await, shelf.placed(2, SignedDuration::ZERO).await);
    let run = |now: Timestamp| expire_orders(shelf.orders.clone(), Tick::new(now, Cause::new("test")));
    let published = Published::from_now();
    run(sound.held_until - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(published.take(), ["OrdersStuck=0"], "nothing is due");
    shelf.breaks(&broken).await;
    for _ in 0..2 {
        run(sound.held_until).await.unwrap_err();
        assert_eq!(published.take(), ["OrdersStuck=1"]);
    }
}
