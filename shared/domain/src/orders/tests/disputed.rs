//! Disputes of an order's payment, whose events arrive in any order.

use super::*;
use crate::events::{DisputeClosed, DisputeOpened, DisputeOutcome};
use crate::orders::disputed::DisputeStatus;
use crate::orders::fulfillment::{FulfillmentRefusal, Parcel};
use crate::orders::refunds::{RefundOutcome, RefundRefusal, RefundRequest};
use crate::words::id::{DisputeId, RefundId, ShipmentId};
use crate::words::setting::Note;

fn opened(of: &Order) -> DisputeNews {
    DisputeNews::from(&DisputeOpened {
        dispute_id: DisputeId::from_parts(1, 1),
        payment_id: of.payment_id,
        order_id: of.order_id,
        user_id: of.user_id,
        amount: of.total,
        reason: "fraudulent".to_owned(),
        due_by: None,
    })
}

fn closed(of: &Order, outcome: DisputeOutcome) -> DisputeNews {
    DisputeNews::from(&DisputeClosed {
        dispute_id: DisputeId::from_parts(1, 1),
        payment_id: of.payment_id,
        order_id: of.order_id,
        user_id: of.user_id,
        amount: of.total,
        outcome,
    })
}

#[test]
fn a_disputed_order_stays_as_it_is_but_for_its_money() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let disputed = paid.apply_dispute(&opened(&paid), at(2)).unwrap();
    assert_eq!((disputed.event, disputed.order.status), (None, OrderStatus::Confirmed));
    assert_eq!(disputed.order.payment_status, PaymentStatus::Captured);
    assert_eq!(
        (disputed.order.is_disputed(), disputed.order.payment_state()),
        (true, PaymentState::Disputed)
    );
    for (outcome, state, lost) in [
        (DisputeOutcome::Lost, PaymentState::Lost, paid.total),
        (DisputeOutcome::Won, PaymentState::Captured, paid.total.nothing_of()),
    ] {
        let order = disputed.order.apply_dispute(&closed(&paid, outcome), at(3)).unwrap().order;
        assert_eq!((order.is_disputed(), order.payment_state(), order.lost()), (false, state, lost));
        assert_eq!((order.status, order.is_understood()), (OrderStatus::Confirmed, true));
    }
}

#[test]
fn the_events_of_a_dispute_have_one_outcome_in_any_order() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let news = [opened(&paid), closed(&paid, DisputeOutcome::Lost)];
    for sequence in [[0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 1, 1], [1, 1, 0, 0]] {
        let apply = |order: Order, index: usize| {
            order.apply_dispute(&news[index], at(2)).map_or(order, |change| change.order)
        };
        let order = sequence.into_iter().fold(paid.clone(), apply);
        let statuses: Vec<DisputeStatus> = order.disputes.iter().map(|dispute| dispute.status).collect();
        assert_eq!(statuses, [DisputeStatus::Lost], "{sequence:?}");
    }
    let lost = paid.apply_dispute(&news[1], at(2)).unwrap().order;
    let overturned = lost.apply_dispute(&closed(&paid, DisputeOutcome::Won), at(3)).unwrap().order;
    assert_eq!(overturned.payment_state(), PaymentState::Captured);
}

#[test]
fn a_refund_that_a_dispute_has_made_needless_leaves_the_order_paid() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let needless =
        paid.refund_settled(RefundId::from_parts(0, 1), paid.total, RefundOutcome::Needless, at(2)).unwrap();
    assert_eq!(needless.order.payment_status, PaymentStatus::Captured);
}

#[test]
fn nothing_is_refunded_while_the_bank_decides_and_what_was_lost_is_not_refunded_again() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let disputed = paid.apply_dispute(&opened(&paid), at(2)).unwrap().order;
    let amount = RefundRequest {
        lines: None,
        shipping: false,
        amount: Some(paid.total),
        reason: Note::try_new("It was chipped.").unwrap(),
        preview: false,
    };
    let grant =
        |order: &Order| order.grant_refund(RefundId::from_parts(0, 1), &amount, None, at(4)).unwrap_err();
    assert_eq!(grant(&disputed), RefundRefusal::Disputed);
    let mut parcel: Parcel = serde_json::from_value(serde_json::json!({ "carrier": "Correos" })).unwrap();
    let ship = |parcel: &Parcel| disputed.ship(ShipmentId::from_parts(0, 1), parcel, at(3));
    assert_eq!(ship(&parcel), Err(FulfillmentRefusal::Disputed));
    parcel.although_disputed = true;
    assert!(ship(&parcel).is_ok());
    let lost = disputed.apply_dispute(&closed(&paid, DisputeOutcome::Lost), at(3)).unwrap().order;
    assert_eq!(grant(&lost), RefundRefusal::Nothing);
    let cancelled = lost.cancel_even_if_paid(at(4)).unwrap().unwrap().order;
    let told = cancelled.when_due(at(10_000)).unwrap().order;
    assert_eq!(told.due_at(), None, "the customer has the money");
}
