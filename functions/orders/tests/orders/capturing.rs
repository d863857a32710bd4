//! Orders whose money is captured parcel by parcel.

use domain::events::{CaptureFailed, CaptureRequested, EndCause, PartCaptured};
use domain::orders::cancelling::CancelLines;
use domain::orders::disputed::PaymentState;
use domain::words::id::CaptureId;
use edge::{Problem, Staff};
use orders::orders::cancel_lines;
use serde_json::json;

use crate::shipments::{code, ship};
use crate::*;

/// Returns an authorised order of two cups.
async fn authorized(shelf: &Shelf, number: u128) -> Order {
    let order = shelf.placed(number, SignedDuration::ZERO).await;
    shelf.deliver(Event::Payment(PaymentEvent::Authorized(outcome(&order)))).await;
    let state = shelf.state(&order).await;
    assert_eq!((state.0, state.1), (OrderStatus::Confirmed, PaymentStatus::Authorized));
    stored(shelf, &order).await
}

async fn stored(shelf: &Shelf, order: &Order) -> Order {
    shelf.orders.get(order.order_id).await.unwrap().unwrap().value
}

/// Returns what was to be captured, the earliest request first.
async fn requests(shelf: &Shelf) -> Vec<CaptureRequested> {
    let events = shelf.events().await.into_iter().filter_map(|envelope| match envelope.event {
        Event::Order(OrderEvent::CaptureRequested(request)) => Some(request),
        _ => None,
    });
    let mut requests: Vec<_> = events.collect();
    requests.sort_by_key(|request| (request.together.amount(), request.is_last));
    requests
}

fn captured(order: &Order, together: i64, is_last: bool) -> Event {
    Event::Payment(PaymentEvent::PartCaptured(PartCaptured {
        payment_id: order.payment_id,
        order_id: order.order_id,
        user_id: order.user_id,
        capture_id: CaptureId::from_parts(0, 1),
        amount: eur(together),
        captured: eur(together),
        is_last,
    }))
}

async fn cancel_a_cup(shelf: &Shelf, order: &Order, key: &str) -> Result<(), Problem> {
    let request = json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    let request: CancelLines = serde_json::from_value(request).unwrap();
    let call = Call::new(Staff(signed_in(9)), request, now()).with_path("order_id", order.order_id);
    let call = call.with_header("idempotency-key", key);
    cancel_lines(shelf.orders.clone(), call).await.map(|_| ())
}

fn cup() -> serde_json::Value {
    json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "carrier": "DHL" })
}

#[tokio::test]
async fn each_parcel_asks_for_its_invoice_once() {
    let shelf = shelf().await;
    let order = authorized(&shelf, 1).await;
    let first = ship(&shelf, &order, "one", cup()).await.unwrap();
    ship(&shelf, &order, "one", cup()).await.unwrap();
    let asked = requests(&shelf).await;
    assert_eq!(asked.len(), 1, "once");
    let of_parcel = CaptureId::of_shipment(first.shipment.shipment_id);
    assert_eq!((asked[0].capture_id, asked[0].amount, asked[0].is_last), (of_parcel, eur(1_450), false));
    assert_eq!(code(cancel_a_cup(&shelf, &order, "cup").await), "409 capture_pending");
    for _ in 0..2 {
        shelf.deliver(captured(&order, 1_450, false)).await;
    }
    assert_eq!(stored(&shelf, &order).await.payment_state(), PaymentState::PartiallyCaptured);
    ship(&shelf, &order, "two", json!({ "carrier": "DHL" })).await.unwrap();
    let asked = requests(&shelf).await;
    assert_eq!((asked.len(), asked[1].amount, asked[1].together), (2, eur(1_450), eur(2_900)));
    assert!(asked[1].is_last);
    shelf.deliver(captured(&order, 2_900, true)).await;
    shelf.deliver(captured(&order, 1_450, false)).await;
    let order = stored(&shelf, &order).await;
    assert_eq!((order.payment_status, order.captured()), (PaymentStatus::Captured, eur(2_900)));
}

#[tokio::test]
async fn cancelled_pieces_are_released() {
    let shelf = shelf().await;
    let order = authorized(&shelf, 1).await;
    ship(&shelf, &order, "one", cup()).await.unwrap();
    shelf.deliver(captured(&order, 1_450, false)).await;
    cancel_a_cup(&shelf, &order, "cup").await.unwrap();
    let asked = requests(&shelf).await;
    assert_eq!((asked.len(), asked[1].amount, asked[1].most), (2, eur(0), eur(1_450)));
    let order = stored(&shelf, &order).await;
    assert_eq!((order.owed(), order.refunds.len()), (eur(1_450), 0));
}

#[tokio::test]
async fn an_authorisation_that_ends_cancels_what_was_not_shipped() {
    let shelf = shelf().await;
    let [unshipped, shipped] = [authorized(&shelf, 1).await, authorized(&shelf, 2).await];
    ship(&shelf, &shipped, "one", cup()).await.unwrap();
    shelf.deliver(captured(&shipped, 1_450, false)).await;
    for order in [&unshipped, &shipped] {
        shelf.deliver(Event::Payment(PaymentEvent::AuthorizationEnding(outcome(order)))).await;
    }
    assert_eq!(shelf.state(&unshipped).await.0, OrderStatus::Cancelled);
    let events = shelf.events().await;
    let cause = events.iter().find_map(|envelope| match &envelope.event {
        Event::Order(OrderEvent::CancelledAfterPayment(cancelled)) => Some(cancelled.order.cause),
        _ => None,
    });
    assert_eq!(cause, Some(Some(EndCause::AuthorizationEnded)));
    let rest = requests(&shelf).await.pop().unwrap();
    assert_eq!((rest.capture_id, rest.amount), (CaptureId::of_the_rest(shipped.order_id), eur(1_450)));
    assert!(rest.is_last);
}

#[tokio::test]
async fn a_capture_that_failed_is_noted_for_the_staff() {
    let shelf = shelf().await;
    let order = authorized(&shelf, 1).await;
    ship(&shelf, &order, "one", json!({ "carrier": "DHL" })).await.unwrap();
    let failed = CaptureFailed {
        payment_id: order.payment_id,
        order_id: order.order_id,
        user_id: order.user_id,
        capture_id: CaptureId::from_parts(0, 1),
        amount: eur(2_900),
        captured: eur(0),
        reason: "canceled".to_owned(),
    };
    shelf.deliver(Event::Payment(PaymentEvent::CaptureFailed(failed))).await;
    let order = stored(&shelf, &order).await;
    assert!(order.capturing.is_some_and(|capturing| capturing.has_failed && capturing.is_complete));
}
