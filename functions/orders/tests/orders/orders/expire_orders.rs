//! `expire-orders`.

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
