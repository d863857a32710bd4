//! The metrics of each operation.

use axum::http::StatusCode;
use domain::events::{PaymentEvent, ProductEvent};
use serde_json::json;
use telemetry::Published;

use super::*;
use crate::counter::Counter;
use crate::resource::place_order::{Checkout, body, reservation};

#[tokio::test]
async fn an_order_counts_once() {
    let checkout = Checkout::open().await;
    let published = Published::from_now();
    checkout.script([(StatusCode::CONFLICT, json!({ "code": "out_of_stock", "detail": "" }))]);
    checkout.order("k", &body(), now()).await.unwrap_err();
    assert!(published.take().is_empty(), "the order was not placed");
    checkout.script([reservation("held")]);
    checkout.order("k", &body(), now()).await.unwrap();
    assert_eq!(published.take(), ["OrdersPlaced=1"]);
    checkout.order("k", &body(), now()).await.unwrap();
    assert!(published.take().is_empty(), "the same request again");
}

#[tokio::test]
async fn a_cart_counts_when_it_is_started_and_when_it_is_ordered() {
    let counter = Counter::abroad().await;
    let published = Published::from_now();
    counter.put(&ada(), "CUP-BLUE", 0).await.unwrap();
    assert!(published.take().is_empty(), "there is nothing in it");
    counter.fill_for_spain(&ada()).await;
    assert_eq!(published.take(), ["CartsStarted=1"]);
    let paying = json!({ "expected_total": eur(4180), "payment_method": "pm_card_visa" });
    counter.check_out(&ada(), "k", paying.clone()).await.unwrap();
    assert_eq!(published.take(), ["OrdersPlaced=1", "CartConversions=1"]);
    counter.check_out(&ada(), "k", paying).await.unwrap();
    assert!(published.take().is_empty(), "the same request again");
    counter.put(&ada(), "CUP-BLUE", 1).await.unwrap();
    assert_eq!(published.take(), ["CartsStarted=1"], "the next one");
}

#[tokio::test]
async fn a_payment_counts_once_and_is_compared_with_the_total() {
    let shelf = shelf().await;
    let published = Published::from_now();
    let declined = shelf.placed(3, SignedDuration::ZERO).await;
    shelf.deliver(failed(&declined)).await;
    assert!(published.take().is_empty());
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let captured = shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    assert_eq!(published.take(), ["CaptureMismatch=0", "OrdersConfirmed=1"]);
    apply_payment_event(shelf.in_force(), Delivery::new(captured, now())).await.unwrap();
    assert!(published.take().is_empty(), "the same event again");

    let other = shelf.placed(2, SignedDuration::ZERO).await;
    let too_little = PaymentOutcome { amount: eur(2899), ..outcome(&other) };
    shelf.deliver(Event::Payment(PaymentEvent::Captured(too_little))).await;
    assert_eq!(published.take(), ["CaptureMismatch=1", "OrdersConfirmed=1"]);
}

#[tokio::test]
async fn a_capture_for_an_ended_order_confirms_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf
        .deliver(Event::Product(ProductEvent::ReservationExpired(ReservationExpired {
            order_id: order.order_id,
        })))
        .await;
    let published = Published::from_now();
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    assert_eq!(published.take(), ["CaptureMismatch=0"]);
}

#[tokio::test]
async fn an_order_that_cannot_expire_counts_in_every_run_until_it_is_set_apart() {
    let shelf = shelf().await;
    let (broken, sound) =
        (shelf.placed(1, SignedDuration::ZERO).await, shelf.placed(2, SignedDuration::ZERO).await);
    let run = |now: Timestamp| expire_orders(shelf.orders.clone(), Tick::new(now, Cause::new("test")));
    let published = Published::from_now();
    run(sound.held_until - SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(published.take(), ["OrdersOverdue=0", "OrdersStuck=0"], "nothing is due");
    shelf.breaks(&broken).await;
    for hour in 0..10 {
        run(sound.held_until + SignedDuration::from_hours(hour)).await.unwrap();
        assert_eq!(published.take(), [format!("OrdersOverdue={}", hour * 3_600).as_str(), "OrdersStuck=1"]);
    }
    run(sound.held_until + SignedDuration::from_hours(10)).await.unwrap();
    assert_eq!(published.take(), ["OrdersOverdue=0", "OrdersStuck=0"], "it has failed ten times, for hours");
    let tenth_minute = sound.held_until + SignedDuration::from_mins(10 * 60 + 5);
    run(tenth_minute).await.unwrap();
    assert_eq!(
        published.take(),
        ["OrdersOverdue=0", "OrdersStuck=0", "OrdersSetApart=1", "RefundsOverdue=0"]
    );
}
