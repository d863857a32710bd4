//! Returns: what customers send back, and what they get for it.

use jiff::SignedDuration;

use super::refunds::ten;
use super::*;
use crate::events::ReturnedLine;
use crate::orders::cancelling::CancelLines;
use crate::orders::capturing::Capturing;
use crate::orders::disputed::DisputeStatus;
use crate::orders::fulfillment::{Parcel, Queue, Shipment};
use crate::orders::refunds::{RefundOutcome, RefundStatus};
use crate::orders::returns::{
    MAX_RETURNS, OrderReturn, Receipt, ReturnKind, ReturnRefusal, ReturnRequest, ReturnState, ReturnStatus,
    Returning, Verdict,
};
use crate::quote::{ShippingMethod, ShippingPrice, ShippingZone};
use crate::settings::Policy;
use crate::words::id::{CancellationId, DisputeId, RefundId, ReturnId, ShipmentId};

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

fn sku(text: &str) -> Sku {
    Sku::try_new(text).unwrap()
}

fn lines(of: &[(&str, u32)]) -> serde_json::Value {
    of.iter().map(|(sku, quantity)| serde_json::json!({ "sku": sku, "quantity": quantity })).collect()
}

/// Returns the order at full price: 41.80, of which 4.90 are for shipping.
fn demo() -> Order {
    let mut order = ten();
    let whole = [eur(790), eur(2900)];
    for (line, total) in order.lines.iter_mut().zip(whole) {
        line.total = total;
    }
    order.total = eur(4180);
    order
}

fn ship(order: &Order, of: &[(&str, u32)], number: u128, second: i64) -> (Order, Shipment) {
    let mut parcel = serde_json::json!({ "carrier": "Correos" });
    if !of.is_empty() {
        parcel["lines"] = lines(of);
    }
    let parcel: Parcel = serde_json::from_value(parcel).unwrap();
    let sent = order.ship(ShipmentId::from_parts(0, number), &parcel, at(second)).unwrap();
    (sent.change.unwrap().order, sent.shipment)
}

/// Returns the order, of which everything was shipped at second 2.
fn shipped() -> (Order, Shipment) {
    ship(&demo(), &[], 1, 2)
}

fn id(number: u128) -> ReturnId {
    ReturnId::from_parts(0, number)
}

fn request(kind: &str, of: &[(&str, u32)]) -> ReturnRequest {
    let mut request = serde_json::json!({ "kind": kind, "confirm": true });
    if !of.is_empty() {
        request["lines"] = lines(of);
    }
    serde_json::from_value(request).unwrap()
}

fn asked(
    order: &Order,
    number: u128,
    request: &ReturnRequest,
    second: i64,
) -> Result<Returning, ReturnRefusal> {
    // Parcels are those that the order has sent at second 2.
    let window = order.return_window(&[shipped().1], &Policy::default());
    order.request_return(id(number), request, window, at(second))
}

fn withdrawn(order: &Order, number: u128, of: &[(&str, u32)]) -> Order {
    asked(order, number, &request("withdrawal", of), 3).unwrap().change.unwrap().order
}

fn receipt(of: &[(&str, u32, u32)], deduction: Option<i64>) -> Receipt {
    let lines: serde_json::Value = of
        .iter()
        .map(|(sku, restock, write_off)| {
            serde_json::json!({ "sku": sku, "restock": restock, "write_off": write_off })
        })
        .collect();
    let mut receipt = serde_json::json!({ "lines": lines });
    if let Some(amount) = deduction {
        receipt["deduction"] = serde_json::json!({ "amount": eur(amount), "reason": "It was worn." });
    }
    serde_json::from_value(receipt).unwrap()
}

fn received(order: &Order, number: u128, receipt: &Receipt) -> Result<Returning, ReturnRefusal> {
    order.receive_return(id(number), receipt, UserId::from_parts(0, 9), None, at(4))
}

fn refund(returning: &Returning) -> i64 {
    match &returning.also {
        Some(OrderEvent::RefundGranted(refund)) => {
            assert_eq!(Some(refund.refund_id), returning.returned.refund_id);
            refund.amount.amount()
        }
        None => 0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_withdrawal_of_everything_pays_back_goods_and_shipping() {
    let (order, _) = shipped();
    assert_eq!((order.return_status(), order.queue()), (ReturnStatus::None, None));
    let asked = asked(&order, 1, &request("withdrawal", &[]), 3).unwrap();
    let Some(Change { order, event: Some(OrderEvent::ReturnRequested(event)), .. }) = asked.change else {
        panic!("{asked:?}")
    };
    assert!(event.is_decided && asked.also.is_none());
    assert_eq!(event.lines.iter().map(|line| line.quantity.into_inner()).sum::<u32>(), 3);
    assert_eq!(asked.returned.refund_due_at, at(3) + SignedDuration::from_hours(14 * 24));
    assert_eq!((order.return_status(), order.queue()), (ReturnStatus::Requested, Some(Queue::Return)));
    assert_eq!(order.queued_by(), asked.returned.refund_due_at);
    let back = received(&order, 1, &receipt(&[("BEANS-250", 1, 0), ("CUP-BLUE", 1, 1)], None)).unwrap();
    assert_eq!(refund(&back), 4180);
    let order = back.change.unwrap().order;
    assert_eq!((order.return_status(), order.queue()), (ReturnStatus::Returned, None));
    assert_eq!(order.refunds[0].shipping, Some(eur(490)));
}

#[test]
fn a_piece_that_comes_back_pays_what_it_cost() {
    let order = withdrawn(&shipped().0, 1, &[("CUP-BLUE", 1)]);
    let back = received(&order, 1, &receipt(&[("CUP-BLUE", 0, 1)], None)).unwrap();
    assert_eq!(refund(&back), 1450);
    let order = back.change.unwrap().order;
    assert_eq!(order.return_status(), ReturnStatus::PartiallyReturned);
    assert_eq!(received(&order, 1, &receipt(&[("CUP-BLUE", 1, 0)], None)), Err(ReturnRefusal::Received));
    // With the rest, the whole contract is withdrawn from.
    let order = withdrawn(&order, 2, &[]);
    let rest = received(&order, 2, &receipt(&[("BEANS-250", 1, 0), ("CUP-BLUE", 1, 0)], None)).unwrap();
    assert_eq!(refund(&rest), 4180 - 1450);
}

#[test]
fn nothing_is_received_while_money_is_disputed_or_captured() {
    let order = withdrawn(&shipped().0, 1, &[("CUP-BLUE", 1)]);
    let receive = |order: &Order| received(order, 1, &receipt(&[("CUP-BLUE", 1, 0)], None));
    let dispute = OrderDispute {
        dispute_id: DisputeId::from_parts(0, 1),
        amount: eur(4180),
        status: DisputeStatus::Open,
    };
    let disputed = Order { disputes: vec![dispute], ..order.clone() };
    assert_eq!(receive(&disputed), Err(ReturnRefusal::Disputed));
    let capturing = Capturing { requested: eur(4180), ..Capturing::new(eur(0)) };
    let pending = Order { capturing: Some(capturing.clone()), ..order.clone() };
    assert_eq!(receive(&pending), Err(ReturnRefusal::CapturePending));
    // Which parcels are paid, the staff have to find out.
    let failed = Capturing { captured: eur(1450), is_complete: true, has_failed: true, ..capturing };
    let payment_status = PaymentStatus::Authorized;
    let back = receive(&Order { capturing: Some(failed), payment_status, ..order }).unwrap();
    assert_eq!((refund(&back), back.returned.refund_id), (0, None));
}

#[test]
fn a_return_can_be_asked_for_until_two_weeks_after_the_last_parcel_arrived() {
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let (order, parcel) = shipped();
    let arrived = Shipment { delivered_at: Some(time("2026-11-01T10:00:00Z")), ..parcel.clone() };
    let window = order.return_window([&arrived, &parcel], &Policy::default());
    let at_time =
        |kind: &str, now: &str| order.request_return(id(1), &request(kind, &[]), window, time(now)).map(drop);
    assert_eq!(window.until(ReturnKind::Withdrawal), Some(time("2026-11-15T10:00:00Z")));
    assert!(order.can_be_withdrawn_from(window, time("2026-11-15T09:59:00Z")));
    assert_eq!(at_time("withdrawal", "2026-11-15T09:59:00Z"), Ok(()));
    assert_eq!(at_time("withdrawal", "2026-11-15T10:00:00Z"), Err(ReturnRefusal::WindowOver));
    assert!(!order.can_be_withdrawn_from(window, time("2026-11-15T10:00:00Z")));
    assert_eq!(at_time("defect", "2028-10-31T10:00:00Z"), Ok(()));
    assert_eq!(at_time("defect", "2028-11-02T10:00:00Z"), Err(ReturnRefusal::WindowOver));
    // Nobody knows of its arrival.
    let window = order.return_window([&parcel], &Policy::default());
    let until = parcel.shipped_at + SignedDuration::from_hours((7 + 14) * 24);
    assert_eq!(window.until(ReturnKind::Withdrawal), Some(until));
}

#[test]
fn the_time_does_not_begin_while_something_is_to_be_shipped() {
    let (order, parcel) = ship(&demo(), &[("BEANS-250", 1)], 1, 2);
    let window = order.return_window([&parcel], &Policy::default());
    let late = at(2) + SignedDuration::from_hours(400 * 24);
    assert!(order.request_return(id(1), &request("withdrawal", &[]), window, late).is_ok());
}

fn cancel(order: &Order, of: &[(&str, u32)], number: u128, second: i64) -> Option<Order> {
    let request = serde_json::json!({ "lines": lines(of), "reason": "It is broken." });
    let request: CancelLines = serde_json::from_value(request).unwrap();
    let cancelled = order.cancel_lines(CancellationId::from_parts(0, number), &request, at(second));
    cancelled.ok().map(|cancelled| cancelled.change.order)
}

#[test]
fn the_time_begins_when_the_last_pieces_are_cancelled_if_the_parcel_had_arrived_before() {
    let (order, parcel) = ship(&demo(), &[("BEANS-250", 1)], 1, 2);
    let arrived = |second| Shipment { delivered_at: Some(at(second)), ..parcel.clone() };
    let until = |order: &Order, parcel: &Shipment| {
        order.return_window([parcel], &Policy::default()).until(ReturnKind::Withdrawal)
    };
    let after = |second| Some(at(second) + SignedDuration::from_hours(14 * 24));
    let one_left = cancel(&order, &[("CUP-BLUE", 1)], 1, 500).unwrap();
    assert_eq!(until(&one_left, &arrived(10)), None, "a cup is to come");
    let complete = cancel(&one_left, &[("CUP-BLUE", 1)], 2, 1000).unwrap();
    assert_eq!(until(&complete, &arrived(10)), after(1000));
    assert_eq!(until(&complete, &arrived(2000)), after(2000));
    // The last piece was shipped, so an earlier cancellation has no say.
    let (shipped, second) = ship(&one_left, &[], 2, 600);
    let second = Shipment { delivered_at: Some(at(700)), ..second };
    assert_eq!(until(&shipped, &second), after(700));
}

proptest! {
    /// However an order comes to its end, the time begins with what happened last: a parcel's arrival or a cancellation.
    #[test]
    fn the_time_begins_once_nothing_more_will_come(steps in prop::collection::vec((any::<bool>(), 1..3u32, 0..5i64), 1..6)) {
        let (mut order, first) = ship(&demo(), &[("BEANS-250", 1)], 1, 2);
        let mut parcels = vec![Shipment { delivered_at: Some(at(3)), ..first }];
        let mut last = at(3);
        for (number, (ships, quantity, pause)) in (2..).zip(steps) {
            let left = order.left_to_ship(&sku("CUP-BLUE"));
            if quantity > left {
                continue;
            }
            let second = i64::try_from(number).unwrap() * 10;
            if ships {
                let (after, parcel) = ship(&order, &[("CUP-BLUE", quantity)], number, second);
                last = last.max(at(second + pause));
                parcels.push(Shipment { delivered_at: Some(at(second + pause)), ..parcel });
                order = after;
            } else {
                order = cancel(&order, &[("CUP-BLUE", quantity)], number, second).unwrap();
                if quantity == left {
                    last = last.max(at(second));
                }
            }
        }
        let until = order.return_window(&parcels, &Policy::default()).until(ReturnKind::Withdrawal);
        let expected = last + SignedDuration::from_hours(14 * 24);
        prop_assert_eq!(until, (!order.has_left_to_ship()).then_some(expected));
    }
}

#[test]
fn more_than_the_customer_has_is_not_taken_back() {
    let (order, _) = shipped();
    let refused =
        |order: &Order, of: &[(&str, u32)]| asked(order, 9, &request("withdrawal", of), 3).unwrap_err();
    let exceeds = |of: &str, left| ReturnRefusal::QuantityExceedsShipped { sku: sku(of), left };
    assert_eq!(refused(&order, &[("CUP-BLUE", 3)]), exceeds("CUP-BLUE", 2));
    assert_eq!(refused(&order, &[("POT", 1)]), exceeds("POT", 0));
    let order = withdrawn(&order, 1, &[("CUP-BLUE", 1)]);
    assert_eq!(refused(&order, &[("CUP-BLUE", 2)]), exceeds("CUP-BLUE", 1));
    let order = withdrawn(&order, 2, &[]);
    assert_eq!(refused(&order, &[]), ReturnRefusal::Nothing);
    assert_eq!(
        asked(&order, 2, &request("defect", &[]), 9),
        Ok(Returning { returned: order.returns[1].clone(), change: None, also: None })
    );
    // What did not come back can be asked for again.
    let back = received(&order, 2, &receipt(&[("BEANS-250", 1, 0)], None)).unwrap().change.unwrap().order;
    assert_eq!(refused(&back, &[("CUP-BLUE", 2)]), exceeds("CUP-BLUE", 1));
}

#[test]
fn goods_that_are_exempt_come_back_only_if_they_are_defective() {
    let (mut order, _) = shipped();
    order.lines[0].goods.no_withdrawal = true;
    let beans = ReturnRefusal::NotReturnable { sku: sku("BEANS-250") };
    let withdrawal = |of: &[(&str, u32)]| request("withdrawal", of);
    assert_eq!(asked(&order, 1, &withdrawal(&[("BEANS-250", 1)]), 3), Err(beans.clone()));
    let cups = asked(&order, 1, &withdrawal(&[]), 3).unwrap();
    assert_eq!(cups.returned.lines.len(), 1);
    let order = cups.change.unwrap().order;
    assert_eq!(asked(&order, 2, &withdrawal(&[]), 3), Err(beans));
    let defect = asked(&order, 2, &request("defect", &[]), 3).unwrap();
    assert_eq!(defect.returned.status, ReturnState::Requested);
}

#[test]
fn an_order_of_which_nothing_was_shipped_is_cancelled() {
    for order in [placed(), demo()] {
        let withdrawn = asked(&order, 1, &request("withdrawal", &[]), 3).unwrap();
        let change = withdrawn.change.unwrap();
        assert_eq!(change.order.status, OrderStatus::Cancelled);
        let Some(OrderEvent::ReturnRequested(event)) = withdrawn.also else { panic!() };
        assert_eq!((event.is_decided, event.send_by), (true, None));
        assert_eq!(change.event, order.cancel_even_if_paid(at(3)).unwrap().unwrap().event);
        assert_eq!((change.order.queue(), change.order.return_status()), (None, ReturnStatus::None));
        let again = asked(&change.order, 2, &request("withdrawal", &[]), 4);
        assert_eq!(again, Err(ReturnRefusal::Nothing));
    }
    let all = request("withdrawal", &[("CUP-BLUE", 2), ("BEANS-250", 1)]);
    assert!(asked(&demo(), 1, &all, 3).is_ok());
    let part = asked(&demo(), 1, &request("withdrawal", &[("CUP-BLUE", 2)]), 3);
    assert_eq!(part, Err(ReturnRefusal::QuantityExceedsShipped { sku: sku("CUP-BLUE"), left: 0 }));
    assert_eq!(asked(&demo(), 1, &request("defect", &[]), 3), Err(ReturnRefusal::Nothing));
    let mut exempt = demo();
    exempt.lines[1].goods.no_withdrawal = true;
    let refused = asked(&exempt, 1, &request("withdrawal", &[]), 3);
    assert_eq!(refused, Err(ReturnRefusal::NotReturnable { sku: sku("CUP-BLUE") }));
}

#[test]
fn staff_decide_about_defects_and_not_about_withdrawals() {
    let verdict = |accepted| Verdict { accepted, reason: None };
    let (order, _) = shipped();
    let order = asked(&order, 1, &request("defect", &[("CUP-BLUE", 1)]), 3).unwrap().change.unwrap().order;
    let order = withdrawn(&order, 2, &[]);
    let decide = |order: &Order, number, accepted| order.decide_return(id(number), &verdict(accepted), at(4));
    assert_eq!(decide(&order, 2, false), Err(ReturnRefusal::CannotBeRefused));
    assert_eq!(decide(&order, 2, true).unwrap().change, None, "it is accepted");
    assert_eq!(decide(&order, 3, true), Err(ReturnRefusal::NotFound));
    let cup = receipt(&[("CUP-BLUE", 1, 0)], None);
    assert_eq!(received(&order, 1, &cup), Err(ReturnRefusal::NotAccepted));
    let accepted = decide(&order, 1, true).unwrap();
    assert_eq!(accepted.returned.send_by, Some(at(4) + SignedDuration::from_hours(14 * 24)));
    let accepted = accepted.change.unwrap();
    assert!(matches!(&accepted.event, Some(OrderEvent::ReturnDecided(event)) if event.accepted));
    assert_eq!(decide(&accepted.order, 1, true).unwrap().change, None, "twice");
    assert_eq!(decide(&accepted.order, 1, false), Err(ReturnRefusal::Decided));
    let refused = decide(&order, 1, false).unwrap().change.unwrap().order;
    assert_eq!(refused.left_to_return(&sku("CUP-BLUE")), 1);
    assert_eq!(received(&refused, 1, &cup), Err(ReturnRefusal::NotAccepted));
    // A defective piece is no withdrawal: shipping stays.
    let back = received(&accepted.order, 1, &cup).unwrap();
    assert_eq!(refund(&back), 1450);
    let rest = receipt(&[("BEANS-250", 1, 0), ("CUP-BLUE", 1, 0)], None);
    assert_eq!(refund(&received(&back.change.unwrap().order, 2, &rest).unwrap()), 790 + 1450);
}

#[test]
fn what_has_lost_in_value_is_deducted() {
    let order = withdrawn(&shipped().0, 1, &[("CUP-BLUE", 1)]);
    let cup = |deduction| receipt(&[("CUP-BLUE", 0, 1)], Some(deduction));
    let back = received(&order, 1, &cup(450)).unwrap();
    assert_eq!((refund(&back), back.returned.deduction.is_some()), (1000, true));
    let none = received(&order, 1, &cup(1450)).unwrap();
    assert_eq!((refund(&none), none.returned.refund_id), (0, None));
    assert_eq!(received(&order, 1, &cup(1451)), Err(ReturnRefusal::DeductionTooLarge { most: eur(1450) }));
}

#[test]
fn more_than_announced_is_not_received() {
    let order = withdrawn(&shipped().0, 1, &[("CUP-BLUE", 1)]);
    for (of, left) in [("CUP-BLUE", 1), ("BEANS-250", 0)] {
        let refused = received(&order, 1, &receipt(&[(of, 1, 1)], None));
        assert_eq!(refused, Err(ReturnRefusal::QuantityExceedsReturn { sku: sku(of), left }));
    }
    for bad in [
        serde_json::json!([]),
        serde_json::json!([{ "sku": "A" }]),
        serde_json::json!([{ "sku": "A", "restock": 999, "write_off": 1 }]),
        serde_json::json!([{ "sku": "A", "restock": 1 }, { "sku": "A", "restock": 1 }]),
    ] {
        assert!(serde_json::from_value::<Receipt>(serde_json::json!({ "lines": bad })).is_err());
    }
}

#[test]
fn no_more_than_the_standard_way_of_shipping_is_paid_back() {
    let method = |id: &str, price| ShippingMethod {
        id: id.to_owned(),
        title: id.to_owned(),
        price: ShippingPrice::Flat(eur(price)),
        free_from: None,
        days: None,
    };
    let country = CountryCode::try_new("ES").unwrap();
    let zones =
        [ShippingZone { countries: vec![country], methods: vec![method("fast", 490), method("slow", 300)] }];
    let order = withdrawn(&shipped().0, 1, &[]);
    let standard = order.standard_shipping(&zones);
    assert_eq!(standard, Some(eur(300)));
    let all = receipt(&[("BEANS-250", 1, 0), ("CUP-BLUE", 2, 0)], None);
    let back = |order: &Order, standard| {
        refund(&order.receive_return(id(1), &all, UserId::from_parts(0, 9), standard, at(4)).unwrap())
    };
    assert_eq!(back(&order, standard), 3690 + 300);
    assert_eq!(back(&order, Some(eur(900))), 4180, "never more than was paid");
    assert_eq!(back(&order, Some(eur(0))), 3690);
    assert_eq!(order.standard_shipping(&[]), None);
}

#[test]
fn what_was_refunded_before_is_not_paid_back_again() {
    let (order, _) = shipped();
    let cup = serde_json::json!({ "lines": lines(&[("CUP-BLUE", 1)]), "reason": "It was chipped." });
    let amount = serde_json::json!({ "amount": eur(2000), "reason": "It took long." });
    let grant = |order: &Order, number, asked: &serde_json::Value| {
        let asked = serde_json::from_value(asked.clone()).unwrap();
        order.grant_refund(RefundId::from_parts(0, number), &asked, None, at(3)).unwrap().0.unwrap().order
    };
    let all = receipt(&[("BEANS-250", 1, 0), ("CUP-BLUE", 2, 0)], None);
    let order = withdrawn(&grant(&order, 1, &cup), 1, &[]);
    assert_eq!(refund(&received(&order, 1, &all).unwrap()), 4180 - 1450);
    let order = grant(&order, 2, &amount);
    assert_eq!(refund(&received(&order, 1, &all).unwrap()), 4180 - 1450 - 2000, "at most what is left");
    let failed = order.refund_settled(RefundId::from_parts(0, 2), eur(2000), RefundOutcome::Failed, at(4));
    assert_eq!(refund(&received(&failed.unwrap().order, 1, &all).unwrap()), 4180 - 1450);
}

#[test]
fn an_order_has_so_many_returns() {
    let (mut order, _) = shipped();
    order.lines[1].quantity = Quantity::try_new(99).unwrap();
    order.progress.iter_mut().for_each(|line| line.shipped = 99);
    let order =
        (0..MAX_RETURNS).fold(order, |order, number| withdrawn(&order, number as u128, &[("CUP-BLUE", 1)]));
    assert_eq!(asked(&order, 99, &request("withdrawal", &[]), 3), Err(ReturnRefusal::TooMany));
}

#[test]
fn a_request_that_nobody_has_confirmed_is_none() {
    for bad in [
        serde_json::json!({ "kind": "withdrawal" }),
        serde_json::json!({ "kind": "withdrawal", "confirm": false }),
        serde_json::json!({ "kind": "whim", "confirm": true }),
        serde_json::json!({ "kind": "defect", "confirm": true, "reason": "none" }),
    ] {
        assert!(serde_json::from_value::<ReturnRequest>(bad.clone()).is_err(), "{bad}");
    }
}

#[derive(Debug, Clone)]
enum Move {
    Ask(bool, u32, u32),
    Receive(usize, bool),
    Decide(usize, bool),
    Ship(u32),
    Grant(i64),
    Settle(usize, bool),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (any::<bool>(), 0..3u32, 0..3u32).prop_map(|(is_defect, beans, cups)| Move::Ask(is_defect, beans, cups)),
        4 => (0..6usize, any::<bool>()).prop_map(|(pick, all)| Move::Receive(pick, all)),
        2 => (0..6usize, any::<bool>()).prop_map(|(pick, accepted)| Move::Decide(pick, accepted)),
        3 => (1..3u32).prop_map(Move::Ship),
        1 => (1..2000i64).prop_map(Move::Grant),
        2 => (0..6usize, any::<bool>()).prop_map(|(pick, succeeded)| Move::Settle(pick, succeeded)),
    ];
    prop::collection::vec(one, 0..24)
}

fn taken(order: &Order, number: u128, step: &Move) -> Option<Change> {
    let picked = |pick: &usize| order.returns.get(*pick).cloned();
    match step {
        Move::Ask(is_defect, beans, cups) => {
            let of: Vec<_> = [("BEANS-250", *beans), ("CUP-BLUE", *cups)]
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .collect();
            asked(order, number, &request(if *is_defect { "defect" } else { "withdrawal" }, &of), 3)
                .ok()?
                .change
        }
        Move::Receive(pick, all) => {
            let OrderReturn { return_id, lines, .. } = picked(pick)?;
            let back: Vec<_> =
                lines.iter().map(|line| (line.sku.to_string(), line.quantity.into_inner())).collect();
            let of = back.iter().map(|(sku, count)| (sku.as_str(), u32::from(*all), count - u32::from(*all)));
            let of: Vec<_> = of.collect();
            order
                .receive_return(return_id, &receipt(&of, None), UserId::from_parts(0, 9), None, at(4))
                .ok()?
                .change
        }
        Move::Decide(pick, accepted) => {
            let verdict = Verdict { accepted: *accepted, reason: None };
            order.decide_return(picked(pick)?.return_id, &verdict, at(4)).ok()?.change
        }
        Move::Ship(count) => {
            let parcel = serde_json::json!({ "carrier": "Correos", "lines": lines(&[("CUP-BLUE", *count)]) });
            let parcel: Parcel = serde_json::from_value(parcel).unwrap();
            order.ship(ShipmentId::from_parts(0, number), &parcel, at(2)).ok()?.change
        }
        Move::Grant(value) => {
            let asked = serde_json::json!({ "amount": eur(*value), "reason": "It took long." });
            let asked = serde_json::from_value(asked).unwrap();
            order.grant_refund(RefundId::from_parts(0, number), &asked, None, at(4)).ok()?.0
        }
        Move::Settle(pick, succeeded) => {
            let refund = order.refunds.get(*pick)?;
            let outcome = if *succeeded { RefundOutcome::Succeeded } else { RefundOutcome::Failed };
            order.refund_settled(refund.refund_id, refund.amount, outcome, at(5))
        }
    }
}

proptest! {
    /// Whatever is asked for, received, refused and refunded: no piece comes back that was not shipped or came back before, and no
    /// more is claimed than was paid.
    #[test]
    fn no_piece_comes_back_twice_and_no_more_goes_back_than_was_paid(moves in moves()) {
        let order = ship(&demo(), &[("BEANS-250", 1)], 1, 2).0;
        let order = moves.iter().enumerate().fold(order, |order, (number, step)| {
            taken(&order, 100 + number as u128, step).map_or(order, |change| change.order)
        });
        for line in &order.lines {
            let shipped = order.progress.iter().find(|counted| counted.sku == line.sku).map_or(0, |line| line.shipped);
            let back: u64 = order.returns.iter().flat_map(|returned| &returned.received)
                .filter(|received| received.sku == line.sku).map(ReturnedLine::pieces).sum();
            prop_assert!(back <= u64::from(shipped), "{:?}", order);
        }
        let claimed = order.refunds.iter().filter(|refund| refund.status != RefundStatus::Failed);
        let claimed: i64 = claimed.map(|refund| refund.amount.amount()).sum();
        prop_assert!(claimed <= order.total.amount(), "{:?}", order);
        for returned in &order.returns {
            let is_refunded = order.refunds.iter().any(|refund| Some(refund.refund_id) == returned.refund_id);
            prop_assert_eq!(is_refunded, returned.refund_id.is_some());
            prop_assert!(returned.refund_id.is_none() || returned.status == ReturnState::Received);
        }
        prop_assert_eq!(order.queue() == Some(Queue::Return), order.returns.iter().any(OrderReturn::is_open));
    }
}

#[test]
fn what_was_cancelled_before_is_not_withdrawn_from() {
    let cancelled =
        serde_json::json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": 1 }], "reason": "It is broken." });
    let cancelled = serde_json::from_value(cancelled).unwrap();
    let order = ten().cancel_lines(CancellationId::from_parts(0, 1), &cancelled, at(2)).unwrap().change.order;
    let left = [("BEANS-250", 1), ("CUP-BLUE", 1)];
    for of in [&left[..], &[]] {
        let withdrawal = asked(&order, 1, &request("withdrawal", of), 3).unwrap();
        let lines = withdrawal.returned.lines.iter();
        let lines: Vec<_> = lines.map(|line| (line.sku.to_string(), line.quantity.into_inner())).collect();
        assert_eq!(lines, left.map(|(sku, quantity)| (sku.to_owned(), quantity)));
    }
    let two = asked(&order, 1, &request("withdrawal", &[("CUP-BLUE", 2), ("BEANS-250", 1)]), 3);
    assert!(matches!(two, Err(ReturnRefusal::QuantityExceedsShipped { .. })), "{two:?}");
}
