//! `settle-reservation`: what comes back after it was sold.

use domain::events::{OrderCancelled, OrderEvent, ReturnReceived, ReturnedLine};
use domain::stock::ReservationStatus;
use domain::words::id::ReturnId;
use products::stock::list_stock_movements;

use super::*;

fn returned(number: u128, of: &[(&str, u32, u32)]) -> Envelope {
    let line = |&(sku, restock, write_off): &(&str, u32, u32)| ReturnedLine {
        sku: sku.parse().unwrap(),
        restock,
        write_off,
    };
    let returned = ReturnReceived {
        order_id: order(1),
        user_id: staff().0.user_id,
        number: None,
        refund: None,
        return_id: ReturnId::from_parts(1, number),
        lines: of.iter().map(line).collect(),
        received_by: staff().0.user_id,
    };
    Cause::new("goods-in").envelope(OrderEvent::ReturnReceived(returned), now())
}

fn cancelled(order_id: OrderId) -> Envelope {
    news(|order| OrderEvent::CancelledAfterPayment(OrderCancelled { order }), order_id)
}

/// Returns a shop with ten blue cups, of which three are sold.
async fn shop_with_sold_cups() -> Shop {
    let shop = shop_with(10).await;
    shop.reserve(order(1), &[("CUP-BLUE", 3)]).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [7, 0, 3, 10]);
    shop
}

impl Shop {
    async fn status(&self) -> ReservationStatus {
        let key = products::reservations::rows::key(order(1));
        self.table.get::<Reservation>(&key).await.unwrap().unwrap().value.status
    }
}

#[tokio::test]
async fn of_returned_pieces_some_are_sold_again_and_the_others_are_a_movement_of_stock() {
    let shop = shop_with_sold_cups().await;
    let event = returned(1, &[("CUP-BLUE", 1, 1)]);
    shop.deliver(&event).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 1, 9]);
    shop.deliver(&event).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 1, 9], "the same event again");

    let call = Call::new(staff(), edge::NoBody, now()).with_path("sku", "CUP-BLUE").with_query("").unwrap();
    let movements = list_stock_movements(shop.products.clone(), call).await.unwrap();
    let movements = &movements.body().unwrap().items;
    let deltas: Vec<i64> = movements.iter().map(|moved| moved.delta.into_inner()).collect();
    assert_eq!(deltas.iter().sum::<i64>(), 9, "the movements are what was received: {deltas:?}");
    let written_off = movements.iter().find(|moved| moved.delta.into_inner() == -1).unwrap();
    let reason = format!("{} of {}", ReturnId::from_parts(1, 1), order(1));
    assert_eq!((written_off.reason.to_string(), written_off.adjusted_by), (reason, staff().0.user_id));
}

#[tokio::test]
async fn a_return_waits_for_the_message_that_its_order_is_paid() {
    let shop = shop_with(10).await;
    shop.reserve(order(1), &[("CUP-BLUE", 3)]).await.unwrap();
    let event = returned(1, &[("CUP-BLUE", 2, 0)]);
    let refused = shop.deliver(&event).await.unwrap_err().to_string();
    assert_eq!(refused, format!("the pieces of {} are not sold", order(1)));
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    shop.deliver(&event).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [9, 0, 1, 10]);
}

#[tokio::test]
async fn a_return_of_more_than_was_sold_changes_nothing() {
    let shop = shop_with_sold_cups().await;
    shop.reserve(order(2), &[("CUP-BLUE", 3)]).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(2))).await.unwrap();
    let refused = shop.deliver(&returned(1, &[("CUP-BLUE", 3, 1)])).await.unwrap_err().to_string();
    assert_eq!(refused, format!("more pieces of CUP-BLUE came back than {} has", order(1)));
    assert_eq!(shop.counters("CUP-BLUE").await, [4, 0, 6, 10]);
}

#[tokio::test]
async fn pieces_of_a_cancelled_paid_order_are_available_even_if_its_payment_is_heard_of_later() {
    for paid_first in [true, false] {
        let shop = shop_with(10).await;
        shop.reserve(order(1), &[("CUP-BLUE", 3), ("CUP-RED", 1)]).await.unwrap();
        let mut events = [news(OrderEvent::Confirmed, order(1)), cancelled(order(1))];
        if !paid_first {
            events.reverse();
        }
        for event in &events {
            shop.deliver(event).await.unwrap();
            shop.deliver(event).await.unwrap();
        }
        assert_eq!(shop.counters("CUP-BLUE").await, [10, 0, 0, 10]);
        assert_eq!(shop.counters("CUP-RED").await, [10, 0, 0, 10]);
        assert_eq!(shop.status().await, ReservationStatus::TakenBack);
    }
}

#[tokio::test]
async fn cancellations_and_payments_of_several_orders_are_settled_together() {
    let shop = shop_with(10).await;
    for number in 1..=3 {
        shop.reserve(order(number), &[("CUP-BLUE", 1)]).await.unwrap();
    }
    let batch =
        [cancelled(order(1)), news(OrderEvent::Confirmed, order(2)), news(OrderEvent::Cancelled, order(3))];
    let outcomes = shop.deliver_all(&batch).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(shop.counters("CUP-BLUE").await, [9, 0, 1, 10]);
}

#[tokio::test]
async fn what_comes_back_of_a_sku_in_shards_goes_to_the_rows_that_sold_it() {
    let shop = shop_with(10).await;
    shop.set_policy("CUP-BLUE", json!({ "low_at": 5, "shards": 4 })).await.unwrap();
    shop.reserve(order(1), &[("CUP-BLUE", 3)]).await.unwrap();
    shop.deliver(&news(OrderEvent::Confirmed, order(1))).await.unwrap();
    shop.deliver(&returned(1, &[("CUP-BLUE", 1, 1)])).await.unwrap();
    assert_eq!(shop.counters("CUP-BLUE").await, [8, 0, 1, 9]);
    let stock = shop.stock("CUP-BLUE").await;
    assert!(stock.balances(), "{stock:?}");
}

#[tokio::test]
async fn a_return_keeps_to_its_budget() {
    let shop = shop_with_sold_cups().await;
    let used = || shop.engine.used();
    drop(used());
    shop.deliver(&returned(1, &[("CUP-BLUE", 1, 0)])).await.unwrap();
    assert_eq!(used(), "1 read, 4 written: GetItem, TransactWriteItems", "of one SKU, to be sold again");
    shop.deliver(&returned(2, &[("CUP-BLUE", 0, 1)])).await.unwrap();
    assert_eq!(used(), "1 read, 6 written: GetItem, TransactWriteItems", "of one SKU, written off");
    shop.deliver(&cancelled(order(1))).await.unwrap();
    assert_eq!(used(), "1 read, 4 written: GetItem, TransactWriteItems", "the rest of a cancelled order");
}
