//! `request-return`, `decide-return`, `receive-return` and `list-returns`.

use domain::events::ReturnedLine;
use domain::orders::fulfillment::{Parcel, ShipmentEdit};
use domain::orders::returns::{ReturnState, ReturnStatus};
use edge::{Problem, Staff};
use orders::orders::find_orders;
use orders::orders::view::OrderView;
use orders::returns::decide_return::Decided;
use orders::returns::list_returns::ReturnItem;
use orders::returns::{ReturnEntry, decide_return, list_returns, receive_return, request_return};
use orders::shipments::{ShipmentEntry, create_shipment, update_shipment};
use serde_json::{Value, json};

use crate::shipments::{code, paid};
use crate::*;

/// Ships all that is left of an order.
pub async fn ship(shelf: &Shelf, order: &Order) -> ShipmentEntry {
    let parcel: Parcel = serde_json::from_value(json!({ "carrier": "Correos" })).unwrap();
    let call = Call::new(Staff(signed_in(9)), parcel, now()).with_path("order_id", order.order_id);
    let reply = create_shipment(shelf.in_force(), call.with_header("idempotency-key", "ship")).await;
    reply.unwrap().body().unwrap().clone()
}

/// Returns a paid order of two cups that is shipped.
pub async fn shipped(shelf: &Shelf, number: u128) -> Order {
    let order = paid(shelf, number).await;
    ship(shelf, &order).await;
    order
}

async fn request(
    shelf: &Shelf,
    order: &Order,
    who: SignedIn,
    key: &str,
    at: Timestamp,
    more: Value,
) -> Result<ReturnEntry, Problem> {
    let mut body = json!({ "kind": "withdrawal", "confirm": true });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let call = Call::new(who, serde_json::from_value(body).unwrap(), at);
    let call = call.with_path("order_id", order.order_id).with_header("idempotency-key", key);
    Ok(request_return(shelf.in_force(), call).await?.body().unwrap().clone())
}

async fn withdraw(shelf: &Shelf, order: &Order, key: &str, more: Value) -> Result<ReturnEntry, Problem> {
    request(shelf, order, ada(), key, now(), more).await
}

async fn receive(
    shelf: &Shelf,
    entry: &ReturnEntry,
    key: &str,
    receipt: Value,
) -> Result<ReturnEntry, Problem> {
    let call = Call::new(Staff(signed_in(9)), serde_json::from_value(receipt).unwrap(), now());
    let call = call.with_path("return_id", entry.returned.return_id).with_header("idempotency-key", key);
    Ok(receive_return(shelf.in_force(), call).await?.body().unwrap().clone())
}

async fn decide(shelf: &Shelf, entry: &ReturnEntry, accepted: bool) -> Result<ReturnEntry, Problem> {
    let verdict = json!({ "accepted": accepted, "reason": "We have looked at it." });
    let call = Call::new(Staff(signed_in(9)), serde_json::from_value(verdict).unwrap(), now());
    let call = call.with_path("return_id", entry.returned.return_id);
    match decide_return(shelf.in_force(), call).await?.body().unwrap().clone() {
        Decided::Return(entry) => Ok(*entry),
        Decided::Statement(_) => Err(Problem::internal("it is a statement")),
    }
}

fn cups(quantity: u32) -> Value {
    json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": quantity }] })
}

pub async fn shown(shelf: &Shelf, order: &Order, at: Timestamp) -> OrderView {
    let call = Call::new(ada(), NoBody, at).with_path("order_id", order.order_id).with_query("").unwrap();
    get_order((shelf.in_force(), absent_users()), call).await.unwrap().body().unwrap().clone()
}

async fn waiting(shelf: &Shelf, query: &str) -> Vec<OrderId> {
    let call = Call::new(Staff(signed_in(9)), NoBody, now()).with_query(query).unwrap();
    let reply = list_returns(shelf.orders.clone(), call).await.unwrap();
    let order = |item: &ReturnItem| match item {
        ReturnItem::Order(view) => Some(view.order.order_id),
        ReturnItem::Statement(_) => None,
    };
    reply.body().unwrap().items.iter().filter_map(order).collect()
}

pub async fn orders_in(shelf: &Shelf, queue: &str) -> Vec<OrderId> {
    let call = Call::new(Staff(signed_in(9)), NoBody, now()).with_query(&format!("queue={queue}")).unwrap();
    let reply = find_orders(shelf.orders.clone(), call).await.unwrap();
    reply.body().unwrap().items.iter().map(|view| view.order.order_id).collect()
}

/// Returns how many events in the outbox are of a kind.
pub async fn count(shelf: &Shelf, is: fn(&Event) -> bool) -> usize {
    shelf.events().await.iter().filter(|envelope| is(&envelope.event)).count()
}

#[tokio::test]
async fn a_withdrawal_is_recorded_once_and_waits_for_the_goods() {
    let shelf = shelf().await;
    shelf.set("seller", "main", crate::settings::seller()).await;
    let order = shipped(&shelf, 1).await;
    let asked = withdraw(&shelf, &order, "k", cups(1)).await.unwrap();
    assert_eq!(asked.returned.status, ReturnState::Accepted);
    let fortnight = now() + SignedDuration::from_hours(14 * 24);
    assert_eq!((asked.returned.acknowledged_at, asked.returned.refund_due_at), (now(), fortnight));
    let instructions = asked.instructions.clone().unwrap();
    assert_eq!(instructions.send_by, fortnight);
    assert!(instructions.send_to.is_some());
    let later = now() + SignedDuration::from_mins(1);
    assert_eq!(request(&shelf, &order, ada(), "k", later, cups(1)).await.unwrap(), asked, "once");
    assert_eq!(code(withdraw(&shelf, &order, "k", cups(2)).await), "422 idempotency_key_reused");
    let is_asked = |event: &Event| matches!(event, Event::Order(OrderEvent::ReturnRequested(_)));
    assert_eq!(count(&shelf, is_asked).await, 1);
    let seen = shown(&shelf, &order, now()).await;
    assert_eq!((seen.return_status, seen.order.returns), (ReturnStatus::Requested, vec![asked.returned]));
    assert_eq!(orders_in(&shelf, "return").await, [order.order_id]);
}

#[tokio::test]
async fn what_cannot_be_returned_is_refused_and_changes_nothing() {
    let shelf = shelf().await;
    let order = shipped(&shelf, 1).await;
    assert_eq!(code(withdraw(&shelf, &order, "k", cups(3)).await), "422 quantity_exceeds_shipped");
    let stranger = request(&shelf, &order, signed_in(2), "k", now(), cups(1)).await;
    assert_eq!(code(stranger), "404 order_not_found");
    withdraw(&shelf, &order, "all", json!({})).await.unwrap();
    assert_eq!(code(withdraw(&shelf, &order, "more", cups(1)).await), "409 nothing_to_return");
    assert_eq!(shown(&shelf, &order, now()).await.order.returns.len(), 1);
}

#[tokio::test]
async fn a_return_can_be_asked_for_until_two_weeks_after_the_parcel_arrived() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let parcel = ship(&shelf, &order).await;
    let assumed = now() + SignedDuration::from_hours(21 * 24);
    let can = shown(&shelf, &order, now()).await.can.unwrap();
    assert_eq!((can.withdraw, can.return_until), (true, Some(assumed)));
    let arrived: ShipmentEdit = serde_json::from_value(json!({ "delivered_at": now() })).unwrap();
    let call = Call::new(Staff(signed_in(9)), arrived, now())
        .with_path("order_id", order.order_id)
        .with_path("shipment_id", parcel.shipment.shipment_id)
        .with_header("if-match", "\"1\"");
    update_shipment(shelf.orders.clone(), call).await.unwrap();
    let over = now() + SignedDuration::from_hours(14 * 24);
    let at = |time: Timestamp| request(&shelf, &order, ada(), "k", time, cups(1));
    assert_eq!(code(at(over).await), "409 return_window_over");
    let can = shown(&shelf, &order, over).await.can.unwrap();
    assert_eq!((can.withdraw, can.return_until), (false, None));
    at(over - SignedDuration::from_mins(1)).await.unwrap();
}

#[tokio::test]
async fn a_withdrawal_before_shipping_cancels_the_order() {
    let shelf = shelf().await;
    shelf.set("policy", "main", json!({ "customer_may_cancel": false })).await;
    let order = paid(&shelf, 1).await;
    assert!(shown(&shelf, &order, now()).await.can.unwrap().withdraw);
    let asked = withdraw(&shelf, &order, "k", json!({})).await.unwrap();
    assert_eq!((asked.returned.status, asked.instructions.clone()), (ReturnState::OrderCancelled, None));
    assert_eq!(withdraw(&shelf, &order, "k", json!({})).await.unwrap(), asked, "once");
    assert_eq!(shelf.state(&order).await.0, OrderStatus::Cancelled);
    let is_end = |event: &Event| {
        matches!(event, Event::Order(OrderEvent::CancelledAfterPayment(_) | OrderEvent::ReturnRequested(_)))
    };
    assert_eq!(count(&shelf, is_end).await, 2);
}

#[tokio::test]
async fn goods_that_come_back_are_counted_and_paid_back_once() {
    let shelf = shelf().await;
    let order = shipped(&shelf, 1).await;
    let asked = withdraw(&shelf, &order, "k", json!({})).await.unwrap();
    let receipt = json!({
        "lines": [{ "sku": "CUP-BLUE", "restock": 1, "write_off": 1 }],
        "deduction": { "amount": eur(450), "reason": "One is chipped." },
    });
    let received = receive(&shelf, &asked, "r", receipt.clone()).await.unwrap();
    assert_eq!(received.returned.status, ReturnState::Received);
    assert_eq!(receive(&shelf, &asked, "r", receipt.clone()).await.unwrap(), received, "once");
    assert_eq!(code(receive(&shelf, &asked, "another", receipt).await), "409 return_received");
    let events = shelf.events().await;
    let back: Vec<_> = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Order(OrderEvent::ReturnReceived(back)) => Some((back.lines.clone(), back.refund)),
            _ => None,
        })
        .collect();
    let line = ReturnedLine { sku: Sku::try_new("CUP-BLUE").unwrap(), restock: 1, write_off: 1 };
    assert_eq!(back, [(vec![line], Some(eur(2450)))]);
    let refunds: Vec<_> = events
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Order(OrderEvent::RefundGranted(refund)) => Some((refund.refund_id, refund.amount)),
            _ => None,
        })
        .collect();
    assert_eq!(refunds, [(received.returned.refund_id.unwrap(), eur(2450))]);
    let seen = shown(&shelf, &order, now()).await;
    assert_eq!((seen.return_status, seen.order.refunds.len()), (ReturnStatus::Returned, 1));
    assert_eq!(waiting(&shelf, "").await, []);
    let acts = |event: &Event| matches!(event, Event::Staff(_));
    assert_eq!(count(&shelf, acts).await, 2, "the parcel and the receipt");
}

#[tokio::test]
async fn of_two_receipts_at_once_one_is_recorded() {
    for number in 1..=6 {
        let shelf = shelf().await;
        let order = shipped(&shelf, number).await;
        let asked = withdraw(&shelf, &order, "k", json!({})).await.unwrap();
        let receipt = || json!({ "lines": [{ "sku": "CUP-BLUE", "restock": 2 }] });
        let (one, other) = tokio::join!(
            receive(&shelf, &asked, "one", receipt()),
            receive(&shelf, &asked, "other", receipt()),
        );
        assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
        assert_eq!(shown(&shelf, &order, now()).await.order.refunds.len(), 1);
    }
}

#[tokio::test]
async fn staff_decide_about_defects_and_list_what_waits() {
    let shelf = shelf().await;
    let (first, second) = (shipped(&shelf, 1).await, shipped(&shelf, 2).await);
    let defect = json!({ "kind": "defect", "note": "It leaks.\nA lot." });
    let later = now() + SignedDuration::from_hours(1);
    let late = request(&shelf, &first, ada(), "k", later, defect).await.unwrap();
    let soon = withdraw(&shelf, &second, "l", json!({})).await.unwrap();
    assert_eq!((late.returned.status, late.instructions.clone()), (ReturnState::Requested, None));
    assert_eq!(waiting(&shelf, "").await, [second.order_id, first.order_id], "by when the money is due");
    let due = late.returned.refund_due_at;
    assert_eq!(waiting(&shelf, &format!("due_before={due}")).await, [second.order_id]);
    let cups = json!({ "lines": [{ "sku": "CUP-BLUE", "restock": 2 }] });
    assert_eq!(code(receive(&shelf, &late, "r", cups.clone()).await), "409 return_not_accepted");
    assert_eq!(code(decide(&shelf, &soon, false).await), "409 withdrawal_cannot_be_refused");
    let accepted = decide(&shelf, &late, true).await.unwrap();
    assert_eq!(accepted.returned.status, ReturnState::Accepted);
    assert_eq!(decide(&shelf, &late, true).await.unwrap(), accepted, "twice");
    assert_eq!(code(decide(&shelf, &late, false).await), "409 return_decided");
    receive(&shelf, &late, "r", cups).await.unwrap();
    let decided = |event: &Event| matches!(event, Event::Order(OrderEvent::ReturnDecided(_)));
    assert_eq!(count(&shelf, decided).await, 1);
    let mut absent = soon.clone();
    absent.returned.return_id = domain::words::id::ReturnId::from_parts(0, 99);
    assert_eq!(code(decide(&shelf, &absent, true).await), "404 return_not_found");
}

#[tokio::test]
async fn returns_keep_to_the_budget() {
    let shelf = shelf().await;
    let (order, unshipped) = (shipped(&shelf, 1).await, paid(&shelf, 2).await);
    let mut budget = Vec::new();
    let used = || shelf.table.used();
    used();
    let mut note = |what| budget.push((what, used()));
    let asked = withdraw(&shelf, &order, "k", cups(1)).await.unwrap();
    note("request-return");
    withdraw(&shelf, &order, "k", cups(1)).await.unwrap();
    note("request-return: the same request again");
    withdraw(&shelf, &unshipped, "l", json!({})).await.unwrap();
    note("request-return: before shipping");
    waiting(&shelf, "").await;
    note("list-returns: one");
    let receipt = json!({ "lines": [{ "sku": "CUP-BLUE", "restock": 1 }] });
    receive(&shelf, &asked, "r", receipt.clone()).await.unwrap();
    note("receive-return");
    receive(&shelf, &asked, "r", receipt).await.unwrap();
    note("receive-return: the same request again");
    let asked = withdraw(&shelf, &order, "m", json!({ "kind": "defect" })).await.unwrap();
    note("request-return: a defect");
    decide(&shelf, &asked, true).await.unwrap();
    note("decide-return");
    let budget: Vec<(&str, &str)> = budget.iter().map(|(what, used)| (*what, used.as_str())).collect();
    assert_eq!(
        budget,
        [
            ("request-return", "4 read, 15 written: 2 GetItem, 2 Query, TransactWriteItems"),
            ("request-return: the same request again", "3 read, 0 written: 2 GetItem, Query"),
            ("request-return: before shipping", "3 read, 17 written: 2 GetItem, Query, TransactWriteItems"),
            ("list-returns: one", "1.5 read, 0 written: BatchGetItem, Query"),
            ("receive-return", "4 read, 19 written: 3 GetItem, Query, TransactWriteItems"),
            ("receive-return: the same request again", "4 read, 0 written: 3 GetItem, Query"),
            ("request-return: a defect", "4 read, 15 written: 2 GetItem, 2 Query, TransactWriteItems"),
            ("decide-return", "3 read, 12 written: 2 GetItem, Query, TransactWriteItems"),
        ]
    );
}
