//! Refunds of paid orders.

use super::*;
use crate::orders::refunds::{
    MAX_GRANTED, OrderRefund, RefundOutcome, RefundRefusal, RefundRequest, RefundStatus,
};
use crate::orders::timeline::{Actor, What};
use crate::words::id::RefundId;

fn eur(amount: i64) -> Money {
    Money::new(amount, Currency::EUR).unwrap()
}

/// Returns the paid order of two cups and a bag of beans with a tenth off, shipped for 4.90: 38.11.
pub(super) fn ten() -> Order {
    let mut order = after(&placed(), PaymentNews::Captured, 1).order;
    let rate = |ppm| Some(crate::words::money::Ppm::try_new(ppm).unwrap());
    let cups =
        PricedLine { total: eur(2610), tax: eur(453), tax_rate: rate(210_000), ..order.lines[0].clone() };
    let beans = PricedLine {
        sku: Sku::try_new("BEANS-250").unwrap(),
        quantity: Quantity::try_new(1).unwrap(),
        total: eur(711),
        tax: eur(65),
        tax_rate: rate(100_000),
        ..cups.clone()
    };
    order.lines = vec![beans, cups];
    order.shipping = Some(QuotedShipping {
        method: "standard".to_owned(),
        discount: eur(0),
        total: eur(490),
        tax: eur(77),
    });
    order.total = eur(3811);
    order
}

fn request(value: serde_json::Value) -> RefundRequest {
    let mut request = serde_json::json!({ "reason": "It was chipped." });
    request.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    serde_json::from_value(request).unwrap()
}

fn cups(quantity: u32) -> RefundRequest {
    request(serde_json::json!({ "lines": [{ "sku": "CUP-BLUE", "quantity": quantity }] }))
}

fn amount(amount: i64) -> RefundRequest {
    request(serde_json::json!({ "amount": { "amount": amount, "currency": "EUR" } }))
}

fn id(number: u128) -> RefundId {
    RefundId::from_parts(0, number)
}

fn granted(order: &Order, number: u128, request: &RefundRequest) -> (Order, OrderRefund) {
    let (change, refund) = order.grant_refund(id(number), request, None, at(2)).unwrap();
    let Change { order, event, given_back, .. } = change.unwrap();
    let Some(OrderEvent::RefundGranted(event)) = event else { panic!("{event:?}") };
    assert_eq!((event.refund_id, event.amount, given_back), (refund.refund_id, refund.amount, Vec::new()));
    (order, refund)
}

fn refused(order: &Order, request: &RefundRequest) -> RefundRefusal {
    order.grant_refund(id(99), request, None, at(2)).unwrap_err()
}

#[test]
fn pieces_shipping_and_an_amount_refund_an_order_to_the_cent() {
    let (order, first) = granted(&ten(), 1, &cups(1));
    assert_eq!((first.amount, first.lines[0].tax), (eur(1305), Some(eur(226))));
    let (order, second) = granted(&order, 2, &cups(1));
    assert_eq!((second.amount, second.lines[0].tax), (eur(1305), Some(eur(227))));
    assert_eq!(refused(&order, &amount(1202)), RefundRefusal::TooLarge { left: eur(1201) });
    let rest = serde_json::json!({ "lines": [{ "sku": "BEANS-250", "quantity": 1 }], "shipping": true });
    let (order, third) = granted(&order, 3, &request(rest));
    assert_eq!((third.amount, third.shipping), (eur(711 + 490), Some(eur(490))));
    assert_eq!(refused(&order, &amount(1)), RefundRefusal::Nothing);
    let order = [(1, 1305), (2, 1305), (3, 1201)].into_iter().fold(order, |order, (number, back)| {
        assert_eq!(order.payment_state() == PaymentState::PartiallyRefunded, number > 1);
        order.refund_settled(id(number), eur(back), RefundOutcome::Succeeded, at(3)).unwrap().order
    });
    assert_eq!((order.payment_status, order.status), (PaymentStatus::Refunded, OrderStatus::Confirmed));
    assert_eq!(order.refunded(), Ok(eur(3811)));
}

#[test]
fn a_refund_that_comes_back_can_be_granted_again() {
    let all = request(serde_json::json!({ "amount": eur(3811) }));
    let (order, _) = granted(&ten(), 1, &all);
    let refunded = order.refund_settled(id(1), eur(3811), RefundOutcome::Succeeded, at(3)).unwrap().order;
    assert_eq!(refunded.payment_status, PaymentStatus::Refunded);
    let back = refunded.refund_settled(id(1), eur(3811), RefundOutcome::Failed, at(4)).unwrap();
    let told: Vec<What> =
        back.entries(&refunded, Actor::System).into_iter().map(|entry| entry.what).collect();
    assert_eq!(told, [What::RefundFailed]);
    let back = back.order;
    assert_eq!((back.payment_status, back.refunded()), (PaymentStatus::Captured, Ok(eur(0))));
    for outcome in [RefundOutcome::Succeeded, RefundOutcome::Failed] {
        assert_eq!(back.refund_settled(id(1), eur(3811), outcome, at(5)), None, "{outcome:?}, in any order");
    }
    let (again, _) = granted(&back, 2, &all);
    let again = again.refund_settled(id(2), eur(3811), RefundOutcome::Succeeded, at(6)).unwrap().order;
    assert_eq!(again.payment_status, PaymentStatus::Refunded);

    let ended = ten().cancel_even_if_paid(at(3)).unwrap().unwrap().order;
    let refunded = ended.refund_settled(id(7), eur(3811), RefundOutcome::Succeeded, at(4)).unwrap().order;
    let back = refunded.refund_settled(id(7), eur(3811), RefundOutcome::Failed, at(5)).unwrap().order;
    assert_eq!(back.payment_status, PaymentStatus::RefundFailed);
}

#[test]
fn a_refund_that_failed_can_be_granted_again_at_the_same_price() {
    let (order, _) = granted(&ten(), 1, &cups(1));
    let (order, second) = granted(&order, 2, &cups(1));
    let order = order.refund_settled(id(1), eur(1305), RefundOutcome::Failed, at(3)).unwrap().order;
    assert_eq!(order.payment_status, PaymentStatus::Captured);
    let (order, again) = granted(&order, 3, &cups(1));
    let tax = |refund: &OrderRefund| refund.lines[0].tax.unwrap().amount();
    assert_eq!((again.amount, tax(&again) + tax(&second)), (eur(1305), 453));
    assert_eq!(
        order.refund_settled(id(1), eur(1305), RefundOutcome::Succeeded, at(4)),
        None,
        "it is settled"
    );
    let left = refused(&order, &cups(1));
    assert_eq!(left, RefundRefusal::QuantityExceeds { sku: Sku::try_new("CUP-BLUE").unwrap(), left: 0 });
}

#[test]
fn the_same_refund_is_granted_once() {
    let (order, refund) = granted(&ten(), 1, &cups(1));
    assert_eq!(order.grant_refund(id(1), &amount(5), None, at(9)), Ok((None, refund)));
}

#[test]
fn what_is_unclear_or_not_there_is_refused() {
    let both = request(serde_json::json!({ "shipping": true, "amount": { "amount": 5, "currency": "EUR" } }));
    for unclear in [request(serde_json::json!({})), both, amount(0)] {
        assert_eq!(refused(&ten(), &unclear), RefundRefusal::Unclear);
    }
    let dollars = request(serde_json::json!({ "amount": { "amount": 5, "currency": "USD" } }));
    assert_eq!(refused(&ten(), &dollars), RefundRefusal::OtherCurrency);
    let shipping = request(serde_json::json!({ "shipping": true }));
    let (order, _) = granted(&ten(), 1, &shipping);
    assert_eq!(refused(&order, &shipping), RefundRefusal::NoShipping);
    let cancelled = ten().cancel_even_if_paid(at(2)).unwrap().unwrap().order;
    for order in [placed(), cancelled] {
        assert_eq!(refused(&order, &amount(5)), RefundRefusal::Nothing);
    }
}

#[test]
fn staff_grant_up_to_a_limit_in_all_of_an_orders_refunds() {
    let limited = |order: &Order, value| order.grant_refund(id(9), &amount(value), Some(2000), at(2));
    assert_eq!(limited(&ten(), 2001), Err(RefundRefusal::Limit));
    let (order, _) = granted(&ten(), 1, &amount(1500));
    assert_eq!(limited(&order, 501), Err(RefundRefusal::Limit));
    assert!(limited(&order, 500).is_ok());
}

#[test]
fn an_order_has_so_many_refunds() {
    let order = (0..MAX_GRANTED).fold(ten(), |order, number| granted(&order, number as u128, &amount(1)).0);
    assert_eq!(refused(&order, &amount(1)), RefundRefusal::TooMany);
}

#[test]
fn the_rest_of_an_ended_order_is_recorded_with_what_was_granted_before() {
    let (order, _) = granted(&ten(), 1, &amount(500));
    let ended = order.cancel_even_if_paid(at(3)).unwrap().unwrap().order;
    let rest = ended.refund_settled(id(7), eur(3311), RefundOutcome::Succeeded, at(4)).unwrap().order;
    assert_eq!(rest.payment_status, PaymentStatus::Captured, "a part is still on its way");
    assert_eq!(rest.refund_settled(id(7), eur(3311), RefundOutcome::Succeeded, at(5)), None);
    let all = rest.refund_settled(id(1), eur(500), RefundOutcome::Succeeded, at(5)).unwrap().order;
    assert_eq!(all.payment_status, PaymentStatus::Refunded);
    let failed = ended.refund_settled(id(7), eur(3311), RefundOutcome::Failed, at(4)).unwrap().order;
    assert_eq!(failed.payment_status, PaymentStatus::RefundFailed);
    let granted_failed = ended.refund_settled(id(1), eur(500), RefundOutcome::Failed, at(4)).unwrap().order;
    assert_eq!(granted_failed.payment_status, PaymentStatus::RefundFailed, "nobody grants it again");
    let whole = ended.refund_settled(id(1), eur(500), RefundOutcome::Needless, at(4)).unwrap().order;
    let whole = whole.refund_settled(id(7), eur(3811), RefundOutcome::Succeeded, at(5)).unwrap().order;
    assert_eq!(whole.payment_status, PaymentStatus::Refunded);
    let early = Order { refunds: Vec::new(), ..all };
    assert_eq!(
        early.refund_settled(id(7), eur(3311), RefundOutcome::Succeeded, at(5)),
        None,
        "as an earlier version recorded it"
    );
}

#[test]
fn a_tax_that_was_added_goes_back_with_the_pieces() {
    let mut order = ten();
    order.tax_added = true;
    order.total = eur(2610 + 548 + 711 + 71 + 490 + 77);
    let (_, refund) = granted(&order, 1, &cups(2));
    assert_eq!((refund.amount, refund.lines[0].tax), (eur(2610 + 548), Some(eur(548))));
    let (_, refund) = granted(&order, 1, &request(serde_json::json!({ "shipping": true })));
    assert_eq!(refund.amount, eur(567));
}

#[derive(Debug, Clone)]
enum Move {
    Cups(u32),
    Amount(i64),
    Shipping,
    Settle(usize, bool),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        3 => (1..3u32).prop_map(Move::Cups),
        2 => (1..2000i64).prop_map(Move::Amount),
        1 => Just(Move::Shipping),
        3 => (0..8usize, any::<bool>()).prop_map(|(pick, succeeded)| Move::Settle(pick, succeeded)),
    ];
    prop::collection::vec(one, 0..16)
}

proptest! {
    /// Whatever is granted and whatever fails, no more than the total is claimed, and pieces cost what their line does.
    #[test]
    fn no_more_goes_back_than_was_paid(moves in moves()) {
        let mut order = ten();
        for (number, step) in moves.into_iter().enumerate() {
            let asked = match step {
                Move::Cups(quantity) => cups(quantity),
                Move::Amount(value) => amount(value),
                Move::Shipping => request(serde_json::json!({ "shipping": true })),
                Move::Settle(pick, succeeded) => {
                    let Some(refund) = order.refunds.get(pick).cloned() else { continue };
                    let outcome = if succeeded { RefundOutcome::Succeeded } else { RefundOutcome::Failed };
                    if let Some(change) = order.refund_settled(refund.refund_id, refund.amount, outcome, at(5)) {
                        prop_assert_eq!(change.event, None);
                        order = change.order;
                    }
                    continue;
                }
            };
            if let Ok((Some(change), refund)) = order.grant_refund(id(number as u128), &asked, None, at(4)) {
                prop_assert_eq!(change.order.refunds.last(), Some(&refund));
                order = change.order;
            }
            let counts = |refund: &&OrderRefund| refund.status != RefundStatus::Failed;
            let claimed: i64 = order.refunds.iter().filter(counts).map(|refund| refund.amount.amount()).sum();
            prop_assert!(claimed <= 3811, "{claimed}");
            let of_cups = || order.refunds.iter().filter(counts).flat_map(|refund| &refund.lines);
            let pieces: u32 = of_cups().map(|line| line.quantity.into_inner()).sum();
            let cost: i64 = of_cups().map(|line| line.amount.amount()).sum();
            prop_assert_eq!(cost, i64::from(pieces) * 1305);
            prop_assert!(pieces <= 2);
        }
    }
}
