pub(super) mod backorder;
mod returned;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::*;
use crate::events::{ProductEvent, ReservationExpired, ReservationLost};
use crate::words::goods::{Goods, Quantity};
use crate::words::hold::{GRACE, HOLD};
use crate::words::id::{OrderId, ProductId};
use crate::words::line::{Line, Lines, LinesError, MAX_LINES};

const SKUS: [&str; 3] = ["CUP-BLUE", "CUP-RED", "POT"];

pub(super) fn item(sku: &str, available: u64) -> StockItem {
    StockItem {
        sku: sku.parse().unwrap(),
        product_id: ProductId::from_parts(1, 1),
        title: Title::try_new(sku.to_owned()).unwrap(),
        price: Money::new(1999, Currency::EUR).unwrap(),
        sale: None,
        tax_rate: TaxRate::try_new(1900).unwrap(),
        goods: Goods::default(),
        category: None,
        for_sale: true,
        available,
        reserved: 0,
        sold: 0,
        received: available,
        low_at: LowAt::default(),
        backorder: None,
        policy_version: 0,
        spread: None,
    }
}

/// Stock that is in one row each.
fn in_one_row(stock: &[StockItem]) -> Vec<Stock> {
    stock.iter().cloned().map(Stock::from).collect()
}

pub(super) fn lines(of: &[(&str, u32)]) -> Lines {
    let line = |(sku, quantity): &(&str, u32)| Line {
        sku: sku.parse().unwrap(),
        quantity: Quantity::try_new(*quantity).unwrap(),
    };
    Lines::try_from(of.iter().map(line).collect::<Vec<_>>()).unwrap()
}

pub(super) fn order(number: usize) -> OrderId {
    OrderId::derived_from(&[&number.to_string()])
}

fn hold(of: &[(&str, u32)], stock: &[StockItem]) -> Result<Change, StockRefusal> {
    Reservation::hold(order(0), &lines(of), Currency::EUR, &in_one_row(stock), Timestamp::UNIX_EPOCH)
}

#[test]
fn prices_and_taxes_are_those_of_the_catalogue() {
    let held = hold(&[("POT", 3)], &[item("CUP-RED", 9), item("POT", 9)]).unwrap().reservation;
    let line = &held.lines[0];
    assert_eq!((line.total.amount(), line.tax.amount()), (5997, 958));
    assert_eq!(held.held_until, Timestamp::UNIX_EPOCH + HOLD);
}

#[test]
fn each_refusal() {
    let sku = || "POT".parse::<Sku>().unwrap();
    let unknown = Err(StockRefusal::UnknownSku(sku()));
    assert_eq!(hold(&[("POT", 1)], &[]), unknown);
    assert_eq!(hold(&[("POT", 1)], &[StockItem { for_sale: false, ..item("POT", 9) }]), unknown);
    assert_eq!(hold(&[("POT", 10)], &[item("POT", 9)]), Err(StockRefusal::OutOfStock(sku())));
    let euros = ChargeRule::of(Currency::EUR).unwrap();
    let dear = Money::new(crate::words::money::MAX_AMOUNT, Currency::EUR).unwrap();
    assert_eq!(
        hold(&[("POT", 2)], &[StockItem { price: dear, ..item("POT", 9) }]),
        Err(StockRefusal::TotalOutOfRange(euros))
    );
    assert_eq!(
        hold(
            &[("POT", 1), ("CUP-RED", 1)],
            &[StockItem { price: dear, ..item("POT", 9) }, item("CUP-RED", 1)]
        ),
        Err(StockRefusal::TotalOutOfRange(euros)),
        "the sum is checked, too"
    );
    let cheap = Money::new(10, Currency::EUR).unwrap();
    let cheap = |quantity| hold(&[("POT", quantity)], &[StockItem { price: cheap, ..item("POT", 9) }]);
    assert_eq!(cheap(4).unwrap_err().to_string(), "the order's total must be 0.50 EUR to 999999.99 EUR");
    assert!(cheap(5).is_ok(), "the minimum is that of the order");
    let dollars = Money::new(1, Currency::USD).unwrap();
    assert_eq!(
        hold(&[("POT", 1)], &[StockItem { price: dollars, ..item("POT", 9) }]).unwrap_err().to_string(),
        "POT is priced in USD, the order is in EUR"
    );
}

#[test]
fn a_repeated_request_returns_the_existing_reservation() {
    let held = hold(&[("POT", 1)], &[item("POT", 9)]).unwrap().reservation;
    let repeat = |held: &Reservation, of: &[(&str, u32)]| held.clone().repeat(&lines(of), Currency::EUR);
    assert_eq!(repeat(&held, &[("POT", 1)]), Ok(held.clone()));
    assert_eq!(repeat(&held, &[("POT", 2)]), Err(StockRefusal::DifferentLines));
    assert_eq!(repeat(&held, &[("POT", 1), ("CUP-RED", 1)]), Err(StockRefusal::DifferentLines));
    let mismatch = StockRefusal::CurrencyMismatch {
        sku: "POT".parse().unwrap(),
        priced: Currency::EUR,
        wanted: Currency::USD,
    };
    assert_eq!(held.clone().repeat(&lines(&[("POT", 1)]), Currency::USD), Err(mismatch));
    let released = held.release().unwrap().reservation;
    assert_eq!(repeat(&released, &[("POT", 1)]), Err(StockRefusal::Ended));
}

#[test]
fn a_released_reservation_is_committed_while_stock_lasts_and_lost_after_that() {
    let released = hold(&[("POT", 2)], &[item("POT", 2)]).unwrap().reservation.release().unwrap().reservation;
    let sold = released.commit(&[item("POT", 2).into()]).unwrap();
    let after = item("POT", 2).after(&sold.movements[0]).unwrap();
    assert_eq!((after.available, after.sold), (0, 2));
    assert_eq!(sold.reservation.commit(&[]), None, "once");
    let lost = released.commit(&[item("POT", 1).into()]).unwrap();
    assert_eq!((lost.reservation.status, lost.movements), (ReservationStatus::Lost, Vec::new()));
    assert_eq!(lost.events, [ProductEvent::ReservationLost(ReservationLost { order_id: order(0) })]);
    assert_eq!(lost.reservation.commit(&[item("POT", 9).into()]), None, "a lost reservation stays lost");
}

#[test]
fn only_numbers_in_range_are_valid_adjustments() {
    for bad in [0, MAX_DELTA + 1, -MAX_DELTA - 1, i64::MIN, i64::MAX] {
        assert!(Delta::try_new(bad).is_err(), "{bad}");
    }
    let taken = item("POT", 3).adjust(Delta::try_new(-4).unwrap());
    assert_eq!(taken.unwrap_err(), StockRefusal::BelowZero { sku: "POT".parse().unwrap(), available: 3 });
}

#[test]
fn lines_have_a_maximum_and_different_skus() {
    let line = |sku: &str| Line { sku: sku.parse().unwrap(), quantity: Quantity::try_new(1).unwrap() };
    assert_eq!(Lines::try_from(vec![]), Err(LinesError::Count));
    assert_eq!(
        Lines::try_from(vec![line("A"), line("A")]),
        Err(LinesError::DuplicateSku("A".parse().unwrap()))
    );
    let many = |count| (0..count).map(|number| line(&format!("S{number}"))).collect::<Vec<_>>();
    assert!(Lines::try_from(many(MAX_LINES)).is_ok());
    assert_eq!(Lines::try_from(many(MAX_LINES + 1)), Err(LinesError::Count));
}

/// All operations on a shop with three SKUs and a few orders.
#[derive(Debug, Clone)]
enum Operation {
    Reserve(usize, Vec<(&'static str, u32)>),
    Confirm(usize),
    Cancel(usize),
    Expire(usize, i64),
    Adjust(usize, i64),
}

fn operation() -> impl Strategy<Value = Operation> {
    let basket = (subsequence(SKUS.to_vec(), 1..=3), vec(1u32..8, 3))
        .prop_map(|(skus, quantities)| skus.into_iter().zip(quantities).collect());
    prop_oneof![
        4 => (0..6usize, basket).prop_map(|(order, basket)| Operation::Reserve(order, basket)),
        2 => (0..6usize).prop_map(Operation::Confirm),
        1 => (0..6usize).prop_map(Operation::Cancel),
        1 => (0..6usize, 0..60i64).prop_map(|(order, minutes)| Operation::Expire(order, minutes)),
        2 => (0..3usize, -9..30i64).prop_map(|(sku, delta)| Operation::Adjust(sku, delta)),
    ]
}

fn moved(stock: &[StockItem], movements: &[Movement]) -> Vec<StockItem> {
    let after = |item: &StockItem| {
        let of_it = movements.iter().filter(|movement| movement.sku == item.sku);
        of_it.fold(item.clone(), |item, movement| item.after(movement).unwrap())
    };
    stock.iter().map(after).collect()
}

struct Shop {
    stock: Vec<StockItem>,
    reservations: [Option<Reservation>; 6],
    published: Vec<ProductEvent>,
}

impl Shop {
    fn perform(&mut self, operation: &Operation) {
        let found = |order: usize| self.reservations[order].as_ref();
        let change = match operation {
            Operation::Reserve(order, _) if found(*order).is_some() => None,
            Operation::Reserve(number, of) => Reservation::hold(
                order(*number),
                &lines(of),
                Currency::EUR,
                &in_one_row(&self.stock),
                Timestamp::UNIX_EPOCH,
            )
            .ok(),
            Operation::Confirm(order) => found(*order).and_then(|held| held.commit(&in_one_row(&self.stock))),
            Operation::Cancel(order) => found(*order).and_then(Reservation::release),
            Operation::Expire(order, minutes) => {
                let now = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(*minutes);
                found(*order).and_then(|held| held.expire(now))
            }
            Operation::Adjust(sku, delta) => {
                let adjusted =
                    Delta::try_new(*delta).ok().and_then(|delta| self.stock[*sku].adjust(delta).ok());
                if let Some(Adjusted { after, movements, event }) = adjusted {
                    assert_eq!(self.apply(&movements[0]), event.is_some());
                    assert_eq!(self.stock[*sku], after);
                }
                None
            }
        };
        if let Some(change) = change {
            let low = change.movements.iter().filter(|movement| self.apply(movement)).count();
            assert_eq!(
                change.events.iter().filter(|event| matches!(event, ProductEvent::StockLow(_))).count(),
                low
            );
            let number = (0..6).find(|number| order(*number) == change.reservation.order_id).unwrap();
            let expected = event_of(self.reservations[number].as_ref(), &change.reservation, operation);
            assert!(expected.iter().all(|event| change.events.contains(event)), "{change:?}");
            assert_eq!(change.events.len(), low + usize::from(expected.is_some()), "{change:?}");
            self.published.extend(expected);
            self.reservations[number] = Some(change.reservation);
        }
    }

    /// Applies a movement and returns whether the SKU starts to run low.
    fn apply(&mut self, movement: &Movement) -> bool {
        let item = self.stock.iter_mut().find(|item| item.sku == movement.sku).unwrap();
        let after = item.after(movement).expect("a decided movement is possible");
        let low = item.available > LOW && after.available <= LOW;
        *item = after;
        low
    }

    fn pieces(&self, sku: &Sku, status: ReservationStatus) -> u64 {
        let reservations =
            self.reservations.iter().flatten().filter(|reservation| reservation.status == status);
        let lines = reservations.flat_map(|reservation| &reservation.lines).filter(|line| line.sku == *sku);
        lines.map(|line| u64::from(line.quantity.into_inner())).sum()
    }
}

/// Returns the event that reports a reservation's step, apart from low stock. All other steps are invalid.
fn event_of(
    before: Option<&Reservation>,
    after: &Reservation,
    operation: &Operation,
) -> Option<ProductEvent> {
    use ReservationStatus::{Committed, Held, Lost, Released};
    let order_id = after.order_id;
    match (before.map(|before| before.status), after.status, operation) {
        (None, Held, Operation::Reserve(..)) => None,
        (Some(Held | Released), Committed, Operation::Confirm(_)) => None,
        (Some(Released), Lost, Operation::Confirm(_)) => {
            Some(ProductEvent::ReservationLost(ReservationLost { order_id }))
        }
        (Some(Held), Released, Operation::Cancel(_)) => None,
        (Some(Held), Released, Operation::Expire(_, minutes)) => {
            assert!(SignedDuration::from_mins(*minutes) >= HOLD + GRACE, "too early");
            Some(ProductEvent::ReservationExpired(ReservationExpired { order_id }))
        }
        step => panic!("not a valid step: {step:?}"),
    }
}

proptest! {
    #[test]
    fn any_sequence_keeps_the_stock_consistent(operations in vec(operation(), 1..60)) {
        let stock = SKUS.map(|sku| item(sku, 20)).to_vec();
        let mut shop = Shop { stock, reservations: Default::default(), published: Vec::new() };
        for operation in &operations {
            shop.perform(operation);
            for item in &shop.stock {
                prop_assert!(item.balances(), "{:?} after {:?}", item, operation);
                prop_assert_eq!(item.reserved, shop.pieces(&item.sku, ReservationStatus::Held));
                prop_assert_eq!(item.sold, shop.pieces(&item.sku, ReservationStatus::Committed));
            }
            // Repeating the operation changes nothing.
            let before = (shop.stock.clone(), shop.reservations.clone());
            if !matches!(operation, Operation::Adjust(..)) {
                shop.perform(operation);
                prop_assert_eq!(before, (shop.stock.clone(), shop.reservations.clone()), "{:?} twice", operation);
            }
        }
        let twice = shop.published.iter().enumerate().find(|(index, event)| shop.published[..*index].contains(event));
        prop_assert_eq!(twice, None);
    }

    /// A batch has the same result as its messages one after another, but writes each SKU once.
    #[test]
    fn settling_together_equals_settling_one_by_one(
        baskets in vec((subsequence(SKUS.to_vec(), 1..=3), vec(1u32..8, 3), 0..4u8), 1..12),
        most in 3usize..30,
    ) {
        let mut stock = SKUS.map(|sku| item(sku, 1_000)).to_vec();
        let mut reservations = Vec::new();
        for (number, (skus, quantities, kind)) in baskets.into_iter().enumerate() {
            let of: Vec<_> = skus.into_iter().zip(quantities).collect();
            let held =
                Reservation::hold(order(number), &lines(&of), Currency::EUR, &in_one_row(&stock), Timestamp::UNIX_EPOCH).unwrap();
            stock = moved(&stock, &held.movements);
            // Some were settled before.
            let before = [None, None, held.reservation.release(), held.reservation.commit(&[])];
            let before = before[usize::from(kind)].clone();
            stock = moved(&stock, before.as_ref().map_or(&[], |change| &change.movements));
            let id = order(number);
            let command = if kind % 2 == 0 { Command::Commit(id) } else { Command::Release(id) };
            reservations.push((before.map_or(held.reservation, |change| change.reservation), command));
        }
        let mut together = settle_together(reservations.iter().map(|(held, command)| (held, *command)), most);
        prop_assert_eq!(together.len(), usize::from(!together.is_empty()), "without shards it is one transaction");
        let together = together.pop().unwrap_or_default();
        prop_assert!(together.writes() <= most);
        let mut skus: Vec<&Sku> = together.movements.iter().map(|movement| &movement.sku).collect();
        skus.dedup();
        prop_assert_eq!(skus.len(), together.movements.len(), "a SKU is written once");
        let mut one_by_one = stock.clone();
        for (held, command) in &reservations {
            let Some(settled) = together.reservations.iter().find(|other| other.order_id == held.order_id) else {
                prop_assert!(held.status != ReservationStatus::Held || most < reservations.len() + SKUS.len());
                continue;
            };
            let alone = held.apply(*command, &[]).unwrap().unwrap();
            prop_assert_eq!(settled, &alone.reservation);
            prop_assert!(alone.events.is_empty(), "no event is lost");
            one_by_one = moved(&one_by_one, &alone.movements);
        }
        prop_assert_eq!(moved(&stock, &together.movements), one_by_one);
    }

    /// A decision based on one count is the same at any other count within the range.
    #[test]
    fn a_decision_holds_throughout_its_range(read in 0u64..40, written in 0u64..40, quantity in 1u64..20) {
        let decided = item("POT", read).take(quantity);
        prop_assert_eq!(decided.is_some(), read >= quantity);
        if let Some(taken) = decided {
            prop_assert!(taken.while_available.holds(read));
            if taken.while_available.holds(written) {
                prop_assert_eq!(item("POT", written).take(quantity), Some(taken));
            }
        }
    }

    /// Whenever the confirmation arrives among the events of the order's end, the pieces are sold as long as they are
    /// available.
    #[test]
    fn a_paid_order_is_sold_in_any_sequence(mut steps in vec((0..2u8, 0..60i64), 0..6), paid_at in 0..6usize) {
        let stock = [item("POT", 50)];
        let mut reservation = hold(&[("POT", 2)], &stock).unwrap().reservation;
        steps.insert(paid_at.min(steps.len()), (2, 0));
        for (step, minutes) in steps {
            let change = match step {
                0 => reservation.release(),
                1 => reservation.expire(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)),
                _ => reservation.commit(&in_one_row(&stock)),
            };
            reservation = change.map_or(reservation, |change| change.reservation);
        }
        prop_assert_eq!(reservation.status, ReservationStatus::Committed);
    }
}

#[test]
fn a_reduced_price_is_charged_until_the_reduction_ends() {
    let eur = |amount| Money::new(amount, Currency::EUR).unwrap();
    let until = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1);
    let sale = Sale { price: eur(1500), since: Timestamp::UNIX_EPOCH, until, lowest_30_days: eur(1999) };
    let stock = [StockItem { sale: Some(sale), ..item("POT", 9) }];
    let lines = lines(&[("POT", 2)]);
    let priced = |now| {
        let held = Reservation::hold(order(0), &lines, Currency::EUR, &in_one_row(&stock), now).unwrap();
        (held.reservation.lines[0].unit_price, held.reservation.lines[0].total, held.reservation)
    };
    let (unit, total, held) = priced(until - SignedDuration::from_millis(1));
    assert_eq!((unit, total), (eur(1500), eur(3000)));
    let (unit, total, later) = priced(until);
    assert_eq!((unit, total), (eur(1999), eur(3998)));
    let expected = |sku: &str, amount| ExpectedPrice { sku: sku.parse().unwrap(), unit_price: eur(amount) };
    assert_eq!(held.check_prices(&[expected("POT", 1500)]), Ok(()));
    assert_eq!(later.check_prices(&[]), Ok(()));
    assert_eq!(later.check_prices(&[expected("CUP-RED", 1)]), Ok(()), "not among the lines");
    let changed = Err(StockRefusal::PriceChanged("POT".parse().unwrap()));
    assert_eq!(later.check_prices(&[expected("POT", 1500)]), changed);
}

#[test]
fn a_threshold_above_the_stock_lists_it_and_publishes_nothing() {
    let low_at = |low| LowAt::try_new(low).unwrap();
    let policy = |low| Policy { low_at: low_at(low), ..Policy::default() };
    let set = Stock::from(item("POT", 18)).set_policy(policy(20)).unwrap().unwrap();
    assert_eq!(
        (set.low, set.while_available, set.after.item.policy_version),
        (LowList::Enter, Within::ANY, 1)
    );
    let back = set.after.set_policy(policy(17)).unwrap().unwrap();
    assert_eq!((back.low, back.while_available), (LowList::Leave, Within { least: 18, most: None }));
    assert_eq!(back.after.set_policy(policy(17)), Ok(None));
    assert_eq!(back.after.item.spread, None, "without shards the row is as it was");
    assert!(LowAt::try_new(MAX_LOW).is_ok() && LowAt::try_new(MAX_LOW + 1).is_err());
    let at_20 = StockItem { low_at: low_at(20), ..item("POT", 25) };
    let taken = at_20.take(7).unwrap();
    let low = ProductEvent::StockLow(StockLow { sku: at_20.sku.clone(), available: 18 });
    assert_eq!((taken.event, taken.low), (Some(low), LowList::Enter));
}

proptest! {
    /// Whatever is taken, received, released and set: what runs low is in the list.
    #[test]
    fn what_runs_low_is_listed(
        start in 0u64..30,
        steps in vec((0..4u8, 1i64..12), 1..40),
    ) {
        let mut pot = item("POT", start);
        let mut is_listed = pot.is_low();
        for (kind, amount) in steps {
            let low = match kind {
                0 | 1 => {
                    let delta = Delta::try_new(if kind == 0 { -amount } else { amount }).unwrap();
                    let Ok(adjusted) = pot.adjust(delta) else { continue };
                    pot = adjusted.after;
                    adjusted.movements[0].low
                }
                2 => {
                    let backorder = (amount % 3 == 0).then(|| backorder::allowed(amount.unsigned_abs()));
                    let low_at = LowAt::try_new(amount.unsigned_abs()).unwrap();
                    let policy = Policy { low_at, backorder, ..Policy::default() };
                    let Ok(Some(set)) = Stock::from(pot.clone()).set_policy(policy) else { continue };
                    pot = set.after.item;
                    set.low
                }
                _ => {
                    // Pieces that are released are not counted before they move.
                    pot = StockItem { available: pot.available + 1, received: pot.received + 1, ..pot };
                    LowList::Keep
                }
            };
            is_listed = match low {
                LowList::Keep => is_listed,
                LowList::Enter => true,
                LowList::Leave => false,
            };
            prop_assert!(is_listed || !pot.is_low(), "{:?}", pot);
        }
    }
}
