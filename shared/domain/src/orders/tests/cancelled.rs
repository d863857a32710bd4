//! Pieces of paid orders that are not delivered.

use super::refunds::ten;
use super::*;
use crate::events::Reduction;
use crate::orders::cancelling::{CancelLines, CancellationRefusal, Cancelling};
use crate::orders::disputed::DisputeStatus;
use crate::orders::fulfillment::{FulfillmentStatus, Parcel, Queue};
use crate::orders::refunds::{RefundOutcome, RefundRequest};
use crate::orders::timeline::{Actor, What};
use crate::words::id::{CancellationId, DisputeId, RefundId, ShipmentId};

fn cancel(order: &Order, number: u128, lines: serde_json::Value) -> Result<Cancelling, CancellationRefusal> {
    let request = serde_json::json!({ "lines": lines, "reason": "It is broken." });
    let request: CancelLines = serde_json::from_value(request).unwrap();
    order.cancel_lines(CancellationId::from_parts(0, number), &request, at(3))
}

fn cups(quantity: u32) -> serde_json::Value {
    serde_json::json!([{ "sku": "CUP-BLUE", "quantity": quantity }])
}

fn ship_all(order: &Order) -> Order {
    let parcel: Parcel = serde_json::from_value(serde_json::json!({ "carrier": "Correos" })).unwrap();
    order.ship(ShipmentId::from_parts(0, 1), &parcel, at(4)).unwrap().change.unwrap().order
}

#[test]
fn a_cup_of_two_is_refunded_and_the_rest_is_shipped() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let Cancelling { cancellation, change, also } = cancel(&paid, 1, cups(1)).unwrap();
    let refund = cancellation.refund.unwrap();
    assert_eq!((refund.amount.amount(), cancellation.order_cancelled), (1450, false));
    assert!(
        matches!(also, Some(OrderEvent::RefundGranted(granted)) if granted.refund_id == refund.refund_id)
    );
    let Some(OrderEvent::LinesCancelled(event)) = &change.event else { panic!("{change:?}") };
    assert_eq!((event.lines[0].quantity.into_inner(), event.refund), (1, Some(refund.amount)));
    let told: Vec<What> = change.entries(&paid, Actor::System).iter().map(|entry| entry.what).collect();
    assert_eq!(told, [What::LinesCancelled, What::RefundRequested]);
    let order = &change.order;
    assert_eq!((order.left_to_ship(&order.lines[0].sku), order.queue()), (1, Some(Queue::ToShip)));
    let shipped = ship_all(order);
    assert_eq!((shipped.fulfillment_status(), shipped.queue()), (FulfillmentStatus::Shipped, None));
    assert_eq!(shipped.progress[0].shipped, 1);
    let settled = shipped.refund_settled(refund.refund_id, refund.amount, RefundOutcome::Succeeded, at(5));
    assert_eq!(settled.unwrap().order.payment_state(), PaymentState::PartiallyRefunded);
}

#[test]
fn the_last_pieces_cancel_the_order_unless_something_was_shipped() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let whole = cancel(&paid, 1, cups(2)).unwrap();
    assert!(
        whole.cancellation.order_cancelled && whole.cancellation.refund.is_none() && whole.also.is_none()
    );
    assert_eq!(whole.change.order.status, OrderStatus::Cancelled);
    assert!(matches!(whole.change.event, Some(OrderEvent::CancelledAfterPayment(_))));
    let entry = whole.change.entries(&paid, Actor::System).remove(0);
    assert_eq!((entry.what, entry.data.reason.unwrap().as_ref()), (What::Cancelled, "It is broken."));
    let one = cancel(&paid, 1, cups(1)).unwrap().change.order;
    assert_eq!(cancel(&one, 2, cups(1)).unwrap().change.order.status, OrderStatus::Cancelled, "in two steps");

    let one_piece = serde_json::json!({ "carrier": "Correos", "lines": cups(1) });
    let parcel: Parcel = serde_json::from_value(one_piece).unwrap();
    let shipped = paid.ship(ShipmentId::from_parts(0, 1), &parcel, at(2)).unwrap().change.unwrap().order;
    let rest = cancel(&shipped, 1, cups(1)).unwrap().change.order;
    assert_eq!(
        (rest.status, rest.fulfillment_status()),
        (OrderStatus::Confirmed, FulfillmentStatus::Shipped)
    );
}

#[test]
fn other_services_learn_what_was_cancelled_and_refunded() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    assert_eq!(paid.summary().reduction, None);
    let one = cancel(&paid, 1, cups(1)).unwrap().change.order;
    let Some(Reduction { cancelled, refunds, not_captured }) = one.summary().reduction else {
        panic!("{one:?}")
    };
    assert_eq!((cancelled[0].quantity.into_inner(), cancelled[0].total.amount()), (1, 1450));
    assert_eq!(refunds.unwrap().amount(), 1450);
    // Its mail shows the rest as what is cancelled now, and that money as what is paid back now.
    let whole = cancel(&one, 2, cups(1)).unwrap().change;
    let Some(OrderEvent::CancelledAfterPayment(event)) = whole.event else { panic!("{whole:?}") };
    assert_eq!(event.order.reduction, Some(Reduction { cancelled, refunds, not_captured }));
}

#[test]
fn nothing_is_cancelled_while_the_money_is_disputed() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let dispute = OrderDispute {
        dispute_id: DisputeId::from_parts(0, 1),
        amount: paid.total,
        status: DisputeStatus::Open,
    };
    let disputed = Order { disputes: vec![dispute], ..paid };
    assert_eq!(cancel(&disputed, 1, cups(1)).unwrap_err(), CancellationRefusal::Disputed);
}

#[test]
fn no_more_is_cancelled_than_is_left_to_ship() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let refused = |order: &Order, lines| cancel(order, 9, lines).unwrap_err();
    let sku = paid.lines[0].sku.clone();
    let exceeds = |left| CancellationRefusal::QuantityExceedsUnshipped { sku: sku.clone(), left };
    assert_eq!(refused(&paid, cups(3)), exceeds(2));
    assert_eq!(refused(&cancel(&paid, 1, cups(1)).unwrap().change.order, cups(2)), exceeds(1));
    assert_eq!(refused(&ship_all(&paid), cups(1)), exceeds(0));
    assert_eq!(refused(&placed(), cups(1)), CancellationRefusal::NotConfirmed);
}

#[test]
fn what_was_refunded_before_is_not_refunded_again() {
    let order = ten();
    let request = serde_json::json!({ "lines": cups(2), "reason": "Late." });
    let request: RefundRequest = serde_json::from_value(request).unwrap();
    let (granted, _) = order.grant_refund(RefundId::from_parts(0, 1), &request, None, at(2)).unwrap();
    let cancelling = cancel(&granted.unwrap().order, 1, cups(2)).unwrap();
    assert_eq!((cancelling.cancellation.refund, cancelling.also), (None, None));
    assert_eq!(cancelling.change.order.pieces_to_deliver(), 1, "the beans");

    let request = serde_json::json!({ "lines": cups(1), "reason": "Late." });
    let request: RefundRequest = serde_json::from_value(request).unwrap();
    let (granted, _) = order.grant_refund(RefundId::from_parts(0, 1), &request, None, at(2)).unwrap();
    let first = cancel(&granted.unwrap().order, 1, cups(1)).unwrap();
    assert_eq!(first.cancellation.refund, None, "it is the cup that was refunded");
    let second = cancel(&first.change.order, 2, cups(1)).unwrap();
    assert_eq!(second.cancellation.refund.unwrap().amount.amount(), 1305);
}

proptest! {
    /// However pieces are cancelled, refunded and shipped, no more is refunded than was paid, and each piece goes one way.
    #[test]
    fn each_piece_is_shipped_or_cancelled_and_paid_back_once(steps in prop::collection::vec((0..3u8, 1..3u32), 0..8)) {
        let mut order = ten();
        for (number, (step, quantity)) in (1..).zip(steps) {
            let after = match step {
                0 => cancel(&order, number, cups(quantity)).ok().map(|cancelling| cancelling.change),
                1 => {
                    let request = serde_json::json!({ "lines": cups(quantity), "reason": "Late." });
                    let request: RefundRequest = serde_json::from_value(request).unwrap();
                    let id = RefundId::from_parts(0, number);
                    order.grant_refund(id, &request, None, at(2)).ok().and_then(|(change, _)| change)
                }
                _ => {
                    let parcel = serde_json::json!({ "carrier": "Correos", "lines": cups(quantity) });
                    let parcel: Parcel = serde_json::from_value(parcel).unwrap();
                    let id = ShipmentId::from_parts(0, number);
                    order.ship(id, &parcel, at(2)).ok().and_then(|dispatch| dispatch.change)
                }
            };
            if let Some(change) = after {
                order = change.order;
            }
            let back: i64 = order.refunds.iter().map(|refund| refund.amount.amount()).sum();
            prop_assert!(back <= order.total.amount());
            for line in &order.lines {
                let counted = order.progress.iter().find(|counted| counted.sku == line.sku);
                let gone = counted.map_or(0, |counted| counted.shipped + counted.cancelled);
                prop_assert!(gone + order.left_to_ship(&line.sku) == line.quantity.into_inner());
            }
        }
    }
}
