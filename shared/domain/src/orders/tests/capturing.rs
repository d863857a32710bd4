//! Orders whose money is captured parcel by parcel.

use super::*;
use crate::events::EndCause;
use crate::orders::cancelling::{CancelLines, CancellationRefusal, Cancelling};
use crate::orders::capturing::CaptureNews;
use crate::orders::fulfillment::{Dispatch, FulfillmentRefusal, Parcel, Queue};
use crate::orders::refunds::{RefundOutcome, RefundRefusal, RefundRequest};
use crate::orders::timeline::{Actor, What};
use crate::words::id::{CancellationId, CaptureId, RefundId, ShipmentId};

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn authorized() -> Order {
    let change = after(&placed(), PaymentNews::Authorized, 1);
    let Some(OrderEvent::Confirmed(summary)) = &change.event else { panic!("{:?}", change.event) };
    assert!(summary.is_authorized);
    let told: Vec<What> = change.entries(&placed(), Actor::System).iter().map(|entry| entry.what).collect();
    assert_eq!(told, [What::Authorized]);
    change.order
}

/// Ships one cup, whose invoice says 14.50.
fn ship_one(order: &Order, number: u128) -> Dispatch {
    let parcel = serde_json::json!({ "carrier": "Correos", "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    let parcel: Parcel = serde_json::from_value(parcel).unwrap();
    order.ship(ShipmentId::from_parts(0, number), &parcel, at(2)).unwrap().invoiced(eur(1_450))
}

fn request_of(event: Option<&OrderEvent>) -> (CaptureId, i64, i64, i64, bool) {
    let Some(OrderEvent::CaptureRequested(request)) = event else { panic!("{event:?}") };
    let amounts = [request.amount, request.together, request.most].map(Money::amount);
    (request.capture_id, amounts[0], amounts[1], amounts[2], request.is_last)
}

fn captured(order: &Order, together: i64, is_last: bool) -> Order {
    let news = CaptureNews { order_id: order.order_id, captured: eur(together), is_last, has_failed: false };
    let change = order.apply_capture(&news, at(3)).unwrap();
    assert_eq!(change.order.apply_capture(&news, at(3)), None, "again");
    change.order
}

fn cancel_one(order: &Order, number: u128) -> Result<Cancelling, CancellationRefusal> {
    let request =
        serde_json::json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    let request: CancelLines = serde_json::from_value(request).unwrap();
    order.cancel_lines(CancellationId::from_parts(0, number), &request, at(4))
}

fn refund(order: &Order, request: serde_json::Value) -> Result<(Option<Change>, i64), RefundRefusal> {
    let mut whole = serde_json::json!({ "reason": "Late." });
    whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
    let request: RefundRequest = serde_json::from_value(whole).unwrap();
    let granted = order.grant_refund(RefundId::from_parts(0, 1), &request, None, at(5));
    granted.map(|(change, refund)| (change, refund.amount.amount()))
}

#[test]
fn an_authorised_order_is_confirmed_and_each_parcel_has_its_money_captured() {
    let order = authorized();
    assert_eq!((order.status, order.payment_state()), (OrderStatus::Confirmed, PaymentState::Authorized));
    assert_eq!((order.captured(), order.paid_at, order.is_charged_whole()), (eur(0), None, false));
    let first = ship_one(&order, 1);
    let shipment = CaptureId::of_shipment(ShipmentId::from_parts(0, 1));
    assert_eq!(request_of(first.also.as_ref()), (shipment, 1_450, 1_450, 2_900, false));
    let order = captured(&first.change.unwrap().order, 1_450, false);
    assert_eq!(order.payment_state(), PaymentState::PartiallyCaptured);
    let last = ship_one(&order, 2);
    let (_, amount, together, _, is_last) = request_of(last.also.as_ref());
    assert_eq!((amount, together, is_last), (1_450, 2_900, true));
    let order = captured(&last.change.unwrap().order, 2_900, true);
    assert_eq!((order.payment_state(), order.paid_at), (PaymentState::Captured, Some(at(3))));
    assert!(
        ship_one(&after(&placed(), PaymentNews::Captured, 1).order, 1).also.is_none(),
        "captured at once"
    );
}

#[test]
fn a_cancelled_order_has_nothing_to_refund() {
    let cancelled = authorized().cancel_even_if_paid(at(2)).unwrap().unwrap();
    let Some(OrderEvent::CancelledAfterPayment(event)) = &cancelled.event else { panic!("{cancelled:?}") };
    assert!(event.order.is_authorized);
    assert_eq!(cancelled.order.payment_state(), PaymentState::Released);
    let told = cancelled.order.when_due(at(2 + 3600)).unwrap().order;
    assert_eq!(told.due_at(), None, "no refund is waited for");
    let late = after(&placed().cancel(at(1)).unwrap().unwrap().order, PaymentNews::Authorized, 2);
    assert!(matches!(late.event, Some(OrderEvent::RefundRequested(_))), "the payment service releases it");
    let too_late = after(&placed(), PaymentNews::Authorized, HELD_UNTIL + LATE_PAYMENT.as_secs());
    assert_eq!(too_late.order.status, OrderStatus::Expired);
}

#[test]
fn pieces_that_are_cancelled_before_they_are_captured_are_not_paid_for() {
    let Cancelling { cancellation, change, also } = cancel_one(&authorized(), 1).unwrap();
    assert_eq!((cancellation.refund, also), (None, None));
    let Some(OrderEvent::LinesCancelled(event)) = &change.event else { panic!("{change:?}") };
    assert_eq!((event.refund, event.not_captured), (None, Some(eur(1_450))));
    assert_eq!(change.order.owed(), eur(1_450));
    assert_eq!(change.order.summary().reduction.unwrap().not_captured, Some(eur(1_450)));
    let last = ship_one(&change.order, 1);
    let (_, amount, together, most, is_last) = request_of(last.also.as_ref());
    assert_eq!((amount, together, most, is_last), (1_450, 1_450, 1_450, true));
    let order = captured(&last.change.unwrap().order, 1_450, true);
    let pieces = serde_json::json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    let (change, amount) = refund(&order, pieces.clone()).unwrap();
    assert_eq!(amount, 1_450);
    let granted = change.unwrap().order;
    let back =
        granted.refund_settled(RefundId::from_parts(0, 1), eur(1_450), RefundOutcome::Succeeded, at(6));
    assert_eq!(back.unwrap().order.payment_state(), PaymentState::Refunded, "all that was captured");
}

#[test]
fn the_rest_is_released_when_the_last_pieces_are_cancelled() {
    let shipped = ship_one(&authorized(), 1).change.unwrap().order;
    assert_eq!(cancel_one(&shipped, 1).unwrap_err(), CancellationRefusal::CapturePending);
    let order = captured(&shipped, 1_450, false);
    let cancelling = cancel_one(&order, 1).unwrap();
    let (_, amount, together, most, is_last) = request_of(cancelling.also.as_ref());
    assert_eq!((amount, together, most, is_last), (0, 1_450, 1_450, true));
    let all = cancel_one(&cancel_one(&authorized(), 1).unwrap().change.order, 2).unwrap();
    assert!(all.cancellation.order_cancelled, "nothing was shipped");
}

#[test]
fn only_captured_money_is_refunded() {
    let order = authorized();
    assert_eq!(refund(&order, serde_json::json!({ "amount": eur(1) })), Err(RefundRefusal::Nothing));
    let order = captured(&ship_one(&order, 1).change.unwrap().order, 1_450, false);
    let two = serde_json::json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 2 }] });
    assert!(matches!(refund(&order, two), Err(RefundRefusal::QuantityExceeds { left: 1, .. })));
    let much = refund(&order, serde_json::json!({ "amount": eur(1_451) }));
    assert_eq!(much, Err(RefundRefusal::TooLarge { left: eur(1_450) }));
    let (change, _) = refund(&order, serde_json::json!({ "amount": eur(1_450) })).unwrap();
    let granted = change.unwrap().order;
    let back =
        granted.refund_settled(RefundId::from_parts(0, 1), eur(1_450), RefundOutcome::Succeeded, at(6));
    let order = back.unwrap().order;
    assert_eq!(order.payment_status, PaymentStatus::Authorized, "more is captured");
    let order = captured(&ship_one(&order, 2).change.unwrap().order, 2_900, true);
    assert_eq!(order.payment_state(), PaymentState::PartiallyRefunded);
}

#[test]
fn before_the_authorisation_ends_the_rest_is_captured_or_the_order_is_cancelled() {
    let ended = authorized().end_authorization(at(9)).unwrap();
    let Some(OrderEvent::CancelledAfterPayment(event)) = &ended.event else { panic!("{ended:?}") };
    assert_eq!(event.order.cause, Some(EndCause::AuthorizationEnded));
    assert_eq!(ended.order.status, OrderStatus::Cancelled);
    let again = ended.order.end_authorization(at(10)).unwrap();
    assert!(matches!(again.event, Some(OrderEvent::RefundRequested(_))), "it was not heard of");

    let order = captured(&ship_one(&authorized(), 1).change.unwrap().order, 1_450, false);
    let rest = order.end_authorization(at(9)).unwrap();
    let expected = (CaptureId::of_the_rest(order.order_id), 1_450, 2_900, 2_900, true);
    assert_eq!(request_of(rest.event.as_ref()), expected);
    let again = rest.order.end_authorization(at(10)).unwrap();
    assert_eq!(request_of(again.event.as_ref()), (expected.0, 0, 2_900, 2_900, true));
    let order = captured(&rest.order, 2_900, true);
    assert_eq!(order.end_authorization(at(11)), None);
    // From now on it is like any other paid order.
    assert!(ship_one(&order, 2).also.is_none());
    assert_eq!(cancel_one(&order, 1).unwrap().cancellation.refund.unwrap().amount, eur(1_450));
}

fn failed(order: &Order, together: i64) -> Change {
    let captured = eur(together);
    let news = CaptureNews { order_id: order.order_id, captured, is_last: true, has_failed: true };
    order.apply_capture(&news, at(3)).unwrap()
}

#[test]
fn a_capture_that_failed_is_told_to_the_staff() {
    let shipped = ship_one(&authorized(), 1).change.unwrap().order;
    let change = failed(&shipped, 0);
    let entry = change.entries(&shipped, Actor::System).remove(0);
    assert_eq!((entry.what, entry.data.amount, entry.public), (What::CaptureFailed, Some(eur(1_450)), false));
    assert_eq!((change.order.payment_status, change.order.captured()), (PaymentStatus::Authorized, eur(0)));
    assert_eq!(refund(&change.order, serde_json::json!({ "amount": eur(1) })), Err(RefundRefusal::Nothing));
}

/// Otherwise the money of the parcel that is paid would go back for the goods of another.
#[test]
fn after_a_failed_capture_nothing_more_is_shipped_and_nothing_goes_back_by_itself() {
    let paid_in_part = captured(&ship_one(&authorized(), 1).change.unwrap().order, 1_450, false);
    let rest = paid_in_part.end_authorization(at(2)).unwrap().order;
    let order = failed(&rest, 1_450).order;
    assert_eq!((order.payment_state(), order.paid_at), (PaymentState::CaptureFailed, None));
    assert_eq!(order.queue(), Some(Queue::PaymentProblem));
    let parcel: Parcel = serde_json::from_value(serde_json::json!({ "carrier": "Correos" })).unwrap();
    let refused = order.ship(ShipmentId::from_parts(0, 2), &parcel, at(4));
    assert_eq!(refused, Err(FulfillmentRefusal::CaptureFailed));

    let Cancelling { cancellation, change, also } = cancel_one(&order, 1).unwrap();
    assert_eq!((cancellation.refund, also), (None, None));
    assert_eq!((change.order.owed(), change.order.not_captured()), (eur(1_450), Some(eur(1_450))));
    assert_eq!(change.order.queue(), None);
    let kept = failed(&ship_one(&paid_in_part, 2).change.unwrap().order, 1_450).order;
    assert_eq!(kept.queue(), None, "all of it is with the customer");
    let by_the_staff = refund(&kept, serde_json::json!({ "amount": eur(1_450) })).unwrap();
    assert_eq!(by_the_staff.1, 1_450);
}

/// A free piece is ordered with two cups.
fn with_a_gift() -> Order {
    let mut order = authorized();
    let mut gift = order.lines[0].clone();
    (gift.sku, gift.total, gift.tax) = (Sku::try_new("GIFT").unwrap(), eur(0), eur(0));
    gift.quantity = Quantity::try_new(1).unwrap();
    order.lines.push(gift);
    order
}

fn ship(order: &Order, number: u128, lines: serde_json::Value, invoiced: i64) -> Dispatch {
    let parcel = serde_json::json!({ "carrier": "Correos", "lines": lines });
    let parcel: Parcel = serde_json::from_value(parcel).unwrap();
    order.ship(ShipmentId::from_parts(0, number), &parcel, at(2)).unwrap().invoiced(eur(invoiced))
}

fn cancel(order: &Order, lines: serde_json::Value) -> Cancelling {
    let request = serde_json::json!({ "lines": lines, "reason": "It is broken." });
    let request: CancelLines = serde_json::from_value(request).unwrap();
    order.cancel_lines(CancellationId::from_parts(0, 1), &request, at(4)).unwrap()
}

#[test]
fn the_rest_is_released_although_the_last_pieces_are_free() {
    let (cups, gift) = (
        serde_json::json!([{ "sku": "CUP-BLUE", "quantity": 2 }]),
        serde_json::json!([{ "sku": "GIFT", "quantity": 1 }]),
    );
    let paid = ship(&with_a_gift(), 1, cups.clone(), 2_900);
    let (_, amount, _, _, is_last) = request_of(paid.also.as_ref());
    assert_eq!((amount, is_last), (2_900, false));
    let order = captured(&paid.change.unwrap().order, 2_900, false);
    let cancelled = cancel(&order, gift.clone());
    let shipped = ship(&order, 2, gift.clone(), 0);
    for also in [cancelled.also, shipped.also] {
        let (_, amount, together, most, is_last) = request_of(also.as_ref());
        assert_eq!((amount, together, most, is_last), (0, 2_900, 2_900, true));
    }
    let order = captured(&order, 2_900, true);
    assert_eq!(order.payment_state(), PaymentState::Captured);

    let free = ship(&with_a_gift(), 1, gift, 0);
    assert_eq!(free.also, None);
    let cancelling = cancel(&free.change.unwrap().order, cups);
    let (_, amount, together, most, is_last) = request_of(cancelling.also.as_ref());
    assert_eq!((amount, together, most, is_last), (0, 0, 0, true));
    let order = captured(&cancelling.change.order, 0, true);
    assert_eq!((order.payment_state(), order.paid_at), (PaymentState::Released, None));
}

#[test]
fn an_order_that_is_captured_by_hand_is_paid() {
    let order = after(&authorized(), PaymentNews::Captured, 2).order;
    assert_eq!((order.payment_state(), order.paid_at), (PaymentState::Captured, Some(at(2))));
    assert!(!order.summary().is_authorized);
}
