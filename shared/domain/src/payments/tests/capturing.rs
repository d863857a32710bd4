//! Money that is authorised, and captured parcel by parcel.

use super::*;
use crate::events::CaptureRequested;
use crate::words::capture::CaptureMode;
use crate::words::id::{CaptureId, ShipmentId};

const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

fn authorized(takes_several: bool) -> Payment {
    let placed = OrderPlaced { capture: CaptureMode::OnShipment, ..placed() };
    let opened = Payment::begin(&placed, NOW).opened(intent("pi_1"), NOW).unwrap().payment;
    let change = opened.settled(outcome(takes_several), NOW).unwrap();
    assert!(matches!(change.event, Some(PaymentEvent::Authorized(_))));
    assert_eq!((change.posting, change.payment.captured), (None, eur(0)), "nothing is posted");
    change.payment
}

fn outcome(takes_several: bool) -> ChargeOutcome {
    ChargeOutcome::Authorized(Authorized { capture_before: Some(NOW + WEEK), takes_several })
}

fn id(number: u8) -> CaptureId {
    CaptureId::of_shipment(ShipmentId::from_parts(0, u128::from(number)))
}

/// Returns the request for a parcel, after which so much is captured.
fn parcel(number: u8, together: i64, is_last: bool) -> CaptureRequested {
    CaptureRequested {
        order_id: order().order_id,
        payment_id: PaymentId::of(order().order_id),
        capture_id: id(number),
        amount: eur(0),
        together: eur(together),
        most: eur(4_950),
        is_last,
    }
}

fn requested(payment: &Payment, request: &CaptureRequested) -> Payment {
    payment.request_capture(request, NOW).unwrap().payment
}

fn due_capture(payment: &Payment) -> Option<(CaptureId, i64, bool)> {
    match payment.due() {
        Some(Due::Capture(capture)) => {
            assert_eq!(capture.before, payment.captured);
            Some((capture.capture_id, capture.amount.amount(), capture.is_last))
        }
        _ => None,
    }
}

#[test]
fn two_parcels_are_captured_and_posted_each() {
    let first = requested(&authorized(true), &parcel(1, 1_280, false));
    assert_eq!(due_capture(&first), Some((id(1), 1_280, false)));
    let change = first.captured_part(id(1), NOW).unwrap();
    let Some(PaymentEvent::PartCaptured(event)) = &change.event else { panic!("{:?}", change.event) };
    assert_eq!((event.amount, event.captured, event.is_last), (eur(1_280), eur(1_280), false));
    assert_eq!(change.posting.unwrap().reference, id(1).to_string());
    assert_eq!((change.payment.status, change.payment.captured), (PaymentStatus::Authorized, eur(1_280)));
    assert_eq!(change.payment.captured_part(id(1), NOW), None, "again");
    assert_eq!(change.payment.request_capture(&parcel(1, 1_280, false), NOW), None, "again");
    let second = requested(&change.payment, &parcel(2, 4_950, true));
    assert_eq!(due_capture(&second), Some((id(2), 3_670, true)));
    let change = second.captured_part(id(2), NOW).unwrap();
    assert_eq!((change.payment.status, change.payment.captured), (PaymentStatus::Captured, eur(4_950)));
    assert_eq!(change.payment.due(), None);
}

#[test]
fn a_request_that_is_lost_or_late_is_covered_by_the_next() {
    let second = requested(&authorized(true), &parcel(2, 4_000, false));
    assert_eq!(due_capture(&second), Some((id(2), 4_000, false)));
    assert_eq!(second.request_capture(&parcel(1, 1_280, false), NOW), None);
    let captured = second.captured_part(id(2), NOW).unwrap().payment;
    assert_eq!(captured.request_capture(&parcel(1, 1_280, false), NOW), None);
}

#[test]
fn a_payment_that_takes_one_capture_is_captured_whole_at_first() {
    let request = CaptureRequested { most: eur(3_500), ..parcel(1, 1_280, false) };
    let first = requested(&authorized(false), &request);
    assert_eq!(due_capture(&first), Some((id(1), 3_500, true)), "all that the customer pays");
    let captured = first.captured_part(id(1), NOW).unwrap().payment;
    assert_eq!((captured.status, captured.captured), (PaymentStatus::Captured, eur(3_500)));
    let second = CaptureRequested { most: eur(3_500), ..parcel(2, 3_500, true) };
    assert_eq!(captured.request_capture(&second, NOW), None);
}

#[test]
fn the_last_of_many_captures_takes_all() {
    let mut payment = authorized(true);
    for number in 1..=u8::try_from(MAX_CAPTURES).unwrap() {
        payment = requested(&payment, &parcel(number, i64::from(number), false));
    }
    let last = payment.captures.last().unwrap();
    assert_eq!((last.is_last, payment.captures.len()), (true, MAX_CAPTURES));
    let all: i64 = payment.captures.iter().map(|capture| capture.amount.amount()).sum();
    assert_eq!(all, 4_950);
}

#[test]
fn the_rest_is_released_once_nothing_is_left_to_ship() {
    let first = requested(&authorized(true), &parcel(1, 1_280, false));
    let part = first.captured_part(id(1), NOW).unwrap().payment;
    let release = requested(&part, &parcel(2, 1_280, true));
    assert_eq!(due_capture(&release), Some((id(2), 0, true)));
    let change = release.captured_part(id(2), NOW).unwrap();
    assert_eq!((change.payment.status, change.posting), (PaymentStatus::Captured, None));
    assert_eq!(change.payment.captured, eur(1_280));
}

#[test]
fn the_order_is_told_a_day_before_the_authorisation_ends_and_then_each_hour() {
    let payment = authorized(true);
    let from = NOW + WEEK - CAPTURED_AHEAD;
    assert_eq!((payment.due(), payment.due_at()), (Some(Due::End(from)), Some(from)));
    assert!(payment.due().unwrap().is_waiting());
    assert_eq!(payment.authorization_ends(from - SignedDuration::from_secs(1)), None);
    let told = payment.authorization_ends(from).unwrap();
    assert!(matches!(told.event, Some(PaymentEvent::AuthorizationEnding(_))));
    assert_eq!(told.payment.authorization_ends(from), None);
    assert_eq!(told.payment.due_at(), Some(from + TOLD_AGAIN));
    let unsaid = ChargeOutcome::Authorized(Authorized { capture_before: None, takes_several: true });
    let placed = OrderPlaced { capture: CaptureMode::OnShipment, ..placed() };
    let opened = Payment::begin(&placed, NOW).opened(intent("pi_1"), NOW).unwrap().payment;
    let shortest = opened.settled(unsaid, NOW).unwrap().payment;
    assert_eq!(shortest.due_at(), Some(NOW + SHORTEST_AUTHORIZATION - CAPTURED_AHEAD));
    let last = requested(&payment, &parcel(1, 4_950, true));
    assert_eq!(last.authorization_ends(from), None, "the last capture is requested");
}

#[test]
fn a_cancelled_order_is_voided_and_nothing_is_posted() {
    let cancelled = authorized(true).cancel(NOW).unwrap().payment;
    assert!(matches!(cancelled.due(), Some(Due::Cancel(_))));
    let voided = cancelled.voided(NOW).unwrap();
    assert_eq!((voided.payment.status, voided.posting, voided.event), (PaymentStatus::Voided, None, None));
    assert_eq!(voided.payment.due(), None);
    // The order ended while the customer confirmed with their bank.
    let placed = OrderPlaced { capture: CaptureMode::OnShipment, ..super::placed() };
    let opened = Payment::begin(&placed, NOW).opened(intent("pi_1"), NOW).unwrap().payment;
    let late = opened.cancel(NOW).unwrap().payment.settled(outcome(true), NOW).unwrap();
    assert_eq!(late.event, None);
    assert!(matches!(late.payment.due(), Some(Due::Cancel(_))));
}

#[test]
fn an_authorisation_that_has_ended_is_void_and_its_order_is_told() {
    let change = authorized(true).settled(declined(), NOW).unwrap();
    assert_eq!(change.payment.status, PaymentStatus::Voided);
    assert!(matches!(change.event, Some(PaymentEvent::AuthorizationEnding(_))));
    let refused = change.payment.request_capture(&parcel(1, 1_280, false), NOW).unwrap();
    let Some(PaymentEvent::CaptureFailed(event)) = &refused.event else { panic!("{:?}", refused.event) };
    assert_eq!((event.amount, event.reason.as_str()), (eur(1_280), "not_authorized"));
    assert_eq!(refused.payment.request_capture(&parcel(1, 1_280, false), NOW), None, "told once");
}

#[test]
fn a_capture_that_fails_ends_the_authorisation() {
    let first = requested(&authorized(true), &parcel(1, 1_280, false));
    let nothing = first.capture_failed(id(1), "charge_expired_for_capture", NOW).unwrap();
    assert_eq!((nothing.payment.status, nothing.payment.due()), (PaymentStatus::Voided, None));
    let part = first.captured_part(id(1), NOW).unwrap().payment;
    let both = requested(&requested(&part, &parcel(2, 2_000, false)), &parcel(3, 4_950, true));
    let failed = both.capture_failed(id(2), "charge_expired_for_capture", NOW).unwrap();
    let Some(PaymentEvent::CaptureFailed(event)) = &failed.event else { panic!("{:?}", failed.event) };
    assert_eq!((event.amount, event.captured), (eur(3_670), eur(1_280)));
    assert_eq!((failed.payment.status, failed.payment.captured), (PaymentStatus::Captured, eur(1_280)));
    assert_eq!(failed.payment.capture_failed(id(3), "again", NOW), None);
}

#[test]
fn captured_money_is_refunded_while_the_rest_is_authorised() {
    let first = requested(&authorized(true), &parcel(1, 1_280, false));
    let part = first.captured_part(id(1), NOW).unwrap().payment;
    let much = part.request_refund(refund(1), eur(1_281), NOW).unwrap();
    assert!(matches!(much.event, Some(PaymentEvent::RefundFailed(_))), "only what was captured");
    let granted = part.request_refund(refund(1), eur(1_280), NOW).unwrap().payment;
    assert!(matches!(granted.due(), Some(Due::Refund(refund)) if refund.amount == eur(1_280)));
    let refunded = granted.refunded(refund(1), NOW).unwrap().payment;
    assert_eq!((refunded.status, refunded.refunded), (PaymentStatus::Authorized, eur(1_280)));
    let last = requested(&refunded, &parcel(2, 4_950, true)).captured_part(id(2), NOW).unwrap().payment;
    assert_eq!((last.status, last.captured), (PaymentStatus::Captured, eur(4_950)));
    let released = requested(&refunded, &parcel(2, 1_280, true)).captured_part(id(2), NOW).unwrap().payment;
    assert_eq!(released.status, PaymentStatus::Refunded, "nothing more is captured");
}

#[test]
fn a_slow_refund_does_not_keep_the_shop_from_its_money() {
    let first = requested(&authorized(true), &parcel(1, 1_280, false));
    let part = first.captured_part(id(1), NOW).unwrap().payment;
    let granted = part.request_refund(refund(1), eur(5), NOW).unwrap().payment;
    let slow = granted.refund_taken_on(refund(1), intent("re_1"), NOW).unwrap().payment;
    assert_eq!(slow.due_at(), Some(NOW + REFUND_LOOK_UP));
    let late = NOW + WEEK - CAPTURED_AHEAD;
    let asked = slow.refund_still_pending(refund(1), late).unwrap().payment;
    assert_eq!(asked.due(), Some(Due::End(late)));
}

/// An ended order has nothing captured, since nothing of it was shipped. If it has all the same, its money goes back.
#[test]
fn what_was_captured_of_an_ended_order_is_refunded() {
    let first = requested(&authorized(true), &parcel(1, 1_280, false));
    let part = first.captured_part(id(1), NOW).unwrap().payment;
    for payment in [first, part] {
        let mut payment = payment.cancel(NOW).unwrap().payment;
        while let Some((of, ..)) = due_capture(&payment) {
            payment = payment.captured_part(of, NOW).unwrap().payment;
        }
        assert_eq!((payment.status, due_refund(&payment)), (PaymentStatus::Captured, Some(rest())));
        let refunded = payment.refunded(rest(), NOW).unwrap().payment;
        assert_eq!((refunded.status, refunded.refunded), (PaymentStatus::Refunded, eur(1_280)));
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// The request for a parcel arrives.
    Request(usize),
    Captured,
    Failed,
    Cancel,
    Refund(u8),
    Refunded,
    Lapse,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..6_usize).prop_map(Step::Request),
        6 => Just(Step::Captured),
        1 => Just(Step::Failed),
        1 => Just(Step::Cancel),
        2 => (0..4_u8).prop_map(Step::Refund),
        2 => Just(Step::Refunded),
        1 => Just(Step::Lapse),
    ]
}

proptest! {
    /// Whatever is asked for in which sequence, no more is captured than the customer pays, each capture is posted once, and the ledger
    /// balances; and once all requests have arrived, what was asked for is captured, unless the gateway refuses.
    #[test]
    fn captures_sum_to_what_was_asked_for(
        takes_several in any::<bool>(),
        parts in prop::collection::vec(0..1_600_i64, 1..6),
        steps in prop::collection::vec(step(), 0..24),
    ) {
        let mut together = 0;
        let mut requests: Vec<CaptureRequested> = (1..).zip(&parts).map(|(number, part)| {
            together = (together + part).min(4_950);
            parcel(number, together, usize::from(number) == parts.len())
        }).collect();
        let most = if takes_several { 4_950 } else { together.max(1) };
        requests.iter_mut().for_each(|request| request.most = eur(most));
        let (mut payment, mut postings, mut events) = (authorized(takes_several), Vec::new(), Vec::new());
        let mut is_disturbed = false;
        let mut apply = |payment: Payment, change: Option<Change>| {
            let Some(change) = change else { return payment };
            postings.extend(change.posting);
            events.extend(change.event);
            change.payment
        };
        for step in steps {
            is_disturbed |= matches!(step, Step::Failed | Step::Cancel | Step::Lapse);
            let change = match step {
                Step::Request(index) => payment.request_capture(&requests[index % requests.len()], NOW),
                Step::Captured => due_capture(&payment).and_then(|(of, ..)| payment.captured_part(of, NOW)),
                Step::Failed => due_capture(&payment).and_then(|(of, ..)| payment.capture_failed(of, "expired", NOW)),
                Step::Cancel => payment.cancel(NOW),
                Step::Refund(number) => payment.request_refund(refund(number), eur(400), NOW),
                Step::Refunded => due_refund(&payment).and_then(|of| payment.refunded(of, NOW)),
                Step::Lapse => payment.settled(declined(), NOW),
            };
            payment = apply(payment, change);
            let captured: i64 = payment.captures.iter().filter(|capture| capture.status == CaptureStatus::Captured)
                .map(|capture| capture.amount.amount()).sum();
            prop_assert_eq!(captured, payment.captured.amount());
            prop_assert!(captured <= 4_950 && payment.refunded.amount() <= captured);
        }
        for request in &requests {
            let change = payment.request_capture(request, NOW);
            payment = apply(payment, change);
        }
        while let Some((of, ..)) = due_capture(&payment) {
            let change = payment.captured_part(of, NOW);
            payment = apply(payment, change);
        }
        if !is_disturbed {
            prop_assert_eq!(payment.captured.amount(), if takes_several { together } else { most });
            prop_assert!(payment.status != PaymentStatus::Authorized || together == 0);
        }
        let held = payment.captured.minus(payment.refunded).unwrap().amount();
        prop_assert!(postings.iter().all(|posting| posting.balances() == Ok(true)));
        prop_assert_eq!(balance(Account::GatewayReceivable, &postings), i128::from(held));
        prop_assert_eq!(balance(Account::CustomerOrders, &postings), -i128::from(held));
        let references: BTreeSet<&str> = postings.iter().map(|posting| posting.reference.as_str()).collect();
        prop_assert_eq!(references.len(), postings.len(), "each moves money once");
    }
}

#[test]
fn an_order_of_which_only_free_pieces_are_sent_hears_that_nothing_is_captured() {
    let change = authorized(true).request_capture(&parcel(1, 0, true), NOW).unwrap();
    let Some(PaymentEvent::PartCaptured(event)) = &change.event else { panic!("{:?}", change.event) };
    assert_eq!((event.captured, event.is_last), (eur(0), true));
    assert!(matches!(change.payment.due(), Some(Due::Cancel(_))));
    assert_eq!(change.payment.request_capture(&parcel(1, 0, true), NOW), None, "again");
}
