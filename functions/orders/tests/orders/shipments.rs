//! `create-shipment`, `update-shipment`, and what they make of an order.

use domain::orders::fulfillment::{FulfillmentStatus, Parcel, Queue, ShipmentEdit};
use edge::{Problem, Staff};
use orders::orders::find_orders;
use orders::orders::view::OrderView;
use orders::settings::in_force::InForce;
use orders::shipments::{ShipmentEntry, create_shipment, update_shipment};
use serde_json::{Value, json};
use telemetry::Published;

use crate::*;

/// Returns a paid order of two cups.
pub async fn paid(shelf: &Shelf, number: u128) -> Order {
    let order = shelf.placed(number, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Captured(outcome(&order)))).await;
    shelf.orders.get(order.order_id).await.unwrap().unwrap().value
}

pub async fn ship(shelf: &Shelf, order: &Order, key: &str, parcel: Value) -> Result<ShipmentEntry, Problem> {
    ship_by(shelf.in_force(), order, key, parcel).await
}

async fn ship_by(
    settings: InForce,
    order: &Order,
    key: &str,
    parcel: Value,
) -> Result<ShipmentEntry, Problem> {
    let parcel: Parcel = serde_json::from_value(parcel).unwrap();
    let call = Call::new(Staff(signed_in(9)), parcel, now()).with_path("order_id", order.order_id);
    let reply = create_shipment(settings, call.with_header("idempotency-key", key)).await?;
    Ok(reply.body().unwrap().clone())
}

async fn edit(
    shelf: &Shelf,
    entry: &ShipmentEntry,
    version: u64,
    edit: Value,
) -> Result<ShipmentEntry, Problem> {
    let edit: ShipmentEdit = serde_json::from_value(edit).unwrap();
    let call = Call::new(Staff(signed_in(9)), edit, now())
        .with_path("order_id", entry.shipment.order_id)
        .with_path("shipment_id", entry.shipment.shipment_id)
        .with_header("if-match", &format!("\"{version}\""));
    let reply = update_shipment(shelf.orders.clone(), call).await?;
    Ok(reply.body().unwrap().clone())
}

async fn shown(shelf: &Shelf, order: &Order) -> OrderView {
    let call = Call::new(ada(), NoBody, now()).with_path("order_id", order.order_id);
    let call = call.with_query("expand=shipments").unwrap();
    get_order((shelf.in_force(), absent_users()), call).await.unwrap().body().unwrap().clone()
}

pub fn code<T: std::fmt::Debug>(refused: Result<T, Problem>) -> String {
    let problem = refused.unwrap_err();
    format!("{} {}", problem.status().as_u16(), problem.code())
}

#[tokio::test]
async fn each_parcel_is_shipped_once_and_seen_by_the_customer() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let one = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "carrier": "Correos", "tracking_number": "JD0146" });
    let first = ship(&shelf, &order, "one", one.clone()).await.unwrap();
    let again = ship(&shelf, &order, "one", one).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(
        code(ship(&shelf, &order, "one", json!({ "carrier": "DHL" })).await),
        "422 idempotency_key_reused"
    );
    let view = shown(&shelf, &order).await;
    assert_eq!(view.fulfillment_status, FulfillmentStatus::PartiallyShipped);
    assert_eq!(view.shipments, Some(vec![first.clone()]));
    assert!(!view.can.unwrap().cancel);
    let rest = ship(&shelf, &order, "two", json!({ "carrier": "DHL" })).await.unwrap();
    assert_eq!(rest.shipment.lines[0].quantity.into_inner(), 1);
    assert_eq!(code(ship(&shelf, &order, "three", json!({ "carrier": "DHL" })).await), "409 nothing_left");
    let view = shown(&shelf, &order).await;
    assert_eq!(
        (view.fulfillment_status, view.order.status),
        (FulfillmentStatus::Shipped, OrderStatus::Confirmed)
    );
    let events = shelf.events().await;
    let parcels = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::Shipped(parcel)) => Some((parcel.shipment_id, parcel.complete)),
        _ => None,
    });
    let parcels: HashMap<_, _> = parcels.collect();
    let expected = [(first.shipment.shipment_id, false), (rest.shipment.shipment_id, true)];
    assert_eq!(parcels, HashMap::from(expected));
    let acts = events.iter().filter(|envelope| matches!(envelope.event, Event::Staff(_))).count();
    assert_eq!(acts, 2, "each parcel is recorded once");
}

#[tokio::test]
async fn what_cannot_be_shipped_is_refused_and_changes_nothing() {
    let shelf = shelf().await;
    let (unpaid, order) = (shelf.placed(1, SignedDuration::ZERO).await, paid(&shelf, 2).await);
    assert_eq!(
        code(ship(&shelf, &unpaid, "k", json!({ "carrier": "DHL" })).await),
        "409 order_not_confirmed"
    );
    let three = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 3 }], "carrier": "DHL" });
    assert_eq!(code(ship(&shelf, &order, "k", three).await), "422 quantity_exceeds_order");
    let absent = Order { order_id: OrderId::from_parts(0, 99), ..order.clone() };
    assert_eq!(code(ship(&shelf, &absent, "k", json!({ "carrier": "DHL" })).await), "404 order_not_found");
    assert_eq!(shelf.orders.get(order.order_id).await.unwrap().unwrap().value, order);
}

#[tokio::test]
async fn a_parcel_and_a_cancellation_at_once_one_of_them_wins() {
    for number in 1..=8 {
        let shelf = shelf().await;
        let order = paid(&shelf, number).await;
        let settings = shelf.in_force();
        let cancel = Call::new(ada(), Optional::default(), now()).with_path("order_id", order.order_id);
        let (shipped, cancelled) = tokio::join!(
            ship(&shelf, &order, "k", json!({ "carrier": "DHL" })),
            cancel_order(settings, cancel)
        );
        assert_ne!(shipped.is_ok(), cancelled.is_ok(), "{shipped:?} {cancelled:?}");
        let after = shelf.orders.get(order.order_id).await.unwrap().unwrap().value;
        assert_eq!(after.has_shipped(), after.status == OrderStatus::Confirmed);
    }
}

#[tokio::test]
async fn a_parcel_that_arrives_delivers_the_order_once() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let parcel = ship(&shelf, &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    let arrived = json!({ "delivered_at": now(), "tracking_number": "JD0146" });
    assert_eq!(code(edit(&shelf, &parcel, 7, arrived.clone()).await), "412 version_mismatch");
    let after = edit(&shelf, &parcel, parcel.version, arrived.clone()).await.unwrap();
    assert_eq!((after.shipment.delivered_at, after.version), (Some(now()), 2));
    assert_eq!(edit(&shelf, &parcel, parcel.version, arrived).await.unwrap(), after, "the same again");
    let unknown =
        edit(&shelf, &parcel, 2, json!({ "delivered_at": now() + SignedDuration::from_secs(1) })).await;
    assert_eq!(code(unknown), "422 delivered_at_out_of_range");
    assert_eq!(shown(&shelf, &order).await.fulfillment_status, FulfillmentStatus::Delivered);
    let events = shelf.events().await;
    let is_delivered =
        |envelope: &&Envelope| matches!(envelope.event, Event::Order(OrderEvent::Delivered(_)));
    assert_eq!(events.iter().filter(is_delivered).count(), 1);
}

#[tokio::test]
async fn stock_that_is_lost_after_a_parcel_was_shipped_cancels_nothing_and_calls_the_staff() {
    let shelf = shelf().await;
    let order = paid(&shelf, 1).await;
    let one = json!({ "carrier": "DHL", "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    ship(&shelf, &order, "k", one).await.unwrap();
    let published = Published::from_now();
    let lost = ReservationLost { order_id: order.order_id };
    let lost = shelf.deliver(Event::Product(ProductEvent::ReservationLost(lost))).await;
    assert_eq!(shelf.state(&order).await.0, OrderStatus::Confirmed);
    assert_eq!(published.take(), ["ShippedStockLost=1"]);
    apply_payment_event(shelf.in_force(), Delivery::new(lost, now())).await.unwrap();
    assert!(published.take().is_empty(), "the same event again");
    assert_eq!(found(&shelf, "queue=payment_problem").await.unwrap(), [order.order_id]);
    assert_eq!(found(&shelf, "queue=to_ship").await.unwrap(), []);
    ship(&shelf, &order, "rest", json!({ "carrier": "DHL" })).await.unwrap();
    assert_eq!(found(&shelf, "queue=payment_problem").await.unwrap(), [], "they were found");
}

async fn found(shelf: &Shelf, query: &str) -> Result<Vec<OrderId>, Problem> {
    let call = Call::new(Staff(signed_in(9)), NoBody, now()).with_query(query)?;
    let reply = find_orders(shelf.orders.clone(), call).await?;
    Ok(reply.body().unwrap().items.iter().map(|view| view.order.order_id).collect())
}

#[tokio::test]
async fn the_staff_find_orders_by_queue_and_customer() {
    let shelf = shelf().await;
    let (first, second) = (paid(&shelf, 1).await, paid(&shelf, 2).await);
    let unpaid = shelf.placed(3, SignedDuration::from_secs(1)).await;
    assert_eq!(first.queue(), Some(Queue::ToShip));
    assert_eq!(found(&shelf, "queue=to_ship").await.unwrap(), [first.order_id, second.order_id]);
    ship(&shelf, &first, "k", json!({ "carrier": "DHL" })).await.unwrap();
    assert_eq!(found(&shelf, "queue=to_ship").await.unwrap(), [second.order_id]);
    let of_ada = found(&shelf, &format!("user_id={}", ada().user_id)).await.unwrap();
    assert_eq!(of_ada, [unpaid.order_id, second.order_id, first.order_id], "newest first");
    assert_eq!(found(&shelf, "limit=1&queue=to_ship").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_question_that_names_no_orders_or_several_is_refused() {
    let shelf = shelf().await;
    let user = format!("queue=to_ship&user_id={}", ada().user_id);
    for query in
        ["", "limit=5", user.as_str(), "month=2026-13", "month=2026", "queue=returned", "number=X60W"]
    {
        assert_eq!(code(found(&shelf, query).await), "400 invalid_query", "{query}");
    }
    assert_eq!(found(&shelf, "month=2026-11").await.unwrap(), []);
}

#[tokio::test]
async fn parcels_keep_to_the_budget() {
    let shelf = shelf().await;
    let (order, _) = (paid(&shelf, 1).await, paid(&shelf, 2).await);
    let settings = shelf.in_force();
    settings.at(now()).await.unwrap();
    let used = || shelf.table.used();
    used();
    let parcel = ship_by(settings.clone(), &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    assert_eq!(used(), "4 read, 16 written: 3 GetItem, Query, TransactWriteItems", "create-shipment");
    ship_by(settings.clone(), &order, "k", json!({ "carrier": "DHL" })).await.unwrap();
    assert_eq!(used(), "1 read, 0 written: GetItem", "create-shipment: the same request again");
    let number = json!({ "tracking_number": "JD0146" });
    let parcel = edit(&shelf, &parcel, parcel.version, number).await.unwrap();
    assert_eq!(used(), "2 read, 4 written: 2 GetItem, TransactWriteItems", "update-shipment");
    let arrived = json!({ "delivered_at": now() });
    edit(&shelf, &parcel, parcel.version, arrived).await.unwrap();
    assert_eq!(
        used(),
        "2 read, 11 written: 2 GetItem, TransactWriteItems",
        "update-shipment: it has arrived"
    );
    let call = Call::new(ada(), NoBody, now()).with_path("order_id", order.order_id);
    get_order((settings, absent_users()), call.with_query("expand=shipments").unwrap()).await.unwrap();
    assert_eq!(used(), "2 read, 0 written: GetItem, Query", "get-order: with its parcels");
    found(&shelf, "queue=to_ship").await.unwrap();
    assert_eq!(used(), "1.5 read, 0 written: BatchGetItem, Query", "find-orders: one to be shipped");
}
