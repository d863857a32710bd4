//! Changes of prices, and the lowest price before a reduction.
//!
//! A reduction is announced against the lowest price of the 30 days before it (Directive 98/6/EC, Art. 6a; percentages too: CJEU
//! C-330/23). That price is decided when the reduction begins, and kept with it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Product, ProductRefusal, check_price};
use crate::words::goods::Sku;
use crate::words::id::{ProductChangeId, UserId};
use crate::words::money::Money;
use crate::words::price::{PriceTag, Sale};

/// How far the lowest price before a reduction looks back (Directive 98/6/EC, Art. 6a(2)).
pub const LOOKBACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A change of a SKU's price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PriceChange {
    /// Its id.
    pub change_id: ProductChangeId,
    /// The SKU.
    pub sku: Sku,
    /// The price before, which the first change of a SKU tells as well.
    pub before: PriceTag,
    /// The price after.
    pub after: PriceTag,
    /// The staff member.
    pub changed_by: UserId,
    /// When it was made, and took effect.
    pub valid_from: Timestamp,
}

/// A change of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceEdit {
    /// The price of one piece without a reduction, tax included.
    pub price: Money,
    /// The reduced price and when it ends, if there is a reduction.
    pub sale: Option<(Money, Timestamp)>,
}

/// A product with the price of a variant changed, or the same as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repriced {
    /// The product.
    pub product: Product,
    /// The price before.
    pub before: PriceTag,
    /// The price after.
    pub after: PriceTag,
    /// The number of shards of the variant's stock, which repeat the version of the price.
    pub shards: u8,
}

/// Returns the lowest price at which a SKU was sold in the 30 days before `until`.
///
/// `current` is the price until then, and `changes` are those before it, newest first; they may go back further than 30 days.
#[must_use]
pub fn lowest_30_days(current: &PriceTag, changes: &[PriceChange], until: Timestamp) -> Money {
    let from = until - LOOKBACK;
    let (mut tag, mut end, mut lowest) = (current, until, None);
    for change in changes {
        let begin = change.valid_from.clamp(from, end);
        lowest = lower(lowest, lowest_between(tag, begin, end));
        (tag, end) = (&change.before, begin);
    }
    lowest = lower(lowest, lowest_between(tag, from, end));
    lowest.unwrap_or_else(|| tag.effective(from))
}

fn lowest_between(tag: &PriceTag, from: Timestamp, end: Timestamp) -> Option<Money> {
    (from < end).then(|| tag.effective(from))
}

fn lower(one: Option<Money>, other: Option<Money>) -> Option<Money> {
    one.into_iter().chain(other).min_by_key(|price| price.amount())
}

impl Product {
    /// Changes the price of a variant. `changes` are those of the 30 days before, newest first; only a reduction needs them.
    ///
    /// # Errors
    /// If a price is zero, of another currency or one that cannot be charged; if the reduction is not lower, or ends in the past;
    /// if the product does not have the variant.
    pub fn change_price(
        &self,
        sku: &Sku,
        edit: PriceEdit,
        changes: &[PriceChange],
        now: Timestamp,
    ) -> Result<Repriced, ProductRefusal> {
        let mut product = self.clone();
        let variant = product.variants.iter_mut().find(|variant| variant.sku == *sku);
        let variant = variant.ok_or(ProductRefusal::NotFound)?;
        let before = variant.tag();
        for price in [Some(edit.price), edit.sale.map(|(price, _)| price)].into_iter().flatten() {
            if price.currency() != before.price.currency() {
                return Err(ProductRefusal::MixedCurrencies);
            }
            check_price(sku, price)?;
        }
        let sale = edit.sale.map(|sale| reduced(sku, edit.price, sale, &before, changes, now)).transpose()?;
        let after = PriceTag { price: edit.price, sale };
        (variant.price, variant.sale) = (after.price, after.sale.clone());
        let shards = variant.shards;
        Ok(Repriced { product, before, after, shards })
    }
}

/// Returns the reduction. One that goes further than one that is on has the same beginning, so that it is announced against the price
/// before both (Art. 6a(5)), and not against a price that was already reduced.
fn reduced(
    sku: &Sku,
    regular: Money,
    (price, until): (Money, Timestamp),
    before: &PriceTag,
    changes: &[PriceChange],
    now: Timestamp,
) -> Result<Sale, ProductRefusal> {
    if price.amount() >= regular.amount() {
        return Err(ProductRefusal::SaleNotLower(sku.clone()));
    }
    if until <= now {
        return Err(ProductRefusal::SaleEnded);
    }
    let goes_on =
        before.sale.as_ref().filter(|sale| sale.is_on(now) && price.amount() <= sale.price.amount());
    Ok(match goes_on {
        Some(sale) => Sale { price, until, ..sale.clone() },
        None => Sale { price, since: now, until, lowest_30_days: lowest_30_days(before, changes, now) },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::tests::{cups, variant};
    use crate::words::money::Currency;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn eur(amount: i64) -> Money {
        Money::new(amount, Currency::EUR).unwrap()
    }

    fn sku() -> Sku {
        "CUP".parse().unwrap()
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + HOUR * i32::try_from(hours).unwrap()
    }

    fn day(number: i64) -> Timestamp {
        at(number * 24)
    }

    /// A cup, and its prices, newest first.
    struct Shop {
        cup: Product,
        changes: Vec<PriceChange>,
    }

    impl Shop {
        fn new(price: i64) -> Self {
            Self { cup: cups(vec![variant("CUP", price, Currency::EUR)]).unwrap().0, changes: Vec::new() }
        }

        fn change(
            &mut self,
            now: Timestamp,
            price: i64,
            sale: Option<(i64, Timestamp)>,
        ) -> Result<PriceTag, ProductRefusal> {
            let edit = PriceEdit { price: eur(price), sale: sale.map(|(price, until)| (eur(price), until)) };
            let Repriced { product: cup, before, after, .. } =
                self.cup.change_price(&sku(), edit, &self.changes, now)?;
            assert_eq!(before, self.cup.variants[0].tag());
            if after != before {
                self.cup = cup;
                let number = u128::try_from(self.changes.len()).unwrap();
                let change_id = ProductChangeId::from_parts(0, number);
                let changed_by = UserId::from_parts(0, 1);
                let change =
                    PriceChange { change_id, sku: sku(), before, after, changed_by, valid_from: now };
                self.changes.insert(0, change);
            }
            Ok(self.cup.variants[0].tag())
        }
    }

    #[test]
    fn a_reduction_is_announced_against_the_lowest_price_of_30_days() {
        let mut shop = Shop::new(1450);
        shop.change(day(10), 1290, None).unwrap();
        shop.change(day(20), 1450, None).unwrap();
        let tag = shop.change(day(25), 1450, Some((1160, day(32)))).unwrap();
        assert_eq!(tag.sale.as_ref().unwrap().lowest_30_days, eur(1290));
        assert_eq!(tag.effective(day(25)), eur(1160));
        assert_eq!(tag.effective(day(32)), eur(1450), "until is exclusive");
    }

    #[test]
    fn a_price_of_31_days_ago_no_longer_counts() {
        let mut shop = Shop::new(1000);
        shop.change(day(10), 1450, None).unwrap();
        let tag = shop.change(day(40), 1450, Some((1160, day(50)))).unwrap();
        assert_eq!(tag.sale.unwrap().lowest_30_days, eur(1450));
        let mut shop = Shop::new(1000);
        shop.change(day(10) + HOUR, 1450, None).unwrap();
        let tag = shop.change(day(40), 1450, Some((1160, day(50)))).unwrap();
        assert_eq!(tag.sale.unwrap().lowest_30_days, eur(1000), "an hour of it does");
    }

    #[test]
    fn a_reduction_that_goes_further_keeps_its_beginning() {
        let mut shop = Shop::new(1450);
        let first = shop.change(day(1), 1450, Some((1300, day(9)))).unwrap().sale.unwrap();
        let further = shop.change(day(3), 1450, Some((1160, day(9)))).unwrap().sale.unwrap();
        assert_eq!((further.since, further.lowest_30_days), (first.since, eur(1450)));
        let again = shop.change(day(20), 1450, Some((1100, day(22)))).unwrap().sale.unwrap();
        assert_eq!((again.since, again.lowest_30_days), (day(20), eur(1160)), "the one before has ended");
        let less = shop.change(day(21), 1450, Some((1400, day(22)))).unwrap().sale.unwrap();
        assert_eq!((less.since, less.lowest_30_days), (day(21), eur(1100)));
    }

    #[test]
    fn each_refusal() {
        let mut shop = Shop::new(1450);
        let dear = PriceEdit { price: Money::new(1, Currency::USD).unwrap(), sale: None };
        let changed = shop.cup.change_price(&sku(), dear, &[], day(1));
        assert_eq!(changed, Err(ProductRefusal::MixedCurrencies));
        let unknown = "TEAPOT".parse().unwrap();
        let changed = shop.cup.change_price(&unknown, PriceEdit { price: eur(1), sale: None }, &[], day(1));
        assert_eq!(changed, Err(ProductRefusal::NotFound));
        for (price, sale, refusal) in [
            (0, None, ProductRefusal::FreeOfCharge(sku())),
            (1450, Some((0, day(2))), ProductRefusal::FreeOfCharge(sku())),
            (1450, Some((1450, day(2))), ProductRefusal::SaleNotLower(sku())),
            (1450, Some((1451, day(2))), ProductRefusal::SaleNotLower(sku())),
            (1450, Some((1160, day(1))), ProductRefusal::SaleEnded),
        ] {
            assert_eq!(shop.change(day(1), price, sale), Err(refusal), "{price} {sale:?}");
        }
        assert_eq!(shop.changes, []);
    }

    #[test]
    fn a_price_without_a_reduction_ends_the_one_that_is_on() {
        let mut shop = Shop::new(1450);
        shop.change(day(1), 1450, Some((1160, day(9)))).unwrap();
        shop.change(day(1), 1450, Some((1160, day(9)))).unwrap();
        assert_eq!(shop.changes.len(), 1, "the same again");
        let tag = shop.change(day(2), 1450, None).unwrap();
        assert_eq!(tag, PriceTag { price: eur(1450), sale: None });
        assert_eq!(shop.changes.len(), 2);
    }

    proptest! {
        /// The lowest price is that of somebody who looks at the price tag every hour.
        #[test]
        fn the_lowest_price_is_that_of_every_hour(
            changes in prop::collection::vec((1..200i64, 500..600i64, prop::option::of((1..100i64, 1..400i64))), 1..15),
            last in 1..200i64,
        ) {
            let mut shop = Shop::new(550);
            let mut seen = vec![eur(550)];
            for (hours, price, sale) in changes {
                let tag = shop.cup.variants[0].tag();
                let now = i64::try_from(seen.len()).unwrap();
                seen.extend((now..now + hours).map(|hour| tag.effective(at(hour))));
                let now = i64::try_from(seen.len()).unwrap();
                shop.change(at(now), price, sale.map(|(less, hours)| (price - less, at(now + hours)))).unwrap();
            }
            let tag = shop.cup.variants[0].tag();
            let now = i64::try_from(seen.len()).unwrap();
            seen.extend((now..now + last).map(|hour| tag.effective(at(hour))));
            let lowest = seen.iter().rev().take(30 * 24).map(|price| price.amount()).min().unwrap();
            let until = at(i64::try_from(seen.len()).unwrap());
            prop_assert_eq!(lowest_30_days(&tag, &shop.changes, until).amount(), lowest);
        }
    }
}
