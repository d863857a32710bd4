//! `apply-payment-event`.

use telemetry::Published;

use crate::*;

#[tokio::test]
async fn a_duplicate_event_changes_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let event = shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    let confirmed = (OrderStatus::Confirmed, PaymentStatus::Captured, 2);
    assert_eq!(shelf.state(&order).await, confirmed);
    apply_payment_event(shelf.in_force(), Delivery::new(event, now())).await.unwrap();
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    assert_eq!(shelf.state(&order).await, confirmed);
}

#[tokio::test]
async fn an_older_event_changes_nothing() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    shelf.deliver(failed(&order)).await;
    shelf.deliver(Event::Payment(PaymentEvent::ActionRequired(outcome(&order)))).await;
    assert_eq!(shelf.state(&order).await, (OrderStatus::Confirmed, PaymentStatus::Captured, 2));
}

/// Its confirmation has not reached the product service.
#[tokio::test]
async fn an_expired_reservation_of_a_paid_order_requests_its_stock_once() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    let published = Published::from_now();
    let expired = ReservationExpired { order_id: order.order_id };
    let expired = shelf.deliver(Event::Product(ProductEvent::ReservationExpired(expired))).await;
    assert_eq!(published.take(), ["PaidStockReleased=1"]);
    apply_payment_event(shelf.in_force(), Delivery::new(expired, now())).await.unwrap();
    assert!(published.take().is_empty(), "the same event again");
    assert_eq!(shelf.state(&order).await.0, OrderStatus::Confirmed);
    let events = shelf.events().await.into_iter().map(|envelope| envelope.event);
    let requests: Vec<Event> =
        events.filter(|event| matches!(event, Event::Order(OrderEvent::StockRequested(_)))).collect();
    assert_eq!(requests, [Event::Order(OrderEvent::StockRequested(order.summary()))]);
    assert_eq!(requests[0].queues(), [Queue::StockCommands], "and no second mail of the confirmation");
}

#[tokio::test]
async fn a_declined_order_holds_its_stock_and_can_be_cancelled_or_expires() {
    let shelf = shelf().await;
    let orders = [shelf.placed(1, SignedDuration::ZERO).await, shelf.placed(2, SignedDuration::ZERO).await];
    for order in &orders {
        shelf.deliver(failed(order)).await;
        assert_eq!(shelf.state(order).await, (OrderStatus::PaymentFailed, PaymentStatus::Failed, 2));
    }
    let declined = |event: &&Envelope| matches!(event.event, Event::Order(OrderEvent::Cancelled(_)));
    assert_eq!(shelf.events().await.iter().filter(declined).count(), 0, "nothing is released");
    let call = Call::new(ada(), Optional::default(), now()).with_path("order_id", orders[0].order_id);
    cancel_order(shelf.in_force(), call).await.unwrap();
    assert_eq!(shelf.state(&orders[0]).await, (OrderStatus::Cancelled, PaymentStatus::Failed, 3));
    let end = Tick::new(orders[1].held_until, Cause::new("test"));
    expire_orders(shelf.orders.clone(), end).await.unwrap();
    assert_eq!(shelf.state(&orders[1]).await, (OrderStatus::Expired, PaymentStatus::Failed, 3));
    let events = shelf.events().await;
    let of = |is: fn(&Event) -> bool| events.iter().filter(|event| is(&event.event)).count();
    let cancelled = of(|event| matches!(event, Event::Order(OrderEvent::Cancelled(_))));
    assert_eq!((cancelled, of(|event| matches!(event, Event::Order(OrderEvent::Expired(_))))), (1, 1));
}

/// Each event once and twice, in every sequence.
#[tokio::test]
async fn the_events_of_a_retried_payment_confirm_the_order_in_any_sequence() {
    let shelf = shelf().await;
    let mut number = 0;
    for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for times in [1, 2] {
            number += 1;
            let order = shelf.placed(number, SignedDuration::ZERO).await;
            let events = [
                failed(&order),
                Event::Payment(PaymentEvent::Retried(second(&order))),
                Event::Payment(PaymentEvent::Captured(second(&order))),
            ];
            for index in sequence.repeat(times) {
                shelf.deliver(events[index].clone()).await;
            }
            let (status, payment_status, _) = shelf.state(&order).await;
            let expected = (OrderStatus::Confirmed, PaymentStatus::Captured);
            assert_eq!((status, payment_status), expected, "{sequence:?}, {times} times");
        }
    }
}

#[tokio::test]
async fn a_late_decline_of_the_first_attempt_leaves_the_order_awaiting_payment() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.deliver(failed(&order)).await;
    shelf.deliver(Event::Payment(PaymentEvent::Retried(second(&order)))).await;
    let retried = (OrderStatus::AwaitingPayment, PaymentStatus::Pending, 3);
    assert_eq!(shelf.state(&order).await, retried);
    shelf.deliver(failed(&order)).await;
    assert_eq!(shelf.state(&order).await, retried);
    let standing = shelf.standing(&ada()).await.unwrap();
    assert_eq!(standing.declines.len(), 1, "an order's declines count once");
}

#[tokio::test]
async fn a_lost_reservation_cancels_a_paid_order() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    for _ in 0..2 {
        shelf
            .deliver(Event::Product(ProductEvent::ReservationLost(ReservationLost {
                order_id: order.order_id,
            })))
            .await;
    }
    assert_eq!(shelf.state(&order).await, (OrderStatus::Cancelled, PaymentStatus::Captured, 3));
}

/// The payment service may not have received the order's end.
#[tokio::test]
async fn captured_after_the_end_requests_one_refund() {
    let shelf = shelf().await;
    let (expired, cancelled) =
        (shelf.placed(1, SignedDuration::ZERO).await, shelf.placed(2, SignedDuration::ZERO).await);
    let call = Call::new(ada(), Optional::default(), now()).with_path("order_id", cancelled.order_id);
    cancel_order(shelf.in_force(), call).await.unwrap();
    shelf
        .deliver(Event::Product(ProductEvent::ReservationExpired(ReservationExpired {
            order_id: expired.order_id,
        })))
        .await;
    for order in [&expired, &cancelled] {
        let captured = shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(order)))).await;
        apply_payment_event(shelf.in_force(), Delivery::new(captured, now())).await.unwrap();
        shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(order)))).await;
    }
    assert_eq!(shelf.state(&expired).await, (OrderStatus::Expired, PaymentStatus::Captured, 3));
    assert_eq!(shelf.state(&cancelled).await, (OrderStatus::Cancelled, PaymentStatus::Captured, 3));
    let events = shelf.events().await;
    let requests: Vec<_> = events
        .iter()
        .filter(|event| matches!(event.event, Event::Order(OrderEvent::RefundRequested(_))))
        .collect();
    let mut orders: Vec<String> = requests.iter().map(|event| event.event.subject()).collect();
    orders.sort();
    assert_eq!(orders, [&expired, &cancelled].map(|order| order.order_id.to_string()), "each once");
    assert!(requests.iter().all(|event| event.source == "/bodega/orders"));
    assert!(requests.iter().all(|event| event.event.queues() == [Queue::PaymentCommands]), "and no mail");
}

#[tokio::test]
async fn an_event_of_an_unknown_order_returns_an_error() {
    let shelf = shelf().await;
    let order = shelf.placed(1, SignedDuration::ZERO).await;
    let event = Event::Payment(PaymentEvent::Captured(PaymentOutcome {
        order_id: OrderId::from_parts(0, 9),
        ..outcome(&order)
    }));
    let delivery = Delivery::new(Cause::new("test").envelope(event, now()), now());
    let failure = apply_payment_event(shelf.in_force(), delivery).await.unwrap_err();
    assert_eq!(failure.to_string(), "the order ord_00000000000000000000000009 does not exist");
}

#[tokio::test]
async fn an_expired_reservation_of_an_unknown_order_changes_nothing() {
    let shelf = shelf().await;
    shelf
        .deliver(Event::Product(ProductEvent::ReservationExpired(ReservationExpired {
            order_id: OrderId::from_parts(0, 9),
        })))
        .await;
    assert_eq!(shelf.orders.get(OrderId::from_parts(0, 9)).await.unwrap(), None);
}
