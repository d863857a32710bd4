//! `cancel-lines`.

use domain::orders::cancelling::{CancelLines, Cancellation};
use domain::orders::fulfillment::FulfillmentStatus;
use domain::orders::timeline::What;
use edge::{Problem, Staff};
use orders::orders::cancel_lines;
use serde_json::{Value, json};

use crate::refunds::{cups, staff};
use crate::shipments::{code, paid, ship};
use crate::timeline::timeline;
use crate::*;

async fn cancel(shelf: &Shelf, order: &Order, key: &str, lines: Value) -> Result<Cancellation, Problem> {
    let mut body = lines;
    body["reason"] = json!("It is broken.");
    let body: CancelLines = serde_json::from_value(body).unwrap();
    let call = Call::new(Staff(staff()), body, now()).with_path("order_id", order.order_id);
    let reply = cancel_lines(shelf.orders.clone(), call.with_header("idempotency-key", key)).await?;
    Ok(reply.body().unwrap().clone())
}

#[tokio::test]
async fn a_cup_is_cancelled_once_and_the_other_one_is_shipped() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let used = || shelf.table.used();
    used();
    let cancelled = cancel(&shelf, &order, "k", cups(1)).await.unwrap();
    assert_eq!(used(), "2 read, 18 written: 2 GetItem, TransactWriteItems", "cancel-lines");
    assert_eq!(cancelled.refund.as_ref().unwrap().amount, eur(1450));
    assert_eq!(cancel(&shelf, &order, "k", cups(1)).await.unwrap(), cancelled, "once");
    assert_eq!(used(), "2 read, 0 written: 2 GetItem", "cancel-lines: the same request again");
    assert_eq!(code(cancel(&shelf, &order, "k", cups(2)).await), "422 idempotency_key_reused");
    assert_eq!(code(cancel(&shelf, &order, "l", cups(2)).await), "422 quantity_exceeds_unshipped");
    let shipment = ship(&shelf, &order, "rest", json!({ "carrier": "Correos" })).await.unwrap();
    assert_eq!(shipment.shipment.lines[0].quantity.into_inner(), 1);
    let found = shelf.orders.get(order.order_id).await.unwrap().unwrap().value;
    assert_eq!(found.fulfillment_status(), FulfillmentStatus::Shipped);
    let events = shelf.events().await;
    let count = |name: &str| events.iter().filter(|envelope| envelope.event.name() == name).count();
    for name in ["bodega.order.lines_cancelled.v1", "bodega.refund.requested.v2"] {
        assert_eq!(count(name), 1, "{name}");
    }
    let told: Vec<What> = timeline(&shelf, ada(), &order).await.iter().map(|entry| entry.what).collect();
    let expected = [What::Placed, What::Paid, What::LinesCancelled, What::RefundRequested, What::Shipped];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_last_pieces_cancel_the_order() {
    let shelf = shelf().await;
    let (order, unpaid) = (paid(&shelf, 1).await, shelf.placed(2, SignedDuration::ZERO).await);
    let cancelled = cancel(&shelf, &order, "k", cups(2)).await.unwrap();
    assert!(cancelled.order_cancelled && cancelled.refund.is_none());
    assert_eq!(shelf.state(&order).await.0, OrderStatus::Cancelled);
    assert_eq!(code(cancel(&shelf, &order, "l", cups(1)).await), "409 order_not_confirmed");
    assert_eq!(code(cancel(&shelf, &unpaid, "m", cups(1)).await), "409 order_not_confirmed");
    let unknown = Order { order_id: OrderId::from_parts(0, 9), ..unpaid };
    assert_eq!(code(cancel(&shelf, &unknown, "n", cups(1)).await), "404 order_not_found");
}
