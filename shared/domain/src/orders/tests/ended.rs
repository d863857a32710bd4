//! Orders that have ended with their customer's money.

use super::*;

const HOUR: i64 = 3_600;

fn cancelled_paid(second: i64) -> Order {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    paid.cancel_even_if_paid(at(second)).unwrap().unwrap().order
}

#[test]
fn an_order_that_was_cancelled_after_payment_says_so_twice() {
    let ended = cancelled_paid(2);
    let refunded = after(&ended, PaymentNews::Refunded, 3).order;
    for order in [ended, refunded] {
        let due = order.due_at().unwrap();
        assert_eq!(order.when_due(due - jiff::SignedDuration::from_secs(1)), None);
        let again = order.when_due(due).unwrap();
        let event = OrderEvent::CancelledAfterPayment(OrderCancelled { order: order.summary() });
        assert_eq!(again.event, Some(event));
        let refund_is_known = order.payment_status == PaymentStatus::Refunded;
        assert_eq!(again.order.due_at().is_none(), refund_is_known, "and not a third time");
    }
}

#[test]
fn a_refund_that_nobody_has_heard_of_is_requested_again_each_hour() {
    let ended = Order { tells_again: false, ..cancelled_paid(2) };
    assert_eq!(ended.when_due(at(1 + HOUR)), None, "it was just requested");
    let change = ended.when_due(at(2 + HOUR)).unwrap();
    assert_eq!(change.event, Some(OrderEvent::RefundRequested(ended.summary())));
    assert_eq!(change.order, Order { updated_at: at(2 + HOUR), ..ended });
    assert_eq!(change.order.when_due(at(1 + 2 * HOUR)), None);
    assert!(change.order.when_due(at(2 + 2 * HOUR)).is_some());
    for news in [PaymentNews::Refunded, PaymentNews::RefundFailed] {
        let known = after(&change.order, news, 3 + HOUR).order;
        assert_eq!((known.due_at(), known.when_due(at(100 * HOUR))), (None, None), "{news:?}");
    }
}

#[test]
fn every_way_to_end_with_the_money_is_followed_up() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let too_late = HELD_UNTIL + LATE_PAYMENT.as_secs();
    let unpaid = placed().cancel(at(1)).unwrap().unwrap().order;
    for ended in [
        Order { tells_again: false, ..cancelled_paid(2) },
        paid.reservation_lost(at(2)).unwrap().order,
        after(&placed(), PaymentNews::Captured, too_late).order,
        after(&unpaid, PaymentNews::Captured, 2).order,
    ] {
        let (due, ended_at) = (ended.due_at().unwrap(), ended.updated_at);
        assert_eq!(due, ended_at + REFUND_REQUEST, "{ended:?}");
        assert!(matches!(ended.when_due(due).unwrap().event, Some(OrderEvent::RefundRequested(_))));
    }
    assert_eq!((unpaid.due_at(), paid.due_at()), (None, None));
    assert_eq!(placed().due_at(), Some(at(HELD_UNTIL)));
}

proptest! {
    #[test]
    fn what_is_done_is_no_longer_due(steps in steps(), second in 0..100 * HOUR) {
        let order = steps.iter().fold(placed(), |order, (step, second)| {
            take(&order, step, at(*second)).map_or(order, |change| change.order)
        });
        let change = order.when_due(at(second));
        prop_assert_eq!(change.is_some(), order.due_at().is_some_and(|due| due <= at(second)));
        if let Some(change) = change {
            prop_assert_eq!(change.order.when_due(at(second)), None);
        }
    }
}
