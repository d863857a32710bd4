use proptest::prelude::*;

use super::*;
use crate::money::Currency;
use crate::person::{AddressLine, CountryCode, Name};
use crate::product::{Quantity, Sku, Title};
use crate::stock::ReservationStatus;

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

/// Everything that can be done to an order.
#[derive(Debug, Clone)]
enum Step {
    Cancel,
    Expire,
    LoseStock,
    Hear(PaymentNews),
}

fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    let step = prop_oneof![
        Just(Step::Cancel),
        Just(Step::Expire),
        Just(Step::LoseStock),
        prop_oneof![
            Just(PaymentNews::ActionRequired),
            Just(PaymentNews::Captured),
            Just(PaymentNews::Failed),
            Just(PaymentNews::Refunded),
        ]
        .prop_map(Step::Hear),
    ];
    prop::collection::vec((step, 0..2 * HELD_UNTIL), 0..12)
}

fn take(order: &Order, step: &Step, now: Timestamp) -> Option<Change> {
    match step {
        Step::Cancel => order.cancel(now).ok().flatten(),
        Step::Expire => order.expire(now),
        Step::LoseStock => order.lose_stock(now),
        Step::Hear(news) => order.hear_of_payment(*news, now),
    }
}

proptest! {
    #[test]
    fn an_order_ends_once_and_says_so_once(steps in steps()) {
        let (mut order, _) = Order::place(checkout(), held(), at(0)).unwrap();
        let mut endings = 0;
        for (step, second) in &steps {
            let Some(change) = take(&order, step, at(*second)) else { continue };
            prop_assert_ne!(&change.order, &order, "{:?} changed nothing and said otherwise", step);
            // An end is final, and it is said exactly when it comes about.
            if !order.is_open() {
                prop_assert_eq!(change.order.status, order.status);
            }
            let ends = order.is_open() && !change.order.is_open();
            prop_assert_eq!(change.event.is_some(), ends, "{:?}", step);
            endings += usize::from(ends);
            prop_assert_eq!(take(&change.order, step, at(*second)), None, "{:?} twice is not once", step);
            order = change.order;
        }
        prop_assert!(endings <= 1);
        if order.status == OrderStatus::Confirmed {
            prop_assert!(matches!(order.payment_status, PaymentStatus::Captured | PaymentStatus::Refunded));
        }
        prop_assert_eq!(order.total, Money::sum(order.lines.iter().map(|line| line.total)).unwrap().unwrap());
    }

    #[test]
    fn whatever_the_order_of_the_news_the_money_is_known(mut steps in steps(), captured_at in 0..12usize) {
        steps.insert(captured_at.min(steps.len()), (Step::Hear(PaymentNews::Captured), 1));
        let refunded = steps.iter().any(|(step, _)| matches!(step, Step::Hear(PaymentNews::Refunded)));
        let (mut order, _) = Order::place(checkout(), held(), at(0)).unwrap();
        for (step, second) in &steps {
            if let Some(change) = take(&order, step, at(*second)) {
                order = change.order;
            }
        }
        let expected = if refunded { PaymentStatus::Refunded } else { PaymentStatus::Captured };
        prop_assert_eq!(order.payment_status, expected);
    }
}
