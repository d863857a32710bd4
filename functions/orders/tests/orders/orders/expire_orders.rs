//! `expire-orders`.

use domain::orders::REFUND_REQUEST;

use crate::*;

#[tokio::test]
async fn an_order_that_does_not_decode_does_not_block_others() {
    let shelf = shelf().await;
    // Both are in one partition of the index, the broken one first.
    let (broken, sound) = (
        shelf.placed(1, SignedDuration::ZERO).await,
        shelf.placed(1 + 4, SignedDuration::from_secs(1)).await,
    );
    shelf.breaks(&broken).await;
    let tick = Tick::new(sound.held_until, Cause::new("test"));
    expire_orders(shelf.orders.clone(), tick).await.unwrap();
    assert_eq!(shelf.state(&sound).await.0, OrderStatus::Expired);
}

#[tokio::test]
async fn orders_expire_at_the_end_of_their_hold() {
    let shelf = shelf().await;
    let due = shelf.placed(1, SignedDuration::ZERO).await;
    let later = shelf.placed(2, SignedDuration::from_secs(1)).await;
    let paid = shelf.placed(3, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&paid)))).await;
    let tick = Tick::new(due.held_until, Cause::new("test"));
    expire_orders(shelf.orders.clone(), tick).await.unwrap();
    assert_eq!(shelf.state(&due).await.0, OrderStatus::Expired);
    assert_eq!(shelf.state(&later).await.0, OrderStatus::AwaitingPayment);
    assert_eq!(shelf.state(&paid).await.0, OrderStatus::Confirmed);
}

#[tokio::test]
async fn the_refund_of_an_ended_order_is_requested_until_it_is_heard_of() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    let lost = ReservationLost { order_id: order.order_id };
    shelf.deliver(Event::Product(ProductEvent::ReservationLost(lost))).await;
    let requests = async |now| {
        let before = shelf.events().await.len();
        expire_orders(shelf.orders.clone(), Tick::new(now, Cause::new("test"))).await.unwrap();
        let events = shelf.events().await;
        let is_request =
            |event: &&Envelope| matches!(event.event, Event::Order(OrderEvent::RefundRequested(_)));
        (events.len() - before, events.iter().filter(is_request).count())
    };
    let ended_at = shelf.orders.get(order.order_id).await.unwrap().unwrap().value.updated_at;
    assert_eq!(requests(ended_at + REFUND_REQUEST - SignedDuration::from_secs(1)).await, (0, 0));
    assert_eq!(requests(ended_at + REFUND_REQUEST).await, (1, 1));
    assert_eq!(requests(ended_at + REFUND_REQUEST).await, (0, 1), "it was just requested");
}
