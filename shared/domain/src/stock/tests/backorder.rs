//! Pieces that are sold before the shop has them.

use super::*;

pub(in crate::stock) fn allowed(limit: u64) -> Backorder {
    let limit = BackorderLimit::try_new(limit).unwrap();
    Backorder { limit, ships_in_days: ShipsInDays::try_new(14).unwrap() }
}

/// A pot with so many pieces, of which so many may be on backorder.
fn pots(pieces: u64, limit: u64) -> StockItem {
    set(&item("POT", pieces), Some(allowed(limit))).unwrap()
}

fn set(pot: &StockItem, backorder: Option<Backorder>) -> Result<StockItem, StockRefusal> {
    let stock = Stock::from(pot.clone());
    let set = stock.set_policy(Policy { backorder, ..stock.policy() })?.expect("another policy");
    Ok(set.after.item)
}

/// Orders so many pieces. Returns the stock after it.
fn ordered(pot: &StockItem, quantity: u32) -> Result<StockItem, StockRefusal> {
    let held = hold(&[("POT", quantity)], std::slice::from_ref(pot))?;
    Ok(pot.after(&held.movements[0]).unwrap())
}

fn adjusted(pot: &StockItem, by: i64) -> Result<StockItem, StockRefusal> {
    Ok(pot.adjust(Delta::try_new(by).unwrap())?.after)
}

#[test]
fn orders_take_what_is_there_and_as_many_as_may_be_on_backorder() {
    let pot = pots(2, 3);
    assert_eq!((pot.available, pot.in_stock(), pot.availability().backordered()), (5, 2, 0));
    let ordered_4 = ordered(&pot, 4).unwrap();
    assert_eq!((ordered_4.in_stock(), ordered_4.availability().backordered()), (0, 2));
    assert_eq!(ordered(&ordered_4, 2), Err(StockRefusal::OutOfStock("POT".parse().unwrap())));
    let all = ordered(&ordered_4, 1).unwrap();
    assert_eq!((all.available, all.availability().backordered()), (0, 3));
}

#[test]
fn what_arrives_makes_up_for_what_is_on_backorder() {
    let three = ordered(&pots(0, 3), 3).unwrap();
    let two_arrived = adjusted(&three, 2).unwrap();
    assert_eq!((two_arrived.in_stock(), two_arrived.availability().backordered()), (0, 1));
    let all_arrived = adjusted(&two_arrived, 5).unwrap();
    assert_eq!((all_arrived.in_stock(), all_arrived.availability().backordered()), (4, 0));
    assert!(all_arrived.balances());
}

#[test]
fn a_limit_below_what_is_on_backorder_is_refused() {
    let two = ordered(&pots(0, 3), 2).unwrap();
    let refused = Err(StockRefusal::Backordered { sku: "POT".parse().unwrap(), backordered: 2 });
    assert_eq!(set(&two, Some(allowed(1))), refused);
    assert_eq!(set(&two, None), refused);
    assert_eq!(set(&two, Some(allowed(2))).unwrap().available, 0);
    let arrived = adjusted(&two, 2).unwrap();
    assert_eq!(set(&arrived, None).unwrap(), StockItem { policy_version: 2, ..without(&arrived) });
}

fn without(pot: &StockItem) -> StockItem {
    let credit = pot.availability().credit();
    StockItem {
        available: pot.available - credit,
        received: pot.received - credit,
        backorder: None,
        ..pot.clone()
    }
}

#[test]
fn pieces_that_the_shop_does_not_have_cannot_break() {
    let pot = pots(2, 3);
    let refused = Err(StockRefusal::BelowZero { sku: "POT".parse().unwrap(), available: 2 });
    assert_eq!(adjusted(&pot, -3), refused);
    assert_eq!(adjusted(&pot, -2).unwrap().available, 3);
    // An order takes a piece between the read and the write.
    let movement = &pot.adjust(Delta::try_new(-2).unwrap()).unwrap().movements[0];
    assert_eq!(ordered(&pot, 1).unwrap().after(movement), None);
}

#[test]
fn low_stock_is_what_the_shop_has() {
    let pot = pots(7, 100);
    assert!(!pot.is_low());
    let taken = pot.take(2).unwrap();
    let low = |available| ProductEvent::StockLow(StockLow { sku: "POT".parse().unwrap(), available });
    assert_eq!((taken.event, taken.low), (Some(low(5)), LowList::Enter));
    assert_eq!(pot.take(50).unwrap().event, Some(low(0)));
    assert_eq!(pot.take(1).unwrap().event, None);
}

#[test]
fn customers_are_told_in_how_many_days_it_ships() {
    let days =
        |pot: &StockItem, pieces| pot.availability().ships_in_days(pieces).map(ShipsInDays::into_inner);
    let pot = pots(2, 3);
    assert_eq!([2, 3, 5, 6].map(|pieces| days(&pot, pieces)), [None, Some(14), Some(14), None]);
    assert_eq!(days(&item("POT", 0), 1), None, "sold out");
}

#[test]
fn an_offer_tells_it_for_the_quantity_of_a_line() {
    let offered = |pot: StockItem, quantity| {
        let offer = Offer::of(&Stock::from(pot), Vec::new(), Timestamp::UNIX_EPOCH);
        offer.ships_in_days(Quantity::try_new(quantity).unwrap()).map(ShipsInDays::into_inner)
    };
    assert_eq!([2, 3].map(|quantity| offered(pots(2, 3), quantity)), [None, Some(14)]);
    assert_eq!(offered(pots(10, 3), 12), None, "numbers from ten on are not told");
    assert_eq!(offered(item("POT", 2), 3), None);
}

#[test]
fn limits_of_a_backorder() {
    assert!(BackorderLimit::try_new(0).is_err() && BackorderLimit::try_new(MAX_BACKORDERED + 1).is_err());
    assert!(ShipsInDays::try_new(0).is_err() && ShipsInDays::try_new(MAX_SHIPS_IN_DAYS + 1).is_err());
}
