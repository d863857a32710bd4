//! Promotions: what reduces the price of an order.

use jiff::Timestamp;

use crate::quote::Item;
use crate::words::goods::{Sku, Slug};
use crate::words::money::{Money, MoneyError, Ppm};
use crate::words::promotion_code::MAX_CODES;

/// What a promotion does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Takes a part of the price off.
    Percent(Ppm),
    /// Takes an amount off, at most the price.
    Fixed(Money),
    /// Shipping is free.
    FreeShipping,
    /// Of so many pieces that are bought together, `free` cost nothing: the cheapest.
    BuyGet {
        /// How many are paid for.
        paid: u32,
        /// How many are free.
        free: u32,
    },
}

/// What a promotion is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The whole order.
    Order,
    /// Goods of a category.
    Category(Slug),
    /// A SKU.
    Sku(Sku),
}

/// A promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// Its code, which customers type unless it is automatic.
    pub code: String,
    /// What it does.
    pub effect: Effect,
    /// What it is about.
    pub target: Target,
    /// The least value of an order's goods, before promotions.
    pub min_subtotal: Option<Money>,
    /// From when it holds.
    pub from: Timestamp,
    /// Until when; without an end if `None`.
    pub until: Option<Timestamp>,
    /// Whether other codes may be used with it.
    pub is_combinable: bool,
    /// Whether it needs no code.
    pub is_automatic: bool,
}

/// What is wrong with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeProblem {
    /// There is none.
    Unknown,
    /// Its time has not come, or is over.
    Expired,
    /// The order has not what it is about, or is too small, or has another code that allows no other.
    NotApplicable,
    /// It was used as often as it may be.
    UsedUp,
}

impl Promotion {
    /// Returns whether the promotion is about an item.
    fn is_about(&self, item: &Item) -> bool {
        match &self.target {
            Target::Order => true,
            Target::Category(category) => item.categories.contains(category),
            Target::Sku(sku) => item.sku == *sku,
        }
    }

    /// Returns why the promotion does not apply to items of a value, if it does not.
    fn problem(&self, items: &[Item], subtotal: Money, at: Timestamp) -> Option<CodeProblem> {
        if at < self.from || self.until.is_some_and(|until| at >= until) {
            return Some(CodeProblem::Expired);
        }
        let is_reached = self.min_subtotal.is_none_or(|least| {
            least.currency() == subtotal.currency() && least.amount() <= subtotal.amount()
        });
        let is_found = items.iter().any(|item| self.is_about(item));
        (!is_reached || !is_found).then_some(CodeProblem::NotApplicable)
    }

    /// Takes the promotion off what is `left` of each item's price, and returns how much of each.
    pub(super) fn reduce(&self, items: &[Item], left: &[Money]) -> Result<Vec<Money>, MoneyError> {
        let shares: Vec<u64> = items.iter().zip(left).map(|(item, left)| self.share(item, *left)).collect();
        let Some(zero) = left.first().map(|left| left.nothing_of()) else { return Ok(Vec::new()) };
        if shares.iter().all(|share| *share == 0) {
            return Ok(vec![zero; left.len()]);
        }
        let base: u64 = shares.iter().sum();
        let base = Money::new(i64::try_from(base).map_err(|_| MoneyError::OutOfRange)?, zero.currency())?;
        let off = match &self.effect {
            Effect::Percent(rate) => base.tax_upon(*rate),
            Effect::Fixed(amount) if amount.currency() != base.currency() => zero,
            Effect::Fixed(amount) => Money::new(amount.amount().min(base.amount()), base.currency())?,
            Effect::FreeShipping => zero,
            Effect::BuyGet { paid, free } => return self.free_pieces(items, left, *paid, *free),
        };
        off.allocate(&shares)
    }

    fn share(&self, item: &Item, left: Money) -> u64 {
        if self.is_about(item) { u64::try_from(left.amount()).unwrap_or_default() } else { 0 }
    }

    /// Returns what the free pieces cost, the cheapest first.
    fn free_pieces(
        &self,
        items: &[Item],
        left: &[Money],
        paid: u32,
        free: u32,
    ) -> Result<Vec<Money>, MoneyError> {
        let about: Vec<bool> = items.iter().map(|item| self.is_about(item)).collect();
        let bought = |index: usize| if about[index] { items[index].quantity.into_inner() } else { 0 };
        let all: u32 = (0..items.len()).map(bought).sum();
        let mut count = all.checked_div(paid.saturating_add(free)).unwrap_or_default().saturating_mul(free);
        let mut cheapest: Vec<usize> = (0..items.len()).filter(|index| about[*index]).collect();
        cheapest.sort_by_key(|index| items[*index].unit_price.amount());
        let mut off: Vec<Money> = left.iter().map(|left| left.nothing_of()).collect();
        for index in cheapest {
            let given = count.min(bought(index));
            let price = items[index].unit_price.times(given)?;
            // An earlier promotion may have left less than that.
            off[index] = if price.amount() > left[index].amount() { left[index] } else { price };
            count -= given;
        }
        Ok(off)
    }
}

/// The promotions that apply to an order, in the order in which they do, and the codes that do not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selected<'a> {
    /// Those that apply.
    pub promotions: Vec<&'a Promotion>,
    /// Codes that do not, with the reason.
    pub refused: Vec<(&'a str, CodeProblem)>,
}

/// Selects the promotions that apply: the automatic one that saves most, then the codes, of which one that allows no other stands alone.
pub(super) fn select<'a>(
    promotions: &'a [Promotion],
    items: &[Item],
    subtotal: Money,
    at: Timestamp,
) -> Result<Selected<'a>, MoneyError> {
    let mut selected = Selected::default();
    let (automatic, codes): (Vec<_>, Vec<_>) =
        promotions.iter().partition(|promotion| promotion.is_automatic);
    for promotion in codes {
        let stands_alone = selected.promotions.iter().any(|other: &&Promotion| !other.is_combinable)
            || (!promotion.is_combinable && !selected.promotions.is_empty());
        match promotion.problem(items, subtotal, at) {
            None if !stands_alone && selected.promotions.len() < MAX_CODES => {
                selected.promotions.push(promotion);
            }
            problem => {
                let problem = problem.unwrap_or(CodeProblem::NotApplicable);
                selected.refused.push((&promotion.code, problem));
            }
        }
    }
    if selected.promotions.iter().all(|promotion| promotion.is_combinable) {
        let mut best: Option<(i64, &Promotion)> = None;
        let totals = items.iter().map(|item| item.total()).collect::<Result<Vec<_>, _>>()?;
        for promotion in automatic.into_iter().filter(|one| one.problem(items, subtotal, at).is_none()) {
            let off = promotion.reduce(items, &totals)?.iter().map(|off| off.amount()).sum();
            if best.is_none_or(|(most, _)| off > most) {
                best = Some((off, promotion));
            }
        }
        if let Some((_, best)) = best {
            selected.promotions.insert(0, best);
        }
    }
    Ok(selected)
}
