//! What an order costs. The one place where the money of an order is computed: carts, orders, invoices and refunds all use it.
//!
//! In this order: prices, promotions of lines, promotions of the order, shipping, promotions of shipping, tax. Every amount that is
//! split is split by largest remainder, so that the parts always sum to the whole.

mod promotion;
mod shares;
mod shipping;
mod tax;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::goods::{Goods, Quantity, Sku, Slug};
use crate::words::money::{Money, MoneyError, Ppm, TaxRate};

pub use promotion::{CodeProblem, Effect, Promotion, Target};
pub use shares::{UnitShare, unit_shares};
pub use shipping::{
    Days, Parcel, ShippingMethod, ShippingOption, ShippingPrice, ShippingRates, ShippingZone,
};
pub use tax::{Destination, TaxAt, TaxEntry, TaxMode, TaxRates, TaxTable};

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The SKU.
    pub sku: Sku,
    /// The categories that its product is in.
    pub categories: Vec<Slug>,
    /// The number of pieces.
    pub quantity: Quantity,
    /// The price of one piece, with its reduction.
    pub unit_price: Money,
    /// The catalogue's tax rate.
    pub tax_rate: TaxRate,
    /// Its tax code and weight.
    pub goods: Goods,
}

impl Item {
    fn total(&self) -> Result<Money, MoneyError> {
        self.unit_price.times(self.quantity.into_inner())
    }

    /// Returns what items weigh together, in grams. What has no weight weighs nothing.
    #[must_use]
    pub fn weight_of(items: &[Self]) -> u64 {
        items.iter().map(Self::weight_g).sum()
    }

    fn weight_g(&self) -> u64 {
        let weight = self.goods.weight_g.map_or(0, |weight| u64::from(weight.into_inner()));
        weight * u64::from(self.quantity.into_inner())
    }
}

/// What the price of the items depends on.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a, T: ?Sized, S: ?Sized> {
    /// Where they are sent to, as far as that is known. Without it, there is no shipping, and the tax is the catalogue's.
    pub destination: Option<&'a Destination>,
    /// The way of shipping that the customer has chosen.
    pub shipping_method: Option<&'a str>,
    /// Whether prices contain tax.
    pub mode: TaxMode,
    /// Tax rates.
    pub taxes: &'a T,
    /// Shipping prices.
    pub shipping: &'a S,
    /// The promotions whose codes the customer has given, and the automatic ones.
    pub promotions: &'a [Promotion],
    /// The time.
    pub at: Timestamp,
}

/// Why there is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// Nothing is bought.
    #[error("there are no items")]
    Empty,
    /// The shop does not deliver to the destination.
    #[error("the destination is not served")]
    NotServed,
    /// The way of shipping is not offered.
    #[error("the shipping method is not available")]
    ShippingNotAvailable,
    /// Currencies are mixed, or a sum is too large.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The price of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedLine {
    /// The SKU.
    pub sku: Sku,
    /// The number of pieces.
    pub quantity: Quantity,
    /// The price of one piece.
    pub unit_price: Money,
    /// What promotions take off.
    pub discount: Money,
    /// Quantity × unit price − discount.
    pub total: Money,
    /// The tax that the total contains, or that is added to it.
    pub tax: Money,
    /// The rate of that tax.
    pub rate: Ppm,
}

/// What a promotion takes off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Discount {
    /// The promotion's code.
    pub code: String,
    /// How much it takes off, of goods and shipping together.
    pub amount: Money,
}

/// The price of shipping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuotedShipping {
    /// The way of shipping.
    pub method: String,
    /// What promotions take off.
    pub discount: Money,
    /// What remains.
    pub total: Money,
    /// The tax that the total contains, or that is added to it.
    pub tax: Money,
}

/// The tax of one jurisdiction at one rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaxLine {
    /// The jurisdiction: `ES`, or `US-NY`; none for the catalogue's rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// The rate in parts per million.
    pub rate: Ppm,
    /// What is taxed: with the tax if prices contain it, otherwise without.
    pub base: Money,
    /// The tax.
    pub tax: Money,
}

/// What an order costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its lines.
    pub lines: Vec<QuotedLine>,
    /// The price of the lines before promotions.
    pub subtotal: Money,
    /// What each promotion takes off.
    pub discounts: Vec<Discount>,
    /// Codes that do not apply.
    pub refused: Vec<(String, CodeProblem)>,
    /// Shipping, if its price is known.
    pub shipping: Option<QuotedShipping>,
    /// The tax by jurisdiction and rate, in the order of the lines.
    pub tax_lines: Vec<TaxLine>,
    /// All tax.
    pub tax: Money,
    /// What the customer pays.
    pub total: Money,
    /// Whether the total contains the tax because the prices do.
    pub tax_included: bool,
}

/// The rate of an item and its jurisdiction.
type Taxed = (Option<String>, Ppm);

impl Quote {
    /// Computes what items cost on these terms.
    ///
    /// # Errors
    /// If there are no items, the destination is not served, or the way of shipping is not offered there; if currencies are mixed or a
    /// sum is too large.
    pub fn of<T: TaxRates + ?Sized, S: ShippingRates + ?Sized>(
        items: &[Item],
        terms: Terms<'_, T, S>,
    ) -> Result<Self, QuoteError> {
        let totals = items.iter().map(Item::total).collect::<Result<Vec<_>, _>>()?;
        let subtotal = Money::sum(totals.iter().copied())?.ok_or(QuoteError::Empty)?;
        let selected = promotion::select(terms.promotions, items, subtotal, terms.at)?;
        let mut left = totals.clone();
        let mut discounts = Vec::new();
        // Those of lines first: what a promotion of the order is spread over is what they leave.
        let (of_order, of_lines): (Vec<&Promotion>, Vec<&Promotion>) =
            selected.promotions.iter().partition(|promotion| promotion.target == Target::Order);
        for promotion in of_lines.into_iter().chain(of_order) {
            let off = promotion.reduce(items, &left)?;
            let sum = Money::sum(off.iter().copied())?.ok_or(QuoteError::Empty)?;
            left = left.into_iter().zip(off).map(|(left, off)| left.minus(off)).collect::<Result<_, _>>()?;
            discounts.push(Discount { code: promotion.code.clone(), amount: sum });
        }
        let value = Money::sum(left.iter().copied())?.ok_or(QuoteError::Empty)?;
        let taxed = items.iter().map(|item| taxed(item, &terms)).collect::<Result<Vec<_>, _>>()?;
        let shipping = shipping(items, value, &terms, &selected.promotions, &mut discounts)?;
        // Free goods are shipped, too: then their prices before promotions decide.
        let weights = if value.is_zero() { &totals } else { &left };
        let shares: Vec<u64> =
            weights.iter().map(|part| u64::try_from(part.amount()).unwrap_or_default()).collect();
        let carried = shipping.as_ref().map(|shipping| shipping.total.allocate(&shares)).transpose()?;
        let tax_of = |amount: Money, rate: Ppm| match terms.mode {
            TaxMode::Inclusive => amount.tax_within(rate),
            TaxMode::Exclusive => amount.tax_upon(rate),
        };
        let mut tax_lines = Vec::new();
        let mut shipping_tax = subtotal.nothing_of();
        let mut lines = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let (total, (jurisdiction, rate)) = (left[index], &taxed[index]);
            let tax = tax_of(total, *rate);
            add_tax(&mut tax_lines, jurisdiction.as_ref(), *rate, total, tax)?;
            if let Some(carried) = &carried {
                let tax = tax_of(carried[index], *rate);
                shipping_tax = shipping_tax.plus(tax)?;
                add_tax(&mut tax_lines, jurisdiction.as_ref(), *rate, carried[index], tax)?;
            }
            lines.push(QuotedLine {
                sku: item.sku.clone(),
                quantity: item.quantity,
                unit_price: item.unit_price,
                discount: totals[index].minus(total)?,
                total,
                tax,
                rate: *rate,
            });
        }
        let shipping = shipping.map(|shipping| QuotedShipping { tax: shipping_tax, ..shipping });
        let tax = tax_lines.iter().try_fold(subtotal.nothing_of(), |sum, line| sum.plus(line.tax))?;
        let mut total = shipping.iter().try_fold(value, |sum, shipping| sum.plus(shipping.total))?;
        if terms.mode == TaxMode::Exclusive {
            total = total.plus(tax)?;
        }
        let refused =
            selected.refused.into_iter().map(|(code, problem)| (code.to_owned(), problem)).collect();
        let tax_included = terms.mode == TaxMode::Inclusive;
        Ok(Self { lines, subtotal, discounts, refused, shipping, tax_lines, tax, total, tax_included })
    }
}

fn taxed<T: TaxRates + ?Sized, S: ?Sized>(item: &Item, terms: &Terms<'_, T, S>) -> Result<Taxed, QuoteError> {
    let Some(destination) = terms.destination else { return Ok((None, item.tax_rate.into())) };
    match terms.taxes.rate(destination, &item.goods.tax_code, terms.at) {
        TaxAt::Jurisdiction(name, rate) => Ok((Some(name), rate)),
        TaxAt::Catalogue => Ok((None, item.tax_rate.into())),
        TaxAt::NotServed => Err(QuoteError::NotServed),
    }
}

/// Returns the price of the chosen way of shipping, without its tax; `None` if none is chosen.
fn shipping<T: ?Sized, S: ShippingRates + ?Sized>(
    items: &[Item],
    value: Money,
    terms: &Terms<'_, T, S>,
    promotions: &[&Promotion],
    discounts: &mut [Discount],
) -> Result<Option<QuotedShipping>, QuoteError> {
    let (Some(destination), Some(method)) = (terms.destination, terms.shipping_method) else {
        return Ok(None);
    };
    let parcel = Parcel { weight_g: Item::weight_of(items), value };
    let options = terms.shipping.options(destination, parcel);
    let option = options.into_iter().find(|option| option.method == method);
    let ShippingOption { method, price, .. } = option.ok_or(QuoteError::ShippingNotAvailable)?;
    let zero = price.nothing_of();
    let free = promotions.iter().find(|promotion| promotion.effect == Effect::FreeShipping);
    let Some(free) = free else {
        return Ok(Some(QuotedShipping { method, discount: zero, total: price, tax: zero }));
    };
    if let Some(discount) = discounts.iter_mut().find(|discount| discount.code == free.code) {
        discount.amount = discount.amount.plus(price)?;
    }
    Ok(Some(QuotedShipping { method, discount: price, total: zero, tax: zero }))
}

fn add_tax(
    lines: &mut Vec<TaxLine>,
    jurisdiction: Option<&String>,
    rate: Ppm,
    base: Money,
    tax: Money,
) -> Result<(), MoneyError> {
    let same = |line: &&mut TaxLine| line.jurisdiction.as_ref() == jurisdiction && line.rate == rate;
    if let Some(line) = lines.iter_mut().find(same) {
        line.base = line.base.plus(base)?;
        line.tax = line.tax.plus(tax)?;
    } else {
        lines.push(TaxLine { jurisdiction: jurisdiction.cloned(), rate, base, tax });
    }
    Ok(())
}
