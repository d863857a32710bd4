mod cancelled;
mod capturing;
mod disputed;
mod ended;
mod refunds;
mod retried;
mod returns;
mod shipped;
mod timeline;

use proptest::prelude::*;

use super::*;
use crate::events::OrderCancelled;
use crate::events::{Event, PasswordChanged, UserEvent, UserMerged};
use crate::stock::{Reservation, ReservationStatus};
use crate::words::goods::{Goods, Quantity, Sku, Title};
use crate::words::hold::LATE_PAYMENT;
use crate::words::money::Currency;
use crate::words::pay_with::PayWith;
use crate::words::payment_method::PaymentMethod;
use crate::words::person::{AddressLine, CountryCode, Name};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

const HELD_UNTIL: i64 = 900;

fn held() -> Reservation {
    let eur = |amount| Money::new(amount, Currency::EUR).unwrap();
    Reservation {
        order_id: OrderId::from_parts(0, 1),
        lines: vec![PricedLine {
            sku: Sku::try_new("CUP-BLUE").unwrap(),
            title: Title::try_new("Espresso cup, Blue").unwrap(),
            quantity: Quantity::try_new(2).unwrap(),
            unit_price: eur(1450),
            total: eur(2900),
            tax: eur(503),
            discount: None,
            tax_rate: None,
            goods: Goods::default(),
        }],
        status: ReservationStatus::Held,
        held_until: at(HELD_UNTIL),
        taken_from: Vec::new(),
        returned: Vec::new(),
    }
}

fn checkout() -> Checkout {
    let line = |text: &str| AddressLine::try_new(text).unwrap();
    Checkout {
        terms: Terms::default(),
        user_id: UserId::from_parts(0, 1),
        shipping_address: Address {
            name: Name::try_new("Ada").unwrap(),
            line1: line("Calle Mayor 1"),
            line2: None,
            city: line("Madrid"),
            region: None,
            postal_code: Some(line("28013")),
            country: CountryCode::try_new("ES").unwrap(),
        },
        pay_with: PayWith::once(PaymentMethod::try_new("pm_card_visa").unwrap()),
    }
}

#[test]
fn an_order_is_not_placed_after_its_hold_has_ended() {
    assert!(Order::place(checkout(), held(), at(HELD_UNTIL - 1)).is_ok());
    assert_eq!(Order::place(checkout(), held(), at(HELD_UNTIL)).unwrap_err(), OrderRefusal::HoldEnded);
}

#[test]
fn a_card_number_is_not_a_payment_method() {
    for bad in ["4242424242424242", "pm_", "pm_4242424242424242", "pm_card visa", "tok_visa", ""] {
        assert!(PaymentMethod::try_new(bad).is_err(), "{bad:?}");
    }
}

fn placed() -> Order {
    Order::place(checkout(), held(), at(0)).unwrap().0
}

/// Returns a placed order with this id.
pub(super) fn placed_as(order_id: OrderId) -> Order {
    Order::place(checkout(), Reservation { order_id, ..held() }, at(0)).unwrap().0
}

fn after(order: &Order, news: PaymentNews, second: i64) -> Change {
    order.apply_payment(news, 1, at(second)).unwrap()
}

#[test]
fn a_capture_that_is_too_late_expires_the_order() {
    let too_late = HELD_UNTIL + LATE_PAYMENT.as_secs();
    let just_in_time = after(&placed(), PaymentNews::Captured, too_late - 1);
    assert!(matches!(just_in_time.event, Some(OrderEvent::Confirmed(_))));
    let change = after(&placed(), PaymentNews::Captured, too_late);
    let state = (change.order.status, change.order.payment_status);
    assert_eq!(state, (OrderStatus::Expired, PaymentStatus::Captured));
    assert!(matches!(change.event, Some(OrderEvent::Expired(_))), "so that the money is refunded");
}

#[test]
fn a_capture_for_an_ended_order_requests_one_refund() {
    let declined = after(&placed(), PaymentNews::Failed, 1).order.cancel(at(1)).unwrap().unwrap();
    for ended in
        [placed().cancel(at(1)).unwrap().unwrap(), placed().expire(at(HELD_UNTIL)).unwrap(), declined]
    {
        let change = after(&ended.order, PaymentNews::Captured, HELD_UNTIL + 1);
        assert_eq!(change.order.status, ended.order.status);
        assert_eq!(change.event, Some(OrderEvent::RefundRequested(ended.order.summary())));
        for news in [PaymentNews::Captured, PaymentNews::Failed, PaymentNews::ActionRequired] {
            assert_eq!(change.order.apply_payment(news, 1, at(HELD_UNTIL + 2)), None);
        }
        assert_eq!(after(&change.order, PaymentNews::Refunded, HELD_UNTIL + 2).event, None);
        let refunded = after(&ended.order, PaymentNews::Refunded, HELD_UNTIL + 1);
        assert_eq!(refunded.event, None, "already refunded");
        assert_eq!(refunded.order.apply_payment(PaymentNews::Captured, 1, at(HELD_UNTIL + 2)), None);
    }
}

#[test]
fn only_a_paid_order_is_cancelled_for_lost_stock_and_once() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let change = paid.reservation_lost(at(2)).unwrap();
    assert_eq!(change.order.status, OrderStatus::Cancelled);
    assert!(matches!(change.event, Some(OrderEvent::OutOfStock(_))));
    assert_eq!(change.order.cancel(at(3)), Ok(None), "already cancelled");
    for order in [change.order, placed(), placed().reservation_expired(at(1)).unwrap().order] {
        assert_eq!(order.reservation_lost(at(3)), None);
    }
}

#[test]
fn a_paid_order_is_cancelled_once_and_its_money_goes_back() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    assert_eq!(paid.cancel(at(2)), Err(OrderRefusal::AlreadyPaid));
    let change = paid.cancel_even_if_paid(at(2)).unwrap().unwrap();
    assert_eq!(change.order.status, OrderStatus::Cancelled);
    assert!(matches!(change.event, Some(OrderEvent::CancelledAfterPayment(_))));
    assert_eq!(change.order.cancel_even_if_paid(at(3)), Ok(None), "already cancelled");
    assert_eq!(change.order.reservation_lost(at(3)), None, "nor is it told that its stock is gone");
    let refunded = after(&change.order, PaymentNews::Refunded, 3);
    assert_eq!((refunded.order.payment_status, refunded.event), (PaymentStatus::Refunded, None));
    let unpaid = placed().cancel_even_if_paid(at(1)).unwrap().unwrap();
    assert!(matches!(unpaid.event, Some(OrderEvent::Cancelled(_))));
    let expired = placed().expire(at(HELD_UNTIL)).unwrap().order;
    assert_eq!(expired.cancel_even_if_paid(at(HELD_UNTIL)), Err(OrderRefusal::Ended));
}

#[test]
fn a_paid_order_requests_the_stock_that_was_released() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let change = paid.reservation_expired(at(2)).unwrap();
    assert_eq!(change.order, paid, "it stays confirmed");
    assert_eq!(change.event, Some(OrderEvent::StockRequested(paid.summary())));
    let lost = paid.reservation_lost(at(3)).unwrap().order;
    for ended in [lost, placed().cancel(at(1)).unwrap().unwrap().order] {
        assert_eq!(ended.reservation_expired(at(4)), None);
    }
}

/// The confirmation has to reach the product service before the stock is released.
#[test]
fn an_order_is_confirmed_well_before_its_stock_is_released() {
    assert!(LATE_PAYMENT + jiff::SignedDuration::from_mins(15) < crate::words::hold::GRACE);
}

#[test]
fn a_refund_that_could_not_be_delivered_is_recorded_until_it_is_paid() {
    let ended = placed().cancel(at(1)).unwrap().unwrap().order;
    let captured = after(&ended, PaymentNews::Captured, 2).order;
    let failed = after(&captured, PaymentNews::RefundFailed, 3);
    assert_eq!((failed.order.payment_status, failed.event), (PaymentStatus::RefundFailed, None));
    for news in [PaymentNews::RefundFailed, PaymentNews::Captured] {
        assert_eq!(failed.order.apply_payment(news, 1, at(4)), None);
    }
    assert_eq!(after(&failed.order, PaymentNews::Refunded, 5).order.payment_status, PaymentStatus::Refunded);
}

/// Returns the account of the guest who placed the order.
fn account() -> UserId {
    UserId::from_parts(0, 2)
}

#[test]
fn only_the_order_of_the_guest_becomes_the_accounts_and_once() {
    let (guest, stranger) = (checkout().user_id, UserId::from_parts(0, 3));
    let change = placed().reown(guest, account(), at(1)).unwrap();
    assert_eq!(change.order, Order { user_id: account(), updated_at: at(1), ..placed() });
    let reowned = OrderReowned { order_id: placed().order_id, user_id: account() };
    assert_eq!(change.event, Some(OrderEvent::Reowned(reowned)));
    assert_eq!(change.order.reown(guest, account(), at(2)), None, "again");
    assert_eq!(placed().reown(stranger, account(), at(1)), None, "another customer's");
    assert_eq!(placed().reown(guest, guest, at(1)), None, "the guest themselves");
}

#[test]
fn only_a_merged_guest_is_a_command_for_a_customers_orders() {
    let (from, into) = (checkout().user_id, account());
    let merged = Event::User(UserEvent::Merged(UserMerged { from, into }));
    assert_eq!(CustomerCommand::try_from(&merged), Ok(CustomerCommand::Merge { from, into }));
    let registered = UserEvent::PasswordChanged(PasswordChanged { user_id: from });
    let refused = CustomerCommand::try_from(&Event::User(registered)).unwrap_err();
    assert_eq!(refused.name, "bodega.user.password_changed.v1");
}

/// All operations on an order.
#[derive(Debug, Clone)]
enum Step {
    Cancel,
    CancelEvenIfPaid,
    Expire,
    ExpireReservation,
    LoseReservation,
    /// News of an attempt.
    Apply(PaymentNews, u32),
}

/// What may be heard of the first attempt and of the second, which is begun by `Retried`.
fn news() -> impl Strategy<Value = (PaymentNews, u32)> {
    use PaymentNews::{ActionRequired, Captured, Failed, RefundFailed, Refunded, Retried};
    let mut all = vec![(Retried, 2), (Refunded, 1), (RefundFailed, 1)];
    all.extend(
        [1, 2].into_iter().flat_map(|attempt| [ActionRequired, Captured, Failed].map(|news| (news, attempt))),
    );
    proptest::sample::select(all)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Cancel),
        1 => Just(Step::CancelEvenIfPaid),
        1 => Just(Step::Expire),
        1 => Just(Step::ExpireReservation),
        1 => Just(Step::LoseReservation),
        4 => news().prop_map(|(news, attempt)| Step::Apply(news, attempt)),
    ]
}

/// Steps with their times. Clocks differ, so time may go backwards.
fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    prop::collection::vec((step(), 0..2 * HELD_UNTIL), 0..12)
}

fn take(order: &Order, step: &Step, now: Timestamp) -> Option<Change> {
    match step {
        Step::Cancel => order.cancel(now).ok().flatten(),
        Step::CancelEvenIfPaid => order.cancel_even_if_paid(now).ok().flatten(),
        Step::Expire => order.expire(now),
        Step::ExpireReservation => order.reservation_expired(now),
        Step::LoseReservation => order.reservation_lost(now),
        Step::Apply(news, attempt) => order.apply_payment(*news, *attempt, now),
    }
}

/// Returns the event that reports a change of status, if any.
fn event_of(before: OrderStatus, after: OrderStatus) -> Option<fn(OrderSummary) -> OrderEvent> {
    use OrderStatus::{AwaitingPayment, Cancelled, Confirmed, Expired, PaymentFailed};
    match (before, after) {
        (AwaitingPayment | PaymentFailed, Confirmed) => Some(OrderEvent::Confirmed),
        (AwaitingPayment | PaymentFailed, Cancelled) => Some(OrderEvent::Cancelled),
        (AwaitingPayment | PaymentFailed, Expired) => Some(OrderEvent::Expired),
        (AwaitingPayment, PaymentFailed) | (PaymentFailed, AwaitingPayment) => None,
        (Confirmed, Cancelled) => Some(OrderEvent::OutOfStock),
        (before, after) => {
            assert_eq!(before, after, "not a valid transition");
            None
        }
    }
}

/// Returns the progress of the payment, which never decreases: that of the latest attempt, until money is captured.
fn known(order: &Order) -> (u32, u32, u8) {
    let (captured, of_attempt) = match order.payment_status {
        PaymentStatus::Pending => (0, 0),
        PaymentStatus::ActionRequired => (0, 1),
        PaymentStatus::Failed => (0, 2),
        PaymentStatus::Authorized => (1, 0),
        PaymentStatus::Captured => (2, 0),
        PaymentStatus::RefundFailed => (3, 0),
        PaymentStatus::Refunded => (4, 0),
        PaymentStatus::Unknown => panic!("never written"),
    };
    (captured, order.payment_attempt, of_attempt)
}

proptest! {
    #[test]
    fn each_change_has_one_event_and_none_is_undone(steps in steps()) {
        let mut order = placed();
        let mut events = Vec::new();
        for (step, second) in &steps {
            let Some(change) = take(&order, step, at(*second)) else { continue };
            if matches!(change.event, Some(OrderEvent::StockRequested(_))) {
                prop_assert_eq!(order.status, OrderStatus::Confirmed);
                prop_assert_eq!(&change.order, &order, "only the stock is requested");
                continue;
            }
            prop_assert_ne!(&change.order, &order, "{:?} reported a change but changed nothing", step);
            let taken = change.order.payment_status == PaymentStatus::Captured;
            let taken_since = taken && order.payment_status != PaymentStatus::Captured;
            let expected = if taken_since && !order.is_open() {
                Some(OrderEvent::RefundRequested(order.summary()))
            } else if matches!(step, Step::CancelEvenIfPaid) && order.status == OrderStatus::Confirmed {
                Some(OrderEvent::CancelledAfterPayment(OrderCancelled { order: order.summary() }))
            } else {
                event_of(order.status, change.order.status).map(|event| event(order.summary()))
            };
            prop_assert_eq!(&change.event, &expected, "{:?}", step);
            prop_assert!(known(&order) <= known(&change.order), "{:?} was lost", order.payment_status);
            prop_assert_eq!(take(&change.order, step, at(*second)), None, "{:?} is not idempotent", step);
            events.extend(change.event);
            order = change.order;
        }
        let count = |is: fn(&OrderEvent) -> bool| events.iter().filter(|event| is(event)).count();
        let confirmed = count(|event| matches!(event, OrderEvent::Confirmed(_)));
        let refunds_requested = count(|event| matches!(event, OrderEvent::RefundRequested(_)));
        prop_assert!(confirmed + refunds_requested <= 1, "paid in time or not: {:?}", events);
        prop_assert!(events.len() - confirmed - refunds_requested <= 1, "it ends once: {:?}", events);
        prop_assert_eq!(order.is_open(), events.is_empty());
        prop_assert_eq!(order.clone().as_placed(), placed(), "a repeated request gets the first one's reply");
        if order.status == OrderStatus::Confirmed {
            use PaymentStatus::{Captured, RefundFailed, Refunded};
            prop_assert!(matches!(order.payment_status, Captured | RefundFailed | Refunded));
        }
        prop_assert_eq!(order.total, Money::sum(order.lines.iter().map(|line| line.total)).unwrap().unwrap());
    }

    /// Whatever happened before, and whatever happens afterwards.
    #[test]
    fn another_owner_changes_nothing_else(before in steps(), after in steps()) {
        let follow = |order: Order, steps: &[(Step, i64)]| {
            steps.iter().fold(order, |order, (step, second)| {
                take(&order, step, at(*second)).map_or(order, |change| change.order)
            })
        };
        let order = follow(placed(), &before);
        let reowned = order.reown(order.user_id, account(), order.updated_at).unwrap().order;
        let expected = Order { user_id: account(), ..follow(order, &after) };
        prop_assert_eq!(follow(reowned, &after), expected);
    }

    /// The payment events of one order lead to the same state in any sequence and with any duplicates.
    #[test]
    fn payment_events_in_any_order_lead_to_the_same_state(
        mut all in prop::collection::vec(news(), 1..5),
        swaps in prop::collection::vec((0..60usize, 0..60usize), 8),
        ended in prop_oneof![Just(Step::Cancel), Just(Step::ExpireReservation)],
    ) {
        let ended = take(&placed(), &ended, at(1)).unwrap().order;
        let apply_all = |order: &Order, all: &[(PaymentNews, u32)]| {
            let after = all.iter().fold(order.clone(), |order, (news, attempt)| {
                order.apply_payment(*news, *attempt, at(2)).map_or(order, |change| change.order)
            });
            (after.status, after.payment_status)
        };
        let (first, open) = (apply_all(&ended, &all), apply_all(&placed(), &all));
        let count = all.len();
        for (one, other) in swaps {
            all.swap(one % count, other % count);
            all.push(all[one % count]);
            prop_assert_eq!(apply_all(&ended, &all), first, "{:?}", all);
            // Only ended orders are refunded.
            let is_refunded =
                all.iter().any(|(news, _)| matches!(news, PaymentNews::Refunded | PaymentNews::RefundFailed));
            if !is_refunded {
                prop_assert_eq!(apply_all(&placed(), &all), open, "{:?}", all);
            }
        }
    }

    #[test]
    fn a_capture_is_recorded_in_any_sequence_of_steps(mut steps in steps(), captured_at in 0..12usize) {
        steps.insert(captured_at.min(steps.len()), (Step::Apply(PaymentNews::Captured, 1), 1));
        let applied = |news| steps.iter().any(|(step, _)| matches!(step, Step::Apply(seen, _) if *seen == news));
        let (refunded, failed) = (applied(PaymentNews::Refunded), applied(PaymentNews::RefundFailed));
        let mut order = placed();
        for (step, second) in &steps {
            if let Some(change) = take(&order, step, at(*second)) {
                order = change.order;
            }
        }
        let expected = match (refunded, failed) {
            (true, _) => PaymentStatus::Refunded,
            (false, true) => PaymentStatus::RefundFailed,
            (false, false) => PaymentStatus::Captured,
        };
        prop_assert_eq!(order.payment_status, expected);
    }

    /// At any time an open order can be confirmed or expired.
    #[test]
    fn an_open_order_can_always_end(second in 0..3 * HELD_UNTIL) {
        let paid = after(&placed(), PaymentNews::Captured, second).order;
        prop_assert!(!paid.is_open());
        prop_assert_eq!(placed().expire(at(second)).is_some(), second >= HELD_UNTIL);
    }
}
