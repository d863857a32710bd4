use std::collections::BTreeSet;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::tests::backorder::allowed;
use super::super::tests::{item, lines, order};
use super::super::{Change, Command, MAX_SHARDS, MAX_SHARDS_OF_PRODUCT, Reservation, settle_together};
use super::*;
use crate::words::money::Currency;

fn shards(count: u8) -> Shards {
    Shards::try_new(count).unwrap()
}

/// Keeps a SKU's pieces in so many shards.
fn spread(stock: &Stock, count: u8) -> Option<PolicySet> {
    stock.set_policy(Policy { shards: shards(count), ..stock.policy() }).unwrap()
}

fn all(stock: &Stock, movements: impl IntoIterator<Item = Movement>) -> Stock {
    movements.into_iter().fold(stock.clone(), |stock, movement| {
        stock.after(&movement).unwrap_or_else(|| panic!("{movement:?} is impossible for {stock:?}"))
    })
}

fn level(stock: &Stock) -> Stock {
    let movements = stock.level_out().into_iter().flat_map(|transfer| stock.movements(transfer));
    all(stock, movements)
}

/// Pots in so many shards, evenly.
fn pots(pieces: u64, count: u8) -> Stock {
    let pots = Stock::from(item("POT", pieces));
    level(&spread(&pots, count).unwrap().after)
}

fn hold(number: usize, quantity: u32, stock: &Stock) -> Result<Change, StockRefusal> {
    let lines = lines(&[("POT", quantity)]);
    let stock = std::slice::from_ref(stock);
    Reservation::hold(order(number), &lines, Currency::EUR, stock, Timestamp::UNIX_EPOCH)
}

fn available(stock: &Stock) -> Vec<u64> {
    stock.rows().iter().map(|row| row.pieces).collect()
}

#[test]
fn pieces_are_spread_evenly_and_an_order_writes_one_shard() {
    let pots = pots(35, 4);
    assert_eq!(available(&pots), [0, 9, 9, 9, 8]);
    let used: BTreeSet<Option<u8>> = (0..100)
        .map(|number| {
            let held = hold(number, 3, &pots).unwrap();
            assert_eq!(held.movements.len(), 1);
            held.movements[0].shard
        })
        .collect();
    assert_eq!(used, (0..4).map(Some).collect());
}

#[test]
fn small_differences_stay_and_large_ones_do_not() {
    let even = pots(400, 4);
    let less = |pieces| {
        let mut stock = even.clone();
        stock.shards[0].available -= pieces;
        stock.shards[0].sold += pieces;
        stock.level_out()
    };
    assert_eq!(less(20), []);
    assert_eq!(less(40), [1, 2, 3].map(|from| Transfer { from: Some(from), to: Some(0), pieces: 10 }));
}

#[test]
fn the_last_pieces_are_found_in_however_many_shards_they_are() {
    let pots = pots(32, MAX_SHARDS);
    let held = hold(1, 32, &pots).unwrap();
    assert_eq!(held.movements.len(), 32);
    assert_eq!(hold(1, 33, &pots).unwrap_err(), StockRefusal::OutOfStock("POT".parse().unwrap()));
    let after = all(&pots, held.movements);
    assert_eq!((after.total().available, after.total().reserved), (0, 32));
    let back = all(&after, held.reservation.release().unwrap().movements);
    assert_eq!(back, pots, "they go back to where they came from");
}

/// With as many lines as an order may have, not every line can write many rows.
#[test]
fn what_is_too_scattered_for_one_transaction_is_gathered_first() {
    let pots = pots(32, MAX_SHARDS);
    let pot = "POT".parse().unwrap();
    assert_eq!(
        gathered(order(1), &[(&pot, 32)], std::slice::from_ref(&pots), 100),
        Vec::<Vec<Movement>>::new()
    );
    let moved = gathered(order(1), &[(&pot, 32)], std::slice::from_ref(&pots), 33).remove(0);
    let gathered = all(&pots, moved);
    assert!(gathered.balances());
    assert_eq!(hold(1, 32, &gathered).unwrap().movements.len(), 1);
}

#[test]
fn a_reservation_without_a_note_is_settled_in_the_own_row() {
    let one_row = Stock::from(item("POT", 10));
    let held = hold(1, 4, &one_row).unwrap();
    assert_eq!(held.reservation.taken_from, []);
    let held_before = all(&one_row, held.movements);
    let spread = level(&spread(&held_before, 3).unwrap().after);
    assert_eq!(available(&spread), [0, 2, 2, 2]);
    let sold = all(&spread, held.reservation.commit(&[]).unwrap().movements);
    assert_eq!((sold.item.sold, sold.item.reserved, sold.total().available), (4, 0, 6));
    let released = level(&all(&spread, held.reservation.release().unwrap().movements));
    assert_eq!(available(&released), [0, 4, 3, 3]);
}

#[test]
fn shards_that_are_no_longer_used_give_their_pieces_back() {
    let four = pots(40, 4);
    let held = (0..12).map(|number| hold(number, 1, &four).unwrap());
    let (mut stock, mut reservations) = (four.clone(), Vec::new());
    for held in held {
        stock = all(&stock, held.movements);
        reservations.push(held.reservation);
    }
    for count in [2, 1, 3] {
        stock = level(&spread(&stock, count).unwrap().after);
        let spread = stock.item.spread.clone().unwrap();
        assert_eq!((spread.shards.into_inner(), spread.rows, stock.shards.len()), (count, 4, 4));
        let released = reservations.pop().unwrap().release().unwrap();
        stock = level(&all(&stock, released.movements));
        let unused = |row: &Part| !spread.in_use().contains(&row.shard);
        assert!(stock.rows().iter().filter(|row| unused(row)).all(|row| row.pieces == 0), "{stock:?}");
        assert!(stock.balances());
    }
    assert_eq!((stock.total().available, stock.total().reserved), (31, 9));
}

#[test]
fn running_low_is_published_once_by_the_count_of_all_rows() {
    let low = |available| ProductEvent::StockLow(StockLow { sku: "POT".parse().unwrap(), available });
    let six = pots(6, 3);
    assert_eq!(six.recount(), None);
    let held = hold(1, 2, &six).unwrap();
    assert_eq!(held.events, []);
    let mut four = all(&six, held.movements);
    assert_eq!(four.recount(), Some(Recounted { is_low: true, event: Some(low(4)) }));
    four.item.spread.as_mut().unwrap().ran_low = true;
    assert_eq!(four.recount(), None, "once");
    let received = four.adjust(Delta::try_new(9).unwrap()).unwrap();
    let many = all(&four, received.movements);
    assert_eq!(many.recount(), Some(Recounted { is_low: false, event: None }));
    let low_at = LowAt::try_new(13).unwrap();
    let lower = many.set_policy(Policy { low_at, ..many.policy() }).unwrap().unwrap();
    assert_eq!(
        (lower.low, lower.after.recount()),
        (LowList::Enter, None),
        "nothing has crossed the threshold"
    );
    let fewer = spread(&many, 2).unwrap();
    assert_eq!((fewer.low, fewer.added), (LowList::Keep, Vec::new()));
}

#[test]
fn the_number_of_shards_has_limits() {
    assert!(Shards::try_new(0).is_err() && Shards::try_new(MAX_SHARDS + 1).is_err());
    const { assert!(MAX_SHARDS_OF_PRODUCT >= MAX_SHARDS) };
    assert_eq!(spread(&pots(9, 3), 3), None);
}

/// Those of one shard share a transaction, and those of others do not wait for it.
#[test]
fn reservations_are_settled_together_by_shard() {
    let pots = pots(400, 4);
    let held: Vec<Reservation> = (0..40).map(|number| hold(number, 1, &pots).unwrap().reservation).collect();
    let commands = held.iter().map(|held| (held, Command::Commit(held.order_id)));
    let apart = settle_together(commands, 100);
    assert_eq!(apart.len(), 4);
    assert!(apart.iter().all(|settled| settled.movements.len() == 1));
    assert_eq!(apart.iter().map(|settled| settled.reservations.len()).sum::<usize>(), 40);
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(u32),
    Settle(usize, u8),
    Adjust(i64),
    Spread(u8),
    Backorder(Option<u64>),
    /// Some of the transfers, as if a run had ended early.
    Level(usize),
    Gather(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (1u32..12).prop_map(Step::Reserve),
        4 => (0usize..40, 0u8..3).prop_map(|(number, how)| Step::Settle(number, how)),
        2 => (-9i64..20).prop_map(Step::Adjust),
        1 => (1u8..6).prop_map(Step::Spread),
        1 => proptest::option::of(1u64..20).prop_map(Step::Backorder),
        2 => (0usize..6).prop_map(Step::Level),
        1 => (1u32..30).prop_map(Step::Gather),
    ]
}

proptest! {
    /// Whatever happens, no row has less than nothing, no piece is lost, and an order finds its pieces if there are enough.
    #[test]
    fn any_sequence_keeps_every_row_consistent(pieces in 0u64..60, count in 2u8..6, steps in vec(step(), 1..60)) {
        let mut stock = pots(pieces, count);
        let mut reservations: Vec<Reservation> = Vec::new();
        for step in steps {
            let before = stock.total();
            match &step {
                Step::Reserve(quantity) => {
                    let held = hold(reservations.len(), *quantity, &stock);
                    prop_assert_eq!(held.is_ok(), before.available >= u64::from(*quantity), "{:?}", stock);
                    if let Ok(held) = held {
                        stock = all(&stock, held.movements);
                        reservations.push(held.reservation);
                    }
                }
                Step::Settle(number, how) => {
                    let Some(found) = reservations.get_mut(*number) else { continue };
                    let change = if *how == 0 { found.release() } else { found.commit(std::slice::from_ref(&stock)) };
                    if let Some(change) = change {
                        stock = all(&stock, change.movements);
                        *found = change.reservation;
                    }
                }
                Step::Adjust(by) => {
                    let Ok(delta) = Delta::try_new(*by) else { continue };
                    let adjusted = stock.adjust(delta);
                    prop_assert_eq!(adjusted.is_ok(), before.in_stock().checked_add_signed(*by).is_some());
                    if let Ok(adjusted) = adjusted {
                        stock = all(&stock, adjusted.movements);
                        prop_assert_eq!(stock.total(), adjusted.after);
                        prop_assert_eq!(Some(stock.total().received), before.received.checked_add_signed(*by));
                    }
                }
                Step::Spread(count) => {
                    if let Some(set) = spread(&stock, *count) {
                        stock = set.after;
                    }
                }
                Step::Backorder(limit) => {
                    let policy = Policy { backorder: limit.map(allowed), ..stock.policy() };
                    let set = stock.set_policy(policy);
                    prop_assert_eq!(set.is_err(), before.availability().backordered() > limit.unwrap_or(0));
                    if let Ok(Some(set)) = set {
                        stock = set.after;
                        prop_assert_eq!(stock.total().in_stock(), before.in_stock(), "nothing has arrived");
                    }
                }
                Step::Level(most) => {
                    for transfer in stock.level_out().into_iter().take(*most) {
                        stock = all(&stock, stock.movements(transfer));
                    }
                }
                Step::Gather(quantity) => {
                    let pot = "POT".parse().unwrap();
                    let wanted = [(&pot, u64::from(*quantity))];
                    for moved in gathered(order(1), &wanted, std::slice::from_ref(&stock), 1) {
                        stock = all(&stock, moved);
                    }
                }
            }
            prop_assert!(stock.balances(), "{:?} after {:?}", stock, step);
            let total = stock.total();
            let is_moved = matches!(step, Step::Spread(_) | Step::Level(_) | Step::Gather(_));
            let counters = |item: &StockItem| (item.available, item.reserved, item.sold, item.received);
            prop_assert!(!is_moved || counters(&total) == counters(&before), "{:?} after {:?}", total, step);
            let pieces = |status| -> u64 {
                let of = reservations.iter().filter(|held| held.status == status);
                of.flat_map(|held| &held.lines).map(|line| u64::from(line.quantity.into_inner())).sum()
            };
            prop_assert_eq!(total.reserved, pieces(super::super::ReservationStatus::Held));
            prop_assert_eq!(total.sold, pieces(super::super::ReservationStatus::Committed));
        }
        let even = level(&stock);
        prop_assert_eq!(even.level_out(), [], "once is enough");
        prop_assert!(even.balances());
    }
}
