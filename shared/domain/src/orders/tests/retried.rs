//! Declined orders, and those that are paid with another payment method.

use super::*;

#[test]
fn a_declined_order_stays_open_until_its_hold_ends() {
    let change = after(&placed(), PaymentNews::Failed, 1);
    assert_eq!(
        (change.order.status, change.order.payment_status),
        (OrderStatus::PaymentFailed, PaymentStatus::Failed)
    );
    assert_eq!(change.event, None, "its stock is held");
    let declined = change.order;
    assert!(declined.is_open());
    assert_eq!(declined.expire(at(HELD_UNTIL - 1)), None);
    let expired = declined.expire(at(HELD_UNTIL)).unwrap();
    assert_eq!(
        (expired.order.status, expired.order.payment_status),
        (OrderStatus::Expired, PaymentStatus::Failed)
    );
    let cancelled = declined.cancel(at(2)).unwrap().unwrap();
    assert_eq!(cancelled.event, Some(OrderEvent::Cancelled(declined.summary())));
    assert_eq!(declined.reservation_expired(at(2)).unwrap().order.status, OrderStatus::Expired);
}

#[test]
fn a_retried_order_awaits_payment_again() {
    let declined = after(&placed(), PaymentNews::Failed, 1).order;
    let retried = declined.apply_payment(PaymentNews::Retried, 2, at(2)).unwrap();
    assert_eq!(retried.event, None);
    let retried = retried.order;
    assert_eq!(
        (retried.status, retried.payment_status),
        (OrderStatus::AwaitingPayment, PaymentStatus::Pending)
    );
    assert_eq!(retried.payment_attempt, 2);
    for news in [PaymentNews::Failed, PaymentNews::ActionRequired] {
        assert_eq!(retried.apply_payment(news, 1, at(3)), None, "late news of the first attempt");
    }
    let paid = retried.apply_payment(PaymentNews::Captured, 2, at(3)).unwrap();
    assert!(matches!(paid.event, Some(OrderEvent::Confirmed(_))));
    assert_eq!(paid.order.clone().as_placed(), placed(), "a repeated request gets the first one's reply");
    let again = retried.apply_payment(PaymentNews::Failed, 2, at(3)).unwrap().order;
    assert_eq!((again.status, again.payment_attempt), (OrderStatus::PaymentFailed, 2));
}

/// Events of two attempts, in every sequence and twice.
#[test]
fn the_events_of_a_retried_payment_end_alike_in_any_order() {
    use PaymentNews::{ActionRequired, Captured, Failed, Retried};
    let events = [(Failed, 1), (Retried, 2), (ActionRequired, 2), (Captured, 2)];
    let mut sequences: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..events.len() {
        let longer = |sequence: &Vec<usize>| {
            let left: Vec<usize> = (0..events.len()).filter(|index| !sequence.contains(index)).collect();
            left.into_iter().map(|next| [sequence.clone(), vec![next]].concat()).collect::<Vec<_>>()
        };
        sequences = sequences.iter().flat_map(longer).collect();
    }
    assert_eq!(sequences.len(), 24);
    for (events, status) in
        [(&events[..], OrderStatus::Confirmed), (&events[..3], OrderStatus::AwaitingPayment)]
    {
        for sequence in &sequences {
            let mut order = placed();
            for index in sequence.iter().chain(sequence).filter(|index| **index < events.len()) {
                let (news, attempt) = events[*index];
                order = order.apply_payment(news, attempt, at(1)).map_or(order, |change| change.order);
            }
            assert_eq!((order.status, order.payment_attempt), (status, 2), "{sequence:?}");
        }
    }
}
