//! Pieces that come back after they were sold.

use super::*;
use crate::events::{ReturnReceived, ReturnedLine};
use crate::words::id::{ReturnId, UserId};

fn came_back(number: u128, of: &[(&str, u32, u32)]) -> ReturnReceived {
    let line = |&(sku, restock, write_off): &(&str, u32, u32)| ReturnedLine {
        sku: sku.parse().unwrap(),
        restock,
        write_off,
    };
    ReturnReceived {
        order_id: order(0),
        user_id: UserId::from_parts(0, 1),
        number: None,
        refund: None,
        return_id: ReturnId::from_parts(0, number),
        lines: of.iter().map(line).collect(),
        received_by: UserId::from_parts(0, 1),
    }
}

/// Sells pieces of `POT`, of which there are ten.
fn sold(pieces: u32) -> (Reservation, Vec<StockItem>) {
    let stock = vec![item("POT", 10)];
    let held = hold(&[("POT", pieces)], &stock).unwrap();
    let stock = moved(&stock, &held.movements);
    let sold = held.reservation.commit(&[]).unwrap();
    (sold.reservation, moved(&stock, &sold.movements))
}

fn counters(stock: &[StockItem]) -> [u64; 4] {
    let StockItem { available, reserved, sold, received, .. } = stock[0];
    [available, reserved, sold, received]
}

#[test]
fn one_piece_is_sold_again_and_one_is_written_off() {
    let (reservation, stock) = sold(3);
    assert_eq!(counters(&stock), [7, 0, 3, 10]);
    let change = reservation.receive(&came_back(1, &[("POT", 1, 1)])).unwrap().unwrap();
    assert_eq!(change.movements.len(), 1, "a row is written once");
    let stock = moved(&stock, &change.movements);
    assert_eq!(counters(&stock), [8, 0, 1, 9]);
    assert!(stock[0].balances());
}

#[test]
fn a_return_is_counted_once() {
    let (reservation, _) = sold(3);
    let once = reservation.receive(&came_back(1, &[("POT", 1, 0)])).unwrap().unwrap().reservation;
    assert_eq!(once.receive(&came_back(1, &[("POT", 1, 0)])), Ok(None));
}

#[test]
fn no_more_comes_back_than_was_sold() {
    let (reservation, _) = sold(3);
    let once = reservation.receive(&came_back(1, &[("POT", 1, 1)])).unwrap().unwrap().reservation;
    let refused = |lines: &[(&str, u32, u32)]| once.receive(&came_back(2, lines)).unwrap_err();
    let too_many = NotSold::Pieces(order(0), "POT".parse().unwrap());
    assert_eq!(refused(&[("POT", 2, 0)]), too_many);
    assert_eq!(refused(&[("POT", 1, 1)]), too_many);
    assert_eq!(refused(&[("POT", 1, 0), ("POT", 0, 1)]), too_many);
    assert_eq!(refused(&[("CUP-RED", 1, 0)]), NotSold::Pieces(order(0), "CUP-RED".parse().unwrap()));
    assert_eq!(refused(&[("POT", u32::MAX, u32::MAX)]), too_many);
}

#[test]
fn nothing_comes_back_that_is_not_sold() {
    let held = hold(&[("POT", 1)], &[item("POT", 9)]).unwrap().reservation;
    let released = held.release().unwrap().reservation;
    for reservation in [held, released] {
        assert_eq!(reservation.receive(&came_back(1, &[("POT", 1, 0)])), Err(NotSold::Order(order(0))));
    }
    // It was packed from pieces that nobody had counted.
    let lost = Reservation {
        status: ReservationStatus::Lost,
        ..hold(&[("POT", 1)], &[item("POT", 9)]).unwrap().reservation
    };
    assert_eq!(lost.receive(&came_back(1, &[("POT", 1, 0)])), Ok(None));
}

#[test]
fn a_paid_order_that_is_cancelled_gives_back_what_has_not_come_back() {
    let (reservation, stock) = sold(3);
    let change = reservation.receive(&came_back(1, &[("POT", 0, 1)])).unwrap().unwrap();
    let stock = moved(&stock, &change.movements);
    let taken_back = change.reservation.take_back().unwrap();
    assert_eq!(counters(&moved(&stock, &taken_back.movements)), [9, 0, 0, 9]);
    assert_eq!(taken_back.reservation.take_back(), None);
}

/// Whatever arrives, and in which sequence, all pieces are available after the cancellation of a paid order.
#[test]
fn a_cancellation_is_final_whichever_message_is_late() {
    let stock = vec![item("POT", 10)];
    let held = hold(&[("POT", 2)], &stock).unwrap();
    let stock = moved(&stock, &held.movements);
    let later = held.reservation.held_until + GRACE;
    type Step = fn(&Reservation, &[StockItem], Timestamp) -> Option<Change>;
    let before: [(&str, &[Step]); 4] = [
        ("nothing", &[]),
        ("paid", &[|held, _, _| held.commit(&[])]),
        ("expired", &[|held, _, at| held.expire(at)]),
        (
            "expired, then paid",
            &[|held, _, at| held.expire(at), |held, stock, _| held.commit(&in_one_row(stock))],
        ),
    ];
    for (name, steps) in before {
        let (mut reservation, mut stock) = (held.reservation.clone(), stock.clone());
        let all = steps.iter().copied().chain([(|held, _, _| held.take_back()) as Step]);
        for step in all {
            let change = step(&reservation, &stock, later).expect(name);
            stock = moved(&stock, &change.movements);
            reservation = change.reservation;
        }
        assert_eq!(counters(&stock), [10, 0, 0, 10], "{name}");
        assert_eq!(reservation.commit(&in_one_row(&stock)), None, "{name}");
        assert_eq!(reservation.release(), None, "{name}");
        assert_eq!(reservation.expire(later), None, "{name}");
    }
}

proptest! {
    /// Returns in any parts keep every row balanced, and together change what one return of all of it would.
    #[test]
    fn returns_in_parts_are_one_return(
        quantity in 1u32..20,
        shards in vec(1u64..6, 0..4),
        parts in vec((0u32..4, 0u32..4), 1..12),
    ) {
        let (mut reservation, _) = sold(1);
        reservation.lines[0].quantity = Quantity::try_new(quantity).unwrap();
        let mut left = u64::from(quantity);
        for (shard, pieces) in (0u8..).zip(shards) {
            let pieces = pieces.min(left);
            if pieces > 0 {
                reservation.taken_from.push(TakenFrom { sku: "POT".parse().unwrap(), shard, pieces });
                left -= pieces;
            }
        }
        let rows_of = |reservation: &Reservation| {
            let noted: u64 = reservation.taken_from.iter().map(|taken| taken.pieces).sum();
            let own = (None, i64::try_from(u64::from(quantity) - noted).unwrap());
            let shards = reservation.taken_from.iter().map(|taken| (Some(taken.shard), i64::try_from(taken.pieces).unwrap()));
            std::iter::once(own).chain(shards).collect::<std::collections::BTreeMap<_, _>>()
        };
        let mut sold = rows_of(&reservation);
        let (mut available, mut received) = (0i64, 0i64);
        for (number, (restock, write_off)) in (0u128..).zip(parts) {
            let before: i64 = sold.values().sum();
            let wanted = i64::from(restock) + i64::from(write_off);
            match reservation.receive(&came_back(number, &[("POT", restock, write_off)])) {
                Err(_) => prop_assert!(wanted > before),
                Ok(None) => prop_assert!(false, "each return is another"),
                Ok(Some(change)) => {
                    for movement in change.movements {
                        prop_assert_eq!(movement.available + movement.reserved + movement.sold, movement.received);
                        *sold.get_mut(&movement.shard).unwrap() += movement.sold;
                        available += movement.available;
                        received += movement.received;
                    }
                    prop_assert!(sold.values().all(|pieces| *pieces >= 0), "{:?}", sold);
                    prop_assert_eq!(sold.values().sum::<i64>(), before - wanted);
                    reservation = change.reservation;
                }
            }
        }
        let of = |count: fn(&ReturnedLine) -> u32| -> i64 {
            reservation.returned.iter().flat_map(|returned| &returned.lines).map(|line| i64::from(count(line))).sum()
        };
        prop_assert_eq!((available, received), (of(|line| line.restock), -of(|line| line.write_off)));
        let rest = reservation.take_back().unwrap();
        let rest: i64 = rest.movements.iter().map(|movement| movement.available).sum();
        prop_assert_eq!(rest, sold.values().sum::<i64>());
    }
}
