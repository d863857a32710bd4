//! Orders that are shipped, in one parcel or in several.

use super::*;
use crate::orders::cancelling::CancelLines;
use crate::orders::disputed::DisputeStatus;
use crate::orders::fulfillment::{
    Dispatch, FulfillmentRefusal, FulfillmentStatus, LineProgress, Parcel, Queue, Shipment, ShipmentEdit,
};
use crate::orders::returns::ReturnRequest;
use crate::orders::timeline::{Actor, What};
use crate::settings::Policy;
use crate::words::id::{CancellationId, DisputeId, ReturnId, ShipmentId};
use crate::words::line::{Line, Lines};
use crate::words::setting::Label;

fn sku(text: &str) -> Sku {
    Sku::try_new(text).unwrap()
}

fn parcel(lines: &[(&str, u32)]) -> Parcel {
    let lines = lines
        .iter()
        .map(|(text, quantity)| Line { sku: sku(text), quantity: Quantity::try_new(*quantity).unwrap() });
    let lines: Vec<Line> = lines.collect();
    Parcel {
        lines: (!lines.is_empty()).then(|| Lines::try_from(lines).unwrap()),
        carrier: Label::try_new("Correos").unwrap(),
        tracking_number: None,
        tracking_url: None,
        although_disputed: false,
    }
}

fn id(number: u128) -> ShipmentId {
    ShipmentId::from_parts(0, number)
}

/// Returns a paid order of one bag of beans and two cups.
fn paid() -> Order {
    let mut order = after(&placed(), PaymentNews::Captured, 1).order;
    let beans = PricedLine {
        sku: sku("BEANS-500"),
        title: Title::try_new("Beans").unwrap(),
        quantity: Quantity::try_new(1).unwrap(),
        ..order.lines[0].clone()
    };
    order.lines.push(beans);
    order
}

fn shipped(order: &Order, lines: &[(&str, u32)], second: i64) -> (Order, Shipment, OrderEvent) {
    let Dispatch { shipment, change } = order.ship(id(1), &parcel(lines), at(second)).unwrap();
    let Change { order, event, given_back, .. } = change.unwrap();
    assert_eq!(given_back, []);
    (order, shipment, event.unwrap())
}

#[test]
fn two_parcels_ship_an_order_and_a_third_has_nothing_left() {
    let order = paid();
    assert_eq!(
        (order.fulfillment_status(), order.queue()),
        (FulfillmentStatus::Unfulfilled, Some(Queue::ToShip))
    );
    let (order, first, event) = shipped(&order, &[("BEANS-500", 1)], 2);
    assert!(matches!(event, OrderEvent::Shipped(event) if !event.complete && event.lines == first.lines));
    let status = (order.fulfillment_status(), order.queue());
    assert_eq!(status, (FulfillmentStatus::PartiallyShipped, Some(Queue::ToShip)));
    let (order, second, event) = shipped(&order, &[], 3);
    assert!(matches!(event, OrderEvent::Shipped(event) if event.complete));
    assert_eq!((second.lines[0].sku.as_ref(), second.lines[0].quantity.into_inner()), ("CUP-BLUE", 2));
    assert_eq!(second.lines.len(), 1);
    assert_eq!((order.fulfillment_status(), order.queue()), (FulfillmentStatus::Shipped, None));
    assert_eq!(order.ship(id(3), &parcel(&[]), at(4)), Err(FulfillmentRefusal::NothingLeft));
    assert_eq!(order.status, OrderStatus::Confirmed);
}

#[test]
fn no_more_is_shipped_than_was_ordered() {
    let (order, ..) = shipped(&paid(), &[("CUP-BLUE", 1)], 2);
    let refused = |text: &str, left| Err(FulfillmentRefusal::QuantityExceedsOrder { sku: sku(text), left });
    assert_eq!(order.ship(id(2), &parcel(&[("CUP-BLUE", 2)]), at(3)), refused("CUP-BLUE", 1));
    assert_eq!(order.ship(id(2), &parcel(&[("TAMPER", 1)]), at(3)), refused("TAMPER", 0));
}

#[test]
fn only_a_paid_order_is_shipped() {
    let cancelled = paid().cancel_even_if_paid(at(2)).unwrap().unwrap().order;
    for order in [placed(), cancelled, placed().expire(at(HELD_UNTIL)).unwrap().order] {
        assert_eq!(order.ship(id(1), &parcel(&[]), at(3)), Err(FulfillmentRefusal::NotConfirmed));
        assert_eq!(order.queue(), None);
    }
}

#[test]
fn an_order_of_which_a_part_was_shipped_is_not_cancelled() {
    let (order, ..) = shipped(&paid(), &[("BEANS-500", 1)], 2);
    assert_eq!(order.cancel_even_if_paid(at(3)), Err(OrderRefusal::Shipped));
}

#[test]
fn an_order_whose_rest_has_gone_to_other_orders_waits_for_the_staff_until_it_is_shipped_or_cancelled() {
    let (order, ..) = shipped(&paid(), &[("BEANS-500", 1)], 2);
    let change = order.reservation_lost(at(3)).unwrap();
    let told: Vec<What> = change.entries(&order, Actor::System).iter().map(|entry| entry.what).collect();
    assert_eq!((told, &change.event), (vec![What::StockLost], &None));
    let lost = change.order;
    assert_eq!((lost.status, lost.queue()), (OrderStatus::Confirmed, Some(Queue::PaymentProblem)));
    assert_eq!(lost.reservation_lost(at(4)), None, "once");
    let (found, ..) = shipped(&lost, &[], 5);
    assert_eq!(found.queue(), None);
    assert!(found.stock_lost_at.is_some(), "their count is wrong all the same");
    let request = serde_json::json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }], "reason": "Gone." });
    let request: CancelLines = serde_json::from_value(request).unwrap();
    let cancelled = lost.cancel_lines(CancellationId::from_parts(0, 1), &request, at(5)).unwrap();
    assert_eq!(cancelled.change.order.queue(), None);
}

#[test]
fn an_order_waits_in_the_most_urgent_of_its_queues() {
    let (order, parcel, _) = shipped(&paid(), &[("BEANS-500", 1)], 2);
    assert_eq!(order.queue(), Some(Queue::ToShip));
    let lost = order.reservation_lost(at(3)).unwrap().order;
    assert_eq!((lost.queue(), lost.queued_by()), (Some(Queue::PaymentProblem), lost.placed_at));
    let request = serde_json::json!({ "kind": "withdrawal", "confirm": true });
    let request: ReturnRequest = serde_json::from_value(request).unwrap();
    let window = lost.return_window([&parcel], &Policy::default());
    let asked = lost.request_return(ReturnId::from_parts(0, 1), &request, window, at(4)).unwrap();
    let back = asked.change.unwrap().order;
    assert_eq!((back.queue(), back.queued_by()), (Some(Queue::Return), asked.returned.refund_due_at));
    let news = |status| DisputeNews {
        order_id: back.order_id,
        dispute_id: DisputeId::from_parts(0, 1),
        amount: back.total,
        status,
    };
    let disputed = back.apply_dispute(&news(DisputeStatus::Open), at(5)).unwrap().order;
    assert_eq!((disputed.queue(), disputed.queued_by()), (Some(Queue::Disputed), back.placed_at));
    let won = disputed.apply_dispute(&news(DisputeStatus::Won), at(6)).unwrap().order;
    assert_eq!(won.queue(), Some(Queue::Return));
}

#[test]
fn a_parcel_arrives_once_and_its_time_can_be_corrected() {
    let (order, first, _) = shipped(&paid(), &[("BEANS-500", 1)], 100);
    let (order, second, _) = shipped(&order, &[], 100);
    let arrives = |second| ShipmentEdit { delivered_at: Some(at(second)), ..ShipmentEdit::default() };
    for wrong in [99, 301] {
        let refused = order.edit_shipment(&first, &arrives(wrong), at(300));
        assert_eq!(refused, Err(FulfillmentRefusal::DeliveryOutOfRange), "{wrong}");
    }
    let Dispatch { shipment: first, change } =
        order.edit_shipment(&first, &arrives(200), at(300)).unwrap().unwrap();
    let Change { order, event, .. } = change.unwrap();
    assert_eq!((order.fulfillment_status(), event), (FulfillmentStatus::PartiallyDelivered, None));
    assert_eq!(order.edit_shipment(&first, &arrives(200), at(300)), Ok(None));
    let corrected = order.edit_shipment(&first, &arrives(150), at(300)).unwrap().unwrap();
    assert_eq!((corrected.shipment.delivered_at, corrected.change), (Some(at(150)), None));
    let last = order.edit_shipment(&second, &arrives(300), at(300)).unwrap().unwrap().change.unwrap();
    assert_eq!(last.order.fulfillment_status(), FulfillmentStatus::Delivered);
    assert!(matches!(last.event, Some(OrderEvent::Delivered(_))));
}

#[test]
fn what_a_newer_version_counts_of_a_line_is_kept() {
    let (mut order, ..) = shipped(&paid(), &[("CUP-BLUE", 1)], 2);
    let counted = serde_json::json!({ "sku": "CUP-BLUE", "shipped": 1, "delivered": 0, "returned": 1 });
    order.progress = vec![serde_json::from_value::<LineProgress>(counted).unwrap()];
    let (order, ..) = shipped(&order, &[("CUP-BLUE", 1)], 3);
    let expected = serde_json::json!([{ "sku": "CUP-BLUE", "shipped": 2, "delivered": 0, "returned": 1 }]);
    assert_eq!(serde_json::to_value(&order.progress).unwrap(), expected);
}

proptest! {
    /// However an order is split into parcels, each piece is in one of them.
    #[test]
    fn each_piece_is_shipped_once(parcels in prop::collection::vec((0..3u32, 0..3u32), 0..6)) {
        let (mut order, mut pieces) = (paid(), 0);
        for (number, (cups, beans)) in parcels.into_iter().enumerate() {
            let lines: Vec<_> =
                [("CUP-BLUE", cups), ("BEANS-500", beans)].into_iter().filter(|(_, quantity)| *quantity > 0).collect();
            let left: u32 = order.lines.iter().map(|line| order.left_to_ship(&line.sku)).sum();
            match order.ship(id(number as u128), &parcel(&lines), at(2)) {
                Ok(Dispatch { shipment, change }) => {
                    pieces += shipment.lines.iter().map(|line| line.quantity.into_inner()).sum::<u32>();
                    order = change.unwrap().order;
                    let left_now: u32 = order.lines.iter().map(|line| order.left_to_ship(&line.sku)).sum();
                    prop_assert!(left_now < left, "a parcel is not empty");
                }
                Err(FulfillmentRefusal::NothingLeft) => prop_assert_eq!(left, 0),
                Err(refusal) => {
                    let exceeds = matches!(refusal, FulfillmentRefusal::QuantityExceedsOrder { .. });
                    prop_assert!(exceeds, "{refusal:?}");
                }
            }
            let left: u32 = order.lines.iter().map(|line| order.left_to_ship(&line.sku)).sum();
            prop_assert_eq!(pieces + left, 3);
            prop_assert_eq!(order.queue().is_some(), left > 0);
        }
    }
}
