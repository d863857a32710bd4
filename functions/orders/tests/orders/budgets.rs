//! The budget of each operation: DynamoDB's read and write units, and requests. A change here changes the bill.

use axum::http::StatusCode;
use domain::events::{PaymentEvent, ProductEvent};
use serde_json::json;

use super::*;
use crate::resource::place_order::{Checkout, body, reservation};

#[tokio::test]
async fn customers_keep_to_the_budget() {
    let checkout = Checkout::open().await;
    let orders = || checkout.shelf.orders.clone();
    let used = || checkout.shelf.table.used();
    // A process looks for changes of the settings once a minute.
    checkout.desk(&absent_users()).settings.at(now()).await.unwrap();
    let settings = checkout.shelf.in_force();
    settings.at(now()).await.unwrap();
    used();
    checkout.script([reservation("held")]);
    let placed = checkout.order("k", &body(), now()).await.unwrap().body().unwrap().clone();
    assert_eq!(used(), "2 read, 10 written: 2 GetItem, PutItem, TransactWriteItems", "place-order");
    checkout.order("k", &body(), now()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "place-order: the same request again");
    checkout.script([(StatusCode::CONFLICT, json!({ "code": "out_of_stock", "detail": "" }))]);
    checkout.order("l", &body(), now()).await.unwrap_err();
    assert_eq!(used(), "3 read, 2 written: 3 GetItem, 2 PutItem", "place-order: out of stock");

    let cancel =
        |who: SignedIn| Call::new(who, Optional::default(), now()).with_path("order_id", placed.order_id);
    let of = |who: SignedIn| Call::new(who, NoBody, now()).with_path("order_id", placed.order_id);
    get_order((settings.clone(), absent_users()), of(ada()).with_query("").unwrap()).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "get-order");
    let by_number =
        |number: &str| Call::new(ada(), NoBody, now()).with_path("order_id", number).with_query("").unwrap();
    let number = placed.number.unwrap().to_string();
    get_order((settings.clone(), absent_users()), by_number(&number)).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "get-order: by its number");
    let mistyped = format!("{}{}", if number.starts_with('0') { '1' } else { '0' }, &number[1..]);
    get_order((settings.clone(), absent_users()), by_number(&mistyped)).await.unwrap_err();
    assert_eq!(used(), "0 read, 0 written: ", "get-order: by a number with one wrong character");
    list_orders(orders(), Call::new(ada(), NoBody, now()).with_query("").unwrap()).await.unwrap();
    assert_eq!(used(), "0.5 read, 0 written: Query", "list-orders: one");
    cancel_order(settings.clone(), cancel(signed_in(2))).await.unwrap_err();
    assert_eq!(used(), "1 read, 0 written: GetItem", "cancel-order: another customer's");
    cancel_order(settings.clone(), cancel(ada())).await.unwrap();
    assert_eq!(used(), "1 read, 8 written: GetItem, TransactWriteItems", "cancel-order");
    cancel_order(settings.clone(), cancel(ada())).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "cancel-order: the same request again");

    checkout.script([reservation("held")]);
    for key in ["m", "n"] {
        checkout.order(key, &body(), now()).await.unwrap();
    }
    used();
    checkout.order("o", &body(), now()).await.unwrap();
    assert_eq!(
        used(),
        "5 read, 10 written: BatchGetItem, 2 GetItem, PutItem, TransactWriteItems",
        "place-order: in the slot of an order that has ended"
    );
    checkout.order("p", &body(), now()).await.unwrap_err();
    assert_eq!(used(), "5 read, 0 written: BatchGetItem, 2 GetItem", "place-order: three orders are unpaid");
}

#[tokio::test]
async fn a_merged_guest_keeps_to_the_budget() {
    let shelf = shelf().await;
    let used = || shelf.table.used();
    used();
    shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(used(), "2.5 read, 1 written: 2 GetItem, PutItem, Query", "apply-customer-event: no order");
    for number in 1..=2 {
        shelf.placed(number, SignedDuration::ZERO).await;
    }
    used();
    shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(
        used(),
        "4.5 read, 16 written: 4 GetItem, Query, 2 TransactWriteItems",
        "apply-customer-event: two orders"
    );
    shelf.merge(&ada(), now()).await.unwrap();
    assert_eq!(used(), "2.5 read, 0 written: 2 GetItem, Query", "apply-customer-event: the same event again");
}

#[tokio::test]
async fn events_and_schedules_keep_to_the_budget() {
    let shelf = shelf().await;
    let used = || shelf.table.used();
    let mut orders = Vec::new();
    for number in 1..=4 {
        orders.push(shelf.placed(number, SignedDuration::ZERO).await);
    }
    used();
    let captured = shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&orders[0])))).await;
    assert_eq!(used(), "1 read, 9 written: GetItem, TransactWriteItems", "apply-payment-event: captured");
    apply_payment_event(shelf.in_force(), Delivery::new(captured, now())).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "apply-payment-event: the same event again");
    shelf.deliver(failed(&orders[1])).await;
    assert_eq!(used(), "2 read, 9 written: 2 GetItem, TransactWriteItems", "apply-payment-event: declined");
    let released =
        |order_id| Event::Product(ProductEvent::ReservationExpired(ReservationExpired { order_id }));
    shelf.deliver(released(orders[0].order_id)).await;
    assert_eq!(
        used(),
        "1 read, 7 written: GetItem, TransactWriteItems",
        "apply-payment-event: the reservation of a paid order has ended"
    );
    let order_id = orders[2].order_id;
    shelf.deliver(released(order_id)).await;
    assert_eq!(
        used(),
        "1 read, 10 written: GetItem, TransactWriteItems",
        "apply-payment-event: the reservation has ended"
    );
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&orders[2])))).await;
    assert_eq!(
        used(),
        "1 read, 10 written: GetItem, TransactWriteItems",
        "apply-payment-event: captured after its end"
    );

    let tick = || Tick::new(orders[3].held_until, Cause::new("test"));
    expire_orders(shelf.orders.clone(), tick()).await.unwrap();
    assert_eq!(
        used(),
        "4 read, 16 written: 2 GetItem, 4 Query, 2 TransactWriteItems",
        "expire-orders: one that was declined, and one whose outcome is not known"
    );
    expire_orders(shelf.orders.clone(), tick()).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: 4 Query", "expire-orders: nothing due");
    let tenth_minute = Tick::new(orders[3].held_until + SignedDuration::from_mins(5), Cause::new("test"));
    expire_orders(shelf.orders.clone(), tenth_minute).await.unwrap();
    assert_eq!(
        used(),
        "4.5 read, 0 written: 9 Query",
        "expire-orders: nothing due, and the counts of what is set apart and of overdue returns"
    );
}
