use proptest::prelude::*;

use super::*;
use crate::stock::ReservationStatus;
use crate::words::goods::{Quantity, Sku, Title};
use crate::words::hold::LATE_PAYMENT;
use crate::words::money::Currency;
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
        }],
        status: ReservationStatus::Held,
        held_until: at(HELD_UNTIL),
    }
}

fn checkout() -> Checkout {
    let line = |text: &str| AddressLine::try_new(text).unwrap();
    Checkout {
        user_id: UserId::from_parts(0, 1),
        shipping_address: Address {
            name: Name::try_new("Ada").unwrap(),
            line1: line("Calle Mayor 1"),
            line2: None,
            city: line("Madrid"),
            postal_code: line("28013"),
            country: CountryCode::try_new("ES").unwrap(),
        },
        payment_method: PaymentMethod::try_new("pm_card_visa").unwrap(),
    }
}

#[test]
fn an_order_is_not_placed_over_a_hold_that_has_ended() {
    assert!(Order::place(checkout(), held(), at(HELD_UNTIL - 1)).is_ok());
    assert_eq!(Order::place(checkout(), held(), at(HELD_UNTIL)).unwrap_err(), OrderRefusal::HoldEnded);
}

#[test]
fn a_card_number_is_no_payment_method() {
    for bad in ["4242424242424242", "pm_", "pm_4242424242424242", "pm_card visa", "tok_visa", ""] {
        assert!(PaymentMethod::try_new(bad).is_err(), "{bad:?}");
    }
}

fn placed() -> Order {
    Order::place(checkout(), held(), at(0)).unwrap().0
}

fn after(order: &Order, news: PaymentNews, second: i64) -> Change {
    order.apply_payment(news, at(second)).unwrap()
}

#[test]
fn money_that_comes_too_late_ends_the_order() {
    let too_late = HELD_UNTIL + LATE_PAYMENT.as_secs();
    let just_in_time = after(&placed(), PaymentNews::Captured, too_late - 1);
    assert!(matches!(just_in_time.event, Some(OrderEvent::Confirmed(_))));
    for order in [placed(), after(&placed(), PaymentNews::Failed, 1).order] {
        let change = after(&order, PaymentNews::Captured, too_late);
        let state = (change.order.status, change.order.payment_status);
        assert_eq!(state, (OrderStatus::Expired, PaymentStatus::Captured));
        assert!(matches!(change.event, Some(OrderEvent::Expired(_))), "so that the money goes back");
    }
}

#[test]
fn money_for_an_order_that_has_ended_is_asked_back_once() {
    for ended in [placed().cancel(at(1)).unwrap().unwrap(), placed().expire(at(HELD_UNTIL)).unwrap()] {
        let change = after(&ended.order, PaymentNews::Captured, HELD_UNTIL + 1);
        assert_eq!(change.order.status, ended.order.status);
        assert_eq!(change.event, Some(OrderEvent::RefundRequested(ended.order.summary())));
        for news in [PaymentNews::Captured, PaymentNews::Failed, PaymentNews::ActionRequired] {
            assert_eq!(change.order.apply_payment(news, at(HELD_UNTIL + 2)), None);
        }
        assert_eq!(after(&change.order, PaymentNews::Refunded, HELD_UNTIL + 2).event, None);
        let back = after(&ended.order, PaymentNews::Refunded, HELD_UNTIL + 1);
        assert_eq!(back.event, None, "it is back already");
        assert_eq!(back.order.apply_payment(PaymentNews::Captured, at(HELD_UNTIL + 2)), None);
    }
}

#[test]
fn only_a_paid_order_is_called_off_and_once() {
    let paid = after(&placed(), PaymentNews::Captured, 1).order;
    let change = paid.reservation_lost(at(2)).unwrap();
    assert_eq!(change.order.status, OrderStatus::Cancelled);
    assert!(matches!(change.event, Some(OrderEvent::OutOfStock(_))));
    assert_eq!(change.order.cancel(at(3)), Ok(None), "the customer gives up what is given up");
    for order in [change.order, placed(), placed().reservation_expired(at(1)).unwrap().order] {
        assert_eq!(order.reservation_lost(at(3)), None);
    }
}

/// The product service has to hear of the confirmation before it lets go of the stock.
#[test]
fn an_order_is_confirmed_well_before_its_stock_is_let_go() {
    assert!(LATE_PAYMENT + jiff::SignedDuration::from_mins(15) < crate::words::hold::GRACE);
}

/// Everything that can be done to an order.
#[derive(Debug, Clone)]
enum Step {
    Cancel,
    Expire,
    LoseStock,
    CallOff,
    Hear(PaymentNews),
}

fn news() -> impl Strategy<Value = PaymentNews> {
    use PaymentNews::{ActionRequired, Captured, Failed, Refunded};
    proptest::sample::select(vec![ActionRequired, Captured, Failed, Refunded])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => Just(Step::Cancel),
        1 => Just(Step::Expire),
        1 => Just(Step::LoseStock),
        1 => Just(Step::CallOff),
        4 => news().prop_map(Step::Hear),
    ]
}

/// Steps, and when they are taken: clocks differ, so time may go back.
fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    prop::collection::vec((step(), 0..2 * HELD_UNTIL), 0..12)
}

fn take(order: &Order, step: &Step, now: Timestamp) -> Option<Change> {
    match step {
        Step::Cancel => order.cancel(now).ok().flatten(),
        Step::Expire => order.expire(now),
        Step::LoseStock => order.reservation_expired(now),
        Step::CallOff => order.reservation_lost(now),
        Step::Hear(news) => order.apply_payment(*news, now),
    }
}

/// The event that a change of status is told by, if it is.
fn told_by(before: OrderStatus, after: OrderStatus) -> Option<fn(OrderSummary) -> OrderEvent> {
    use OrderStatus::{AwaitingPayment, Cancelled, Confirmed, Expired, PaymentFailed};
    match (before, after) {
        (AwaitingPayment | PaymentFailed, Confirmed) => Some(OrderEvent::Confirmed),
        (AwaitingPayment | PaymentFailed, Cancelled) => Some(OrderEvent::Cancelled),
        (AwaitingPayment | PaymentFailed, Expired) => Some(OrderEvent::Expired),
        (Confirmed, Cancelled) => Some(OrderEvent::OutOfStock),
        // The payment service has told the customer of it.
        (AwaitingPayment, PaymentFailed) => None,
        (before, after) => {
            assert_eq!(before, after, "there is no such way");
            None
        }
    }
}

/// How much is known of the money.
fn known(order: &Order) -> u8 {
    match order.payment_status {
        PaymentStatus::Pending => 0,
        PaymentStatus::ActionRequired => 1,
        PaymentStatus::Failed => 2,
        PaymentStatus::Captured => 3,
        PaymentStatus::Refunded => 4,
        PaymentStatus::Unknown => panic!("nobody writes that"),
    }
}

proptest! {
    #[test]
    fn each_change_is_told_once_and_none_is_undone(steps in steps()) {
        let mut order = placed();
        let mut told = Vec::new();
        for (step, second) in &steps {
            let Some(change) = take(&order, step, at(*second)) else { continue };
            prop_assert_ne!(&change.order, &order, "{:?} changed nothing and said otherwise", step);
            let taken = change.order.payment_status == PaymentStatus::Captured;
            let taken_since = taken && order.payment_status != PaymentStatus::Captured;
            let expected = if taken_since && !order.is_open() {
                Some(OrderEvent::RefundRequested(order.summary()))
            } else {
                told_by(order.status, change.order.status).map(|event| event(order.summary()))
            };
            prop_assert_eq!(&change.event, &expected, "{:?}", step);
            prop_assert!(known(&order) <= known(&change.order), "{:?} was forgotten", order.payment_status);
            prop_assert_eq!(take(&change.order, step, at(*second)), None, "{:?} twice is not once", step);
            told.extend(change.event);
            order = change.order;
        }
        let count = |is: fn(&OrderEvent) -> bool| told.iter().filter(|event| is(event)).count();
        let confirmed = count(|event| matches!(event, OrderEvent::Confirmed(_)));
        let asked_back = count(|event| matches!(event, OrderEvent::RefundRequested(_)));
        prop_assert!(confirmed + asked_back <= 1, "paid in time or not: {:?}", told);
        prop_assert!(told.len() - confirmed - asked_back <= 1, "it ends once: {:?}", told);
        prop_assert_eq!(order.is_open(), told.is_empty());
        prop_assert_eq!(order.clone().as_placed(), placed(), "a repeated request gets the first one's reply");
        if order.status == OrderStatus::Confirmed {
            prop_assert!(matches!(order.payment_status, PaymentStatus::Captured | PaymentStatus::Refunded));
        }
        prop_assert_eq!(order.total, Money::sum(order.lines.iter().map(|line| line.total)).unwrap().unwrap());
    }

    /// What the payment service says of one order ends in the same, whatever the order it comes in and however often.
    #[test]
    fn news_in_any_order_is_the_same_news(
        mut all in prop::collection::vec(news(), 1..5),
        swaps in prop::collection::vec((0..60usize, 0..60usize), 8),
        ended in prop_oneof![Just(Step::Cancel), Just(Step::LoseStock)],
    ) {
        let ended = take(&placed(), &ended, at(1)).unwrap().order;
        let hear = |order: &Order, all: &[PaymentNews]| {
            let after = all.iter().fold(order.clone(), |order, news| {
                order.apply_payment(*news, at(2)).map_or(order, |change| change.order)
            });
            (after.status, after.payment_status)
        };
        let (first, open) = (hear(&ended, &all), hear(&placed(), &all));
        let count = all.len();
        for (one, other) in swaps {
            all.swap(one % count, other % count);
            all.push(all[one % count]);
            prop_assert_eq!(hear(&ended, &all), first, "{:?}", all);
            // Money goes back only where an order has ended.
            if !all.contains(&PaymentNews::Refunded) {
                prop_assert_eq!(hear(&placed(), &all), open, "{:?}", all);
            }
        }
    }

    #[test]
    fn whatever_happens_beside_it_the_money_is_known(mut steps in steps(), captured_at in 0..12usize) {
        steps.insert(captured_at.min(steps.len()), (Step::Hear(PaymentNews::Captured), 1));
        let refunded = steps.iter().any(|(step, _)| matches!(step, Step::Hear(PaymentNews::Refunded)));
        let mut order = placed();
        for (step, second) in &steps {
            if let Some(change) = take(&order, step, at(*second)) {
                order = change.order;
            }
        }
        let expected = if refunded { PaymentStatus::Refunded } else { PaymentStatus::Captured };
        prop_assert_eq!(order.payment_status, expected);
    }

    /// The clock alone says when an open order may be confirmed and when it expires, and one of the two is always so.
    #[test]
    fn an_open_order_can_always_end(second in 0..3 * HELD_UNTIL) {
        let paid = after(&placed(), PaymentNews::Captured, second).order;
        prop_assert!(!paid.is_open());
        prop_assert_eq!(placed().expire(at(second)).is_some(), second >= HELD_UNTIL);
    }
}
