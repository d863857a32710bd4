//! What the timeline tells of an order.

use super::*;
use crate::events::{DisputeOpened, LOST_IN_DISPUTE};
use crate::orders::fulfillment::{Parcel, ShipmentEdit};
use crate::orders::refunds::{RefundOutcome, RefundRequest};
use crate::orders::returns::{Confirmed, ReturnKind, ReturnRequest, Verdict};
use crate::orders::timeline::{Actor, Entry, What};
use crate::settings::Policy;
use crate::words::id::{DisputeId, EntryId, RefundId, ReturnId, ShipmentId};
use crate::words::setting::{Note, NoteText};

const STAFF: UserId = UserId::from_parts(0, 9);

fn told(before: &Order, change: &Change) -> Vec<What> {
    change.entries(before, Actor::System).into_iter().map(|entry| entry.what).collect()
}

fn note(text: &str) -> Note {
    Note::try_new(text).unwrap()
}

#[test]
fn an_order_says_itself_when_it_was_placed_and_paid() {
    let placed = placed();
    let paid = after(&placed, PaymentNews::Captured, 7);
    assert_eq!(told(&placed, &paid), []);
    let milestones = |order: &Order| -> Vec<_> {
        order.milestones().iter().map(|entry| (entry.what, entry.at, entry.public)).collect()
    };
    assert_eq!(milestones(&placed), [(What::Placed, at(0), true)]);
    assert_eq!(milestones(&paid.order), [(What::Placed, at(0), true), (What::Paid, at(7), true)]);
    assert_eq!(paid.order.as_placed().paid_at, None);
}

#[test]
fn each_way_to_pay_or_to_end_is_told() {
    let placed = placed();
    let declined = after(&placed, PaymentNews::Failed, 1);
    assert_eq!(told(&placed, &declined), [What::PaymentFailed]);
    let again = declined.order.apply_payment(PaymentNews::Failed, 2, at(2)).unwrap();
    assert_eq!(told(&declined.order, &again), [What::PaymentFailed], "the second card");
    let retried = declined.order.apply_payment(PaymentNews::Retried, 2, at(2)).unwrap();
    assert_eq!(told(&declined.order, &retried), [], "nothing has come of it yet");
    let expired = placed.expire(at(HELD_UNTIL)).unwrap();
    assert_eq!(told(&placed, &expired), [What::Expired]);
    let too_late = after(&placed, PaymentNews::Captured, HELD_UNTIL + LATE_PAYMENT.as_secs());
    assert_eq!(told(&placed, &too_late), [What::PaidTooLate, What::Expired]);
    let late = after(&expired.order, PaymentNews::Captured, HELD_UNTIL + 1);
    assert_eq!(told(&expired.order, &late), [What::PaidTooLate]);
    let paid = after(&placed, PaymentNews::Captured, 1).order;
    let lost = paid.reservation_lost(at(2)).unwrap();
    assert_eq!(told(&paid, &lost), [What::OutOfStock]);
}

#[test]
fn a_cancellation_says_who_and_why() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let cancelled = paid.cancel_even_if_paid(at(2)).unwrap().unwrap().because(Some(note("Ordered twice.")));
    let by = |user| cancelled.entries(&paid, Actor::of(user, &paid)).remove(0);
    let (own, staffs) = (by(paid.user_id), by(STAFF));
    assert_eq!((own.at, own.by, own.what), (at(2), Actor::Customer, What::Cancelled));
    assert_eq!(staffs.by, Actor::Staff { user_id: Some(STAFF) });
    assert_eq!(own.data.reason, Some(note("Ordered twice.")));
    assert_eq!(own.without_customer().unwrap().data.reason, None, "the customer's words");
    assert_eq!(staffs.without_customer().as_ref(), Some(&staffs), "the shop's");
    assert_eq!(staffs.for_customer().unwrap().by, Actor::Staff { user_id: None });
}

#[test]
fn parcels_are_told_with_their_pieces() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let parcel = serde_json::json!({ "carrier": "Correos", "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }] });
    let parcel: Parcel = serde_json::from_value(parcel).unwrap();
    let shipment_id = ShipmentId::from_parts(0, 1);
    let first = paid.ship(shipment_id, &parcel, at(2)).unwrap();
    let shipped = first.change.unwrap();
    let entry = shipped.entries(&paid, Actor::staff(STAFF)).remove(0);
    let data = serde_json::to_value(&entry.data).unwrap();
    let expected = serde_json::json!({
        "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "shipment_id": shipment_id, "carrier": "Correos",
    });
    assert_eq!((entry.what, data), (What::Shipped, expected));
    let second = shipped.order.ship(ShipmentId::from_parts(0, 2), &parcel, at(3)).unwrap();
    let entry = second.change.unwrap().entries(&shipped.order, Actor::staff(STAFF)).remove(0);
    assert_eq!(entry.data.lines[0].quantity.into_inner(), 1, "of this parcel");
    let edit = ShipmentEdit { delivered_at: Some(at(4)), ..ShipmentEdit::default() };
    let arrived =
        shipped.order.edit_shipment(&first.shipment, &edit, at(5)).unwrap().unwrap().change.unwrap();
    assert_eq!(told(&shipped.order, &arrived), [What::Delivered]);
}

#[test]
fn money_that_goes_back_is_told_when_it_is_promised_and_when_it_went() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let request = serde_json::json!({ "amount": { "amount": 700, "currency": "EUR" }, "reason": "Chipped." });
    let request: RefundRequest = serde_json::from_value(request).unwrap();
    let id = RefundId::from_parts(0, 1);
    let (granted, refund) = paid.grant_refund(id, &request, None, at(2)).unwrap();
    let granted = granted.unwrap();
    let entry = granted.entries(&paid, Actor::staff(STAFF)).remove(0);
    assert_eq!((entry.what, entry.data.reason), (What::RefundRequested, Some(note("Chipped."))));
    for (outcome, what, is_public) in [
        (RefundOutcome::Succeeded, What::RefundSucceeded, true),
        (RefundOutcome::Failed, What::RefundFailed, false),
    ] {
        let settled = granted.order.refund_settled(id, refund.amount, outcome, at(3)).unwrap();
        let entry = settled.entries(&granted.order, Actor::System).remove(0);
        assert_eq!((entry.what, entry.data.amount, entry.public), (what, Some(refund.amount), is_public));
    }
    let rest = RefundId::from_parts(0, 2);
    let settled = paid.refund_settled(rest, paid.total, RefundOutcome::Succeeded, at(3)).unwrap();
    assert_eq!(told(&paid, &settled), [What::RefundSucceeded], "of an ended order, nobody has granted it");
}

#[test]
fn returns_and_disputes_are_told() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let parcel: Parcel = serde_json::from_value(serde_json::json!({ "carrier": "Correos" })).unwrap();
    let shipped = paid.ship(ShipmentId::from_parts(0, 1), &parcel, at(2)).unwrap().change.unwrap().order;
    let request = ReturnRequest { kind: ReturnKind::Defect, lines: None, note: None, confirm: Confirmed };
    let id = ReturnId::from_parts(0, 1);
    let window = shipped.return_window([], &Policy::default());
    let asked = shipped.request_return(id, &request, window, at(3)).unwrap().change.unwrap();
    assert_eq!(told(&shipped, &asked), [What::ReturnRequested]);
    for (accepted, what) in [(true, What::ReturnAccepted), (false, What::ReturnRefused)] {
        let verdict = Verdict { accepted, reason: Some(note("As promised.")) };
        let decided = asked.order.decide_return(id, &verdict, at(4)).unwrap().change.unwrap();
        let entry = decided.entries(&asked.order, Actor::staff(STAFF)).remove(0);
        assert_eq!((entry.what, entry.data.reason), (what, Some(note("As promised."))));
    }
    let withdrawal = ReturnRequest { kind: ReturnKind::Withdrawal, ..request };
    let withdrawn = paid.request_return(id, &withdrawal, window, at(3)).unwrap().change.unwrap();
    assert_eq!(told(&paid, &withdrawn), [What::Cancelled, What::ReturnRequested]);
    let opened = DisputeOpened {
        dispute_id: DisputeId::from_parts(1, 1),
        payment_id: paid.payment_id,
        order_id: paid.order_id,
        user_id: paid.user_id,
        amount: paid.total,
        reason: LOST_IN_DISPUTE.to_owned(),
        due_by: None,
    };
    let disputed = paid.apply_dispute(&DisputeNews::from(&opened), at(3)).unwrap();
    let entry = disputed.entries(&paid, Actor::System).remove(0);
    assert_eq!((entry.what, entry.clone().for_customer()), (What::Disputed, None));
}

#[test]
fn an_order_that_becomes_an_accounts_remembers_the_guest() {
    let placed = placed();
    let reowned = placed.reown(placed.user_id, STAFF, at(1)).unwrap();
    let entry = reowned.entries(&placed, Actor::System).remove(0);
    assert_eq!((entry.what, entry.data.user_id), (What::Reowned, Some(placed.user_id)));
}

#[test]
fn a_note_is_gone_with_the_customer_and_public_only_if_it_says_so() {
    let text = || NoteText::try_new("Ring twice.\nThe bell is broken.").unwrap();
    for is_public in [true, false] {
        let entry = Entry::of_note(at(1), Actor::staff(STAFF), text(), is_public);
        assert_eq!(entry.without_customer(), None);
        assert_eq!(entry.for_customer().is_some(), is_public);
    }
    assert!(NoteText::try_new("").is_err() && NoteText::try_new("x".repeat(2001)).is_err());
}

#[test]
fn what_a_newer_version_tells_is_read_and_not_understood() {
    let later = serde_json::json!({
        "at": at(1), "by": { "kind": "robot", "model": 7 }, "what": "painted", "data": { "colour": "red" }, "public": true,
    });
    let entry: Entry = serde_json::from_value(later).unwrap();
    assert_eq!((entry.by, entry.what, entry.is_understood()), (Actor::Unknown, What::Unknown, false));
}

#[test]
fn entries_sort_as_they_were_written() {
    let ids = [(1, 3, 0), (1, 3, 1), (1, 4, 0), (2, 5, 0)];
    let ids: Vec<EntryId> =
        ids.map(|(second, version, index)| EntryId::of_version(at(second), version, index)).into();
    assert!(ids.is_sorted());
}
